/** Turns the engine's observations into Prometheus metrics. */

import {
  AggregatorRegistry,
  collectDefaultMetrics,
  type Metric as LibraryMetric,
} from '@prometheus-io/client'
import type { Observation } from '../../base/observe.ts'
import { Counter, Gauge, Histogram } from './series.ts'

export interface Metrics {
  record(observation: Observation): void
  /** The text of a scrape (exposition format 0.0.4). */
  expose(): Promise<string>
}

/** What the pools look like at the moment of a scrape. */
export type Pressure = () => Readonly<Record<string, number>>

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const rows = [1, 2, 4, 8, 16, 32, 64]

/** One registry for this process. `pressure` gives gauges by name without prefix. */
export function createMetrics(pressure: Pressure): Metrics {
  const requests = new Histogram(
    'mettle_request_duration_seconds',
    'Time from the request line to the answer.',
    seconds,
    ['surface', 'operation', 'status'],
  )
  const stages = new Histogram(
    'mettle_stage_duration_seconds',
    'Time in one stage of the pipeline.',
    seconds,
    ['stage'],
  )
  const problems = new Counter('mettle_problems_total', 'Requests that ended in a problem.', [
    'code',
  ])
  const faults = new Counter('mettle_faults_total', 'Unexpected errors.', ['where'])
  const batches = new Histogram('mettle_batch_rows', 'Requests that shared one statement.', rows, [
    'route',
  ])
  const batchTime = new Histogram(
    'mettle_batch_duration_seconds',
    'Time of one shared statement.',
    seconds,
    ['route'],
  )
  const alone = new Counter(
    'mettle_batch_alone_total',
    'Requests taken out of a failed batch and run alone.',
    ['route'],
  )
  const plans = new Counter('mettle_plans_total', 'Plans compiled and evicted.', ['event'])
  const transactions = new Counter('mettle_transactions_total', 'Transactions by outcome.', [
    'outcome',
  ])
  const attempts = new Counter(
    'mettle_transaction_attempts_total',
    'Attempts of transactions, the first included.',
    [],
  )
  const hashes = new Histogram(
    'mettle_password_hash_duration_seconds',
    'Time of one password hash.',
    seconds,
    [],
  )
  const limited = new Counter('mettle_rate_limit_total', 'Decisions of the rate limiter.', [
    'policy',
    'decision',
  ])
  const horizon = new Gauge(
    'mettle_log_settled_position',
    'Position up to which the log is settled.',
    [],
  )
  const horizonLag = new Gauge(
    'mettle_log_horizon_lag_seconds',
    'Age of the newest settled position.',
    [],
  )
  const pressures = new Gauge(
    'mettle_pressure',
    'What waits and what is busy, by place.',
    ['place'],
    gauge => {
      for (const [place, value] of Object.entries(pressure())) gauge.set(value, place)
    },
  )

  // Made in a worker, it answers the supervisor's scrapes.
  const registry = new AggregatorRegistry()
  collectDefaultMetrics({ register: registry })
  const own = [
    requests,
    stages,
    problems,
    faults,
    batches,
    batchTime,
    alone,
    plans,
    transactions,
    attempts,
    hashes,
    limited,
    horizon,
    horizonLag,
    pressures,
  ]
  // The registry only calls get() and reset(); its type names nothing but its own classes.
  for (const metric of own) registry.registerMetric(metric as unknown as LibraryMetric)
  AggregatorRegistry.setRegistries(registry)

  const recorders: {
    readonly [K in Observation['kind']]: (o: Extract<Observation, { kind: K }>) => void
  } = {
    request: o => {
      requests.record(o.durationMs / 1000, o.surface, o.operation, String(o.status))
      if (o.code !== null) problems.add(1, o.code)
    },
    fault: o => faults.add(1, o.where),
    stage: o => stages.record(o.durationMs / 1000, o.stage),
    plan: o => plans.add(1, o.event),
    batch: o => {
      batches.record(o.size, o.route)
      batchTime.record(o.durationMs / 1000, o.route)
      if (o.alone > 0) alone.add(o.alone, o.route)
    },
    transaction: o => {
      transactions.add(1, o.outcome)
      attempts.add(o.attempts)
    },
    horizon: o => {
      horizon.set(Number(o.settled))
      horizonLag.set(o.lagMs / 1000)
    },
    hash: o => hashes.record(o.durationMs / 1000),
    limit: o => limited.add(1, o.policy, o.allowed ? 'allowed' : 'denied'),
    lifecycle: () => {},
  }
  return {
    record: <K extends Observation['kind']>(observation: Extract<Observation, { kind: K }>) =>
      (recorders[observation.kind] as (o: Extract<Observation, { kind: K }>) => void)(observation),
    expose: () => registry.metrics(),
  }
}
