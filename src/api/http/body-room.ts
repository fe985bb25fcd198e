/** The memory that bodies may fill while they are read: of one server, all connections together. */

import { problem } from '../../base/errors.ts'

/** Counts bytes and refuses what is beyond the bound. */
export class BodyRoom {
  readonly #bytesMax: number
  #bytes = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** Throws `admit.overloaded` and takes nothing. Whoever took must give back. */
  take(bytes: number): void {
    if (this.#bytes + bytes > this.#bytesMax) {
      throw problem('admit.overloaded', { retryAfterSeconds: 1 })
    }
    this.#bytes += bytes
  }

  give(bytes: number): void {
    this.#bytes -= bytes
  }
}
