/** How soon a worker that died is followed by another: at once, or later and later. */

import { limits } from '../base/limits.ts'

export class Pace {
  #early = 0

  /**
   * `livedMs` is what the dead one lived. Resolves a crash loop into one start every ten seconds.
   */
  next(livedMs: number): number {
    this.#early = livedMs >= limits.workerSteadyMs ? 0 : this.#early + 1
    if (this.#early === 0) return 0
    const delayMs = limits.workerRestartDelayMsMin * 2 ** (this.#early - 1)
    return Math.min(delayMs, limits.workerRestartDelayMsMax)
  }
}
