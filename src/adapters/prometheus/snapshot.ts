/** Figures of several processes, now and of those that have ended, as one scrape. */

import { Registry } from '@prometheus-io/client'

/** The figures of one process at one moment: plain data, fit for a message between processes. */
export type Snapshot = Awaited<ReturnType<Registry['getMetricsAsJSON']>>

/** The text of a scrape: exposition format 0.0.4. */
export function exposeSnapshots(snapshots: readonly Snapshot[]): Promise<string> {
  return Registry.aggregate([...snapshots]).metrics()
}

/**
 * What stays true of processes that have ended: their counts. Without them the sums would fall at
 * each restart, which Prometheus takes for a counter that began again.
 */
export async function keepCounts(snapshots: readonly Snapshot[]): Promise<Snapshot> {
  const counts = snapshots.map(metrics =>
    metrics.filter(({ type }) => type === 'counter' || type === 'histogram'),
  )
  return Registry.aggregate(counts).getMetricsAsJSON()
}
