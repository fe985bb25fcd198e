/** Turns the engine's observations into Prometheus metrics. */

import type { Observation, ObservationOf } from '../../base/observe.ts'
import { createCatalogue, type ReadLevels } from './catalogue.ts'
import type { Snapshot } from './snapshot.ts'

interface Metrics {
  record(observation: Observation): void
  /** The figures of this process now. */
  measure(): Snapshot
}

/** A kind that no metric counts says so here. */
type Recorders = {
  readonly [K in Observation['kind']]: (observation: ObservationOf<K>) => void
}

export function createMetrics(levels: ReadLevels): Metrics {
  const catalogue = createCatalogue(levels)
  const recorders = recordersOf(catalogue)
  return {
    record: <K extends Observation['kind']>(observation: ObservationOf<K>) =>
      recorders[observation.kind](observation),
    measure: () => Object.values(catalogue).map(series => series.measure()),
  }
}

function recordersOf(series: ReturnType<typeof createCatalogue>): Recorders {
  return {
    request: o => {
      series.requests.record(o.durationMs / 1_000, o.surface, o.operation, String(o.status))
      if (o.code !== null) series.problems.add(1, o.code)
    },
    step: o => {
      series.steps.add(1, o.operation, String(o.status))
      if (o.code !== null) series.problems.add(1, o.code)
    },
    fault: o => series.faults.add(1, o.where),
    stage: o => series.stages.record(o.durationMs / 1_000, o.stage),
    plan: o => series.plans.add(1, o.route),
    batch: o => {
      series.batches.record(o.size, o.route)
      series.batchTime.record(o.durationMs / 1_000, o.route)
      if (o.alone > 0) series.alone.add(o.alone, o.route)
    },
    transaction: o => {
      series.transactions.add(1, o.outcome)
      series.attempts.add(o.attempts)
    },
    wait: o => series.waits.record(o.durationMs / 1_000, o.place),
    horizon: o => {
      series.reached.set(Number(o.reached))
      series.settled.set(Number(o.settled))
      series.horizonLag.set(o.lagMs / 1_000)
    },
    hash: o => {
      series.hashes.record(o.durationMs / 1_000)
      series.hashWaits.record(o.waitedMs / 1_000)
    },
    limit: o => {
      if (!o.allowed) series.limited.add(1, o.policy)
    },
    'limit-alone': () => series.limitedAlone.add(1),
    lifecycle: o => series.lifecycle.add(1, o.part, o.event),
  }
}
