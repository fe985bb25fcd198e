/** The pause before work is tried again: longer each time, and never the same for two. */

import { setTimeout as sleep } from 'node:timers/promises'

import type { RandomBytes } from '../../base/clock.ts'
import { departed } from './refusals.ts'

const firstPauseMs = 4

/**
 * Resolves after 2 to 6 ms for the first attempt that failed, twice that for the second and so on.
 */
export async function backOff(
  attempt: number,
  random: RandomBytes,
  signal: AbortSignal | null,
): Promise<void> {
  const jitter = 0.5 + random(1)[0]! / 256
  try {
    await sleep(firstPauseMs * 2 ** (attempt - 1) * jitter, undefined, {
      signal: signal ?? undefined,
    })
  } catch (error) {
    throw signal === null ? error : departed(signal)
  }
}
