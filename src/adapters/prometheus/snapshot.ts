/** Figures of several processes, now and of those that have ended, as one scrape. */

import { Registry } from '@prometheus-io/client'
import type { MetricSnapshot } from './series.ts'

/** The figures of one process at one moment: plain data, fit for a message between processes. */
export type Snapshot = readonly MetricSnapshot[]

/** The text of a scrape: exposition format 0.0.4. */
export function exposeSnapshots(snapshots: readonly Snapshot[]): Promise<string> {
  return aggregate(snapshots).metrics()
}

/**
 * What stays true of processes that have ended: their counts. Without them the sums would fall at
 * each restart, which Prometheus takes for a counter that began again.
 */
export async function keepCounts(snapshots: readonly Snapshot[]): Promise<Snapshot> {
  const counts = snapshots.map(metrics => metrics.filter(({ type }) => type !== 'gauge'))
  const kept: unknown = await aggregate(counts).getMetricsAsJSON()
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the sums of what went in
  return kept as Snapshot
}

function aggregate(snapshots: readonly Snapshot[]): Registry {
  return Registry.aggregate(snapshots.map(metrics => [...metrics]))
}
