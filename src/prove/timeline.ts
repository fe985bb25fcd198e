/** What clients saw, in even steps of time, for the charts of a report. */

import type { Entry } from './ledger.ts'

export interface Timeline {
  readonly stepMs: number
  /** One item for each step. */
  readonly done: readonly number[]
  readonly failed: readonly number[]
  /** When the faults came, from the beginning. */
  readonly faultsMs: readonly number[]
}

const stepsWanted = 60
const stepMsMin = 50

/** By the time of the answer. `faults` are moments as entries have them. */
export function timelineOf(entries: readonly Entry[], faults: readonly number[]): Timeline {
  const firstMs = entries.reduce((least, { sentMs }) => Math.min(least, sentMs), Infinity)
  const lastMs = entries.reduce((most, { endedMs }) => Math.max(most, endedMs), firstMs)
  const spanMs = entries.length === 0 ? 0 : lastMs - firstMs
  const stepMs = Math.max(stepMsMin, Math.ceil(spanMs / stepsWanted))
  const steps = Math.floor(spanMs / stepMs) + 1
  const done = Array.from({ length: steps }, () => 0)
  const failed = Array.from({ length: steps }, () => 0)
  for (const { outcome, endedMs } of entries) {
    const counts = outcome === 'ok' ? done : failed
    const step = Math.floor((endedMs - firstMs) / stepMs)
    counts[step] = (counts[step] ?? 0) + 1
  }
  return { stepMs, done, failed, faultsMs: faults.map(at => Math.round(at - firstMs)) }
}
