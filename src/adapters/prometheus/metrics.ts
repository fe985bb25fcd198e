/** Turns the engine's observations into Prometheus metrics. */

import { collectDefaultMetrics, type Metric, Registry } from '@prometheus-io/client'
import type { Observation } from '../../base/observe.ts'
import { createCatalogue, type Pressure } from './catalogue.ts'
import type { Snapshot } from './snapshot.ts'

export interface Metrics {
  record(observation: Observation): void
  /** The figures of this process now. */
  measure(): Promise<Snapshot>
}

type ObservationOf<K extends Observation['kind']> = Extract<Observation, { kind: K }>

type Recorders = {
  readonly [K in Observation['kind']]: (observation: ObservationOf<K>) => void
}

/** Figures of the process besides: memory, event loop, garbage collection. */
export function createMetrics(pressure: Pressure): Metrics {
  const series = createCatalogue(pressure)
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  for (const metric of Object.values(series)) {
    // The registry only calls get() and reset(); its type names nothing but its own classes.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    registry.registerMetric(metric as unknown as Metric)
  }
  const recorders = recordersOf(series)
  return {
    record: <K extends Observation['kind']>(observation: ObservationOf<K>) =>
      recorders[observation.kind](observation),
    measure: () => registry.getMetricsAsJSON(),
  }
}

function recordersOf(series: ReturnType<typeof createCatalogue>): Recorders {
  return {
    request: o => {
      series.requests.record(o.durationMs / 1_000, o.surface, o.operation, String(o.status))
      if (o.code !== null) series.problems.add(1, o.code)
    },
    fault: o => series.faults.add(1, o.where),
    stage: o => series.stages.record(o.durationMs / 1_000, o.stage),
    plan: () => series.plans.add(1),
    batch: o => {
      series.batches.record(o.size, o.route)
      series.batchTime.record(o.durationMs / 1_000, o.route)
      if (o.alone > 0) series.alone.add(o.alone, o.route)
    },
    transaction: o => {
      series.transactions.add(1, o.outcome)
      series.attempts.add(o.attempts)
    },
    horizon: o => {
      series.horizon.set(Number(o.settled))
      series.horizonLag.set(o.lagMs / 1_000)
    },
    hash: o => series.hashes.record(o.durationMs / 1_000),
    limit: o => {
      if (!o.allowed) series.limited.add(1, o.policy)
    },
    lifecycle: () => {},
  }
}
