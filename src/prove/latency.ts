/** How long answers took. */

import type { Entry } from './ledger.ts'

/** Milliseconds within which that share of the requests was answered; 0 where there is none. */
export function quantileMs(
  entries: readonly Pick<Entry, 'sentMs' | 'endedMs'>[],
  share: number,
): number {
  const sorted = entries.map(({ sentMs, endedMs }) => endedMs - sentMs).toSorted((a, b) => a - b)
  const at = Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)
  return Math.round(sorted[Math.max(0, at)] ?? 0)
}
