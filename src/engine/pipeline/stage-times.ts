/** How long each stage of one request took. */

import type { Clock } from '../../base/clock.ts'
import type { Observe } from '../../base/observe.ts'

/** To be admitted is to be counted: that takes no time. */
type Stage = 'identify' | 'limit' | 'authorise' | 'validate' | 'run'

/**
 * Stages end one after the other; a request that fails in a stage never ends it. A clock costs
 * more (50 ns) than what some stages mostly do, so those are timed only where they waited.
 */
export class StageTimes {
  readonly #clock: Clock
  readonly #observe: Observe
  #lastMs: number

  constructor(parts: { readonly clock: Clock; readonly observe: Observe }) {
    this.#clock = parts.clock
    this.#observe = parts.observe
    this.#lastMs = parts.clock.monotonic()
  }

  end(stage: Stage): void {
    const nowMs = this.#clock.monotonic()
    this.#observe({ kind: 'stage', stage, durationMs: nowMs - this.#lastMs })
    this.#lastMs = nowMs
  }
}
