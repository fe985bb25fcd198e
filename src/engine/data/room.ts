/** A few at work at once; the others stand in line in memory, holding no connection. */

import { problem } from '../../base/errors.ts'
import { departed, retryAfterSeconds } from './refusals.ts'

/** How long a caller stands in line, and what it gets when that was not enough. */
export interface Patience {
  readonly waitMs: number
  readonly signal: AbortSignal | null
  readonly late: () => Error
}

export class Room {
  #free: number
  readonly #waitingMax: number
  /** Who is let in next, first come first served. */
  readonly #line: (() => void)[] = []

  /** One more than `waitingMax` in line is refused with `admit.overloaded`. */
  constructor(placesMax: number, waitingMax: number) {
    this.#free = placesMax
    this.#waitingMax = waitingMax
  }

  async run<T>(patience: Patience, work: () => Promise<T>): Promise<T> {
    if (!this.enter()) await this.stand(patience)
    try {
      return await work()
    } finally {
      this.leave()
    }
  }

  /** Takes a place if one is free. */
  enter(): boolean {
    if (this.#free === 0) return false
    this.#free -= 1
    return true
  }

  /** Gives the place to the first in line; false where nobody stands there. */
  leave(): boolean {
    const next = this.#line.shift()
    if (next === undefined) this.#free += 1
    else next()
    return next !== undefined
  }

  /** Resolves when a place was given. */
  stand({ waitMs, signal, late }: Patience): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(departed(signal))
      if (this.#line.length >= this.#waitingMax)
        return reject(problem('admit.overloaded', { retryAfterSeconds }))
      const settle = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', left)
      }
      const enter = () => {
        settle()
        resolve()
      }
      const leave = (error: Error) => {
        this.#line.splice(this.#line.indexOf(enter), 1)
        settle()
        reject(error)
      }
      const left = () => leave(departed(signal!))
      const timer = setTimeout(() => leave(late()), waitMs)
      signal?.addEventListener('abort', left, { once: true })
      this.#line.push(enter)
    })
  }
}
