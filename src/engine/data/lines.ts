/** One at a time for each key; the others stand in line. */

import { Line, type Patience } from './line.ts'

export class Lines {
  /** A key is here while somebody is at work for it; null while nobody has stood behind. */
  readonly #lines = new Map<string, Line | null>()

  async run<T>(key: string, patience: Patience, work: () => Promise<T>): Promise<T> {
    const line = this.#lines.get(key)
    if (line === undefined) this.#lines.set(key, null)
    else await (line ?? this.#begin(key)).stand(patience)
    try {
      return await work()
    } finally {
      if (this.#lines.get(key)?.next() !== true) this.#lines.delete(key)
    }
  }

  /** Requests in flight are bounded, and so is who stands here. */
  #begin(key: string): Line {
    const line = new Line(Infinity)
    this.#lines.set(key, line)
    return line
  }
}
