/** One at a time for each key: the others stand in line in memory, holding no connection. */

import { departed } from './refusals.ts'

interface Place {
  readonly enter: () => void
}

/** How long a caller stands in line, and what it gets when that was not enough. */
interface Patience {
  readonly waitMs: number
  readonly signal: AbortSignal | null
  readonly late: () => Error
}

export class Lines {
  /**
   * A key is here while somebody is at work for it; the list is who stands behind, first come first
   * served.
   */
  readonly #lines = new Map<string, Place[]>()

  async run<T>(key: string, patience: Patience, work: () => Promise<T>): Promise<T> {
    const line = this.#lines.get(key)
    if (line === undefined) this.#lines.set(key, [])
    else await this.#stand(line, patience)
    try {
      return await work()
    } finally {
      this.#next(key)
    }
  }

  #next(key: string): void {
    const next = this.#lines.get(key)?.shift()
    if (next === undefined) this.#lines.delete(key)
    else next.enter()
  }

  #stand(line: Place[], patience: Patience): Promise<void> {
    const { signal } = patience
    return new Promise((resolve, reject) => {
      const leave = (error: Error) => {
        line.splice(line.indexOf(place), 1)
        settle()
        reject(error)
      }
      const left = () => leave(departed(signal!))
      const timer = setTimeout(() => leave(patience.late()), patience.waitMs)
      const settle = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', left)
      }
      const place = {
        enter: () => {
          settle()
          resolve()
        },
      }
      line.push(place)
      if (signal?.aborted === true) left()
      else signal?.addEventListener('abort', left, { once: true })
    })
  }
}
