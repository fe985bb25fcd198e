/** A few at work at once; the others stand in line. */

import { Line, type Patience } from './line.ts'

export class Room {
  #free: number
  readonly #line: Line

  /** One more than `waitingMax` in line is refused with `admit.overloaded`. */
  constructor(placesMax: number, waitingMax: number) {
    this.#free = placesMax
    this.#line = new Line(waitingMax)
  }

  get inLine(): number {
    return this.#line.length
  }

  async run<T>(patience: Patience, work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1
    else await this.#line.stand(patience)
    try {
      return await work()
    } finally {
      if (!this.#line.next()) this.#free += 1
    }
  }
}
