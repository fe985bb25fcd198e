/** How long each stage of one request took. */

import type { Clock } from '../../base/clock.ts'
import type { Observe } from '../../base/observe.ts'

export type Stage = 'admit' | 'identify' | 'limit' | 'authorise' | 'validate' | 'run'

/** Stages end one after the other; a request that fails in a stage never ends it. */
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
