/** Every metric of ours: its name, its meaning, its labels. */

import { Counter, Gauge, Histogram } from './series.ts'

/** What the pools look like at the moment of a scrape: a figure for each place. */
export type Pressure = () => Readonly<Record<string, number>>

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const rows = [1, 2, 4, 8, 16, 32, 64]

/** Labels take bounded sets of values only: names of operations, stages, codes; never an id. */
export function createCatalogue(pressure: Pressure) {
  return { ...requestSeries(), ...databaseSeries(pressure), ...serviceSeries() }
}

function requestSeries() {
  return {
    requests: new Histogram(
      'mettle_request_duration_seconds',
      'Time from the request line to the answer.',
      seconds,
      ['surface', 'operation', 'status'],
    ),
    stages: new Histogram(
      'mettle_stage_duration_seconds',
      'Time in one stage of the pipeline.',
      seconds,
      ['stage'],
    ),
    problems: new Counter('mettle_problems_total', 'Requests that ended in a problem.', ['code']),
    faults: new Counter('mettle_faults_total', 'Unexpected errors.', ['where']),
  }
}

function databaseSeries(pressure: Pressure) {
  return {
    batches: new Histogram('mettle_batch_rows', 'Requests that shared one statement.', rows, [
      'route',
    ]),
    batchTime: new Histogram(
      'mettle_batch_duration_seconds',
      'Time of one shared statement.',
      seconds,
      ['route'],
    ),
    alone: new Counter('mettle_batch_alone_total', 'Requests that left a batch to run alone.', [
      'route',
    ]),
    plans: new Counter('mettle_plans_compiled_total', 'Plans compiled.'),
    transactions: new Counter('mettle_transactions_total', 'Transactions by outcome.', ['outcome']),
    attempts: new Counter(
      'mettle_transaction_attempts_total',
      'Attempts of transactions, the first included.',
    ),
    pressures: new Gauge(
      'mettle_database_pressure',
      'Statements and connections that wait or are busy, by place.',
      ['place'],
      {
        read: gauge => {
          for (const [place, value] of Object.entries(pressure())) gauge.set(value, place)
        },
      },
    ),
  }
}

function serviceSeries() {
  return {
    hashes: new Histogram(
      'mettle_password_hash_duration_seconds',
      'Time of one password hash.',
      seconds,
    ),
    limited: new Counter('mettle_rate_limit_denied_total', 'Requests that a limit refused.', [
      'policy',
    ]),
    // Every process follows the one log: the farthest position, the worst lag.
    horizon: new Gauge(
      'mettle_log_settled_position',
      'Position up to which the log is settled.',
      [],
      { aggregator: 'max' },
    ),
    horizonLag: new Gauge(
      'mettle_log_horizon_lag_seconds',
      'Time from an event to its being settled.',
      [],
      { aggregator: 'max' },
    ),
  }
}
