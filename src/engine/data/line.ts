/** Callers in line in memory, first come first served, holding no connection. */

import { problem } from '../../base/errors.ts'
import { departed, retryAfterSeconds } from './refusals.ts'

/** How long a caller stands in line, and what it gets when that was not enough. */
export interface Patience {
  readonly waitMs: number
  readonly signal: AbortSignal | null
  readonly late: () => Error
}

export class Line {
  readonly #lengthMax: number
  readonly #waiting: (() => void)[] = []

  /** One more than `lengthMax` is refused with `admit.overloaded`. */
  constructor(lengthMax: number) {
    this.#lengthMax = lengthMax
  }

  get length(): number {
    return this.#waiting.length
  }

  /** Lets the first one in; false where nobody stands here. */
  next(): boolean {
    const enter = this.#waiting.shift()
    enter?.()
    return enter !== undefined
  }

  /** Resolves when it is let in. */
  stand({ waitMs, signal, late }: Patience): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(departed(signal))
      if (this.#waiting.length >= this.#lengthMax)
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
        this.#waiting.splice(this.#waiting.indexOf(enter), 1)
        settle()
        reject(error)
      }
      const left = () => leave(departed(signal!))
      const timer = setTimeout(() => leave(late()), waitMs)
      signal?.addEventListener('abort', left, { once: true })
      this.#waiting.push(enter)
    })
  }
}
