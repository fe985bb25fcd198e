/** The first stage: whether there is room for one more request. */

import { problem } from '../../base/errors.ts'

/** Counts requests in flight and refuses what is beyond the bound. */
export class Admission {
  readonly #inFlightMax: number
  #inFlight = 0

  constructor(inFlightMax: number) {
    this.#inFlightMax = inFlightMax
  }

  /** Throws `admit.overloaded`. Whoever entered must leave. */
  enter(): void {
    if (this.#inFlight >= this.#inFlightMax)
      throw problem('admit.overloaded', { retryAfterSeconds: 1 })
    this.#inFlight += 1
  }

  leave(): void {
    this.#inFlight -= 1
  }

  get inFlight(): number {
    return this.#inFlight
  }
}
