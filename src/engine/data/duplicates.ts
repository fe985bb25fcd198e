/** Of requests that are one and the same, one is at work; the others find its answer. */

import { Lines } from './lines.ts'
import { stillRunning } from './refusals.ts'

export class Duplicates {
  readonly #waitMs: number
  readonly #lines = new Lines()

  constructor(waitMs: number) {
    this.#waitMs = waitMs
  }

  /** Rejects with `run.idempotency-running` who waited too long for the one before. */
  run<T>(request: string, signal: AbortSignal | null, work: () => Promise<T>): Promise<T> {
    return this.#lines.run(request, { waitMs: this.#waitMs, signal, late: stillRunning }, work)
  }
}
