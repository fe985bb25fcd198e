/** The clock of a running process. */

import type { Clock } from '../base/clock.ts'

export const systemClock: Clock = Object.freeze({
  now: () => Date.now(),
  monotonic: () => performance.now(),
})
