/** Every metric: its name, its meaning, its labels. */

import type { Levels } from '../../base/observe.ts'
import { watchProcess } from './process.ts'
import { Counter, Gauge, Histogram, Total } from './series.ts'

/** What is held at the moment of a scrape; null before anything serves. */
export type ReadLevels = () => Levels | null

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const rows = [1, 2, 4, 8, 16, 32, 64]

/** Labels take bounded sets of values only: names of operations, stages, codes; never an id. */
export function createCatalogue(levels: ReadLevels) {
  return {
    ...requestSeries(levels),
    ...databaseSeries(),
    ...connectionSeries(levels),
    ...identitySeries(levels),
    ...serviceSeries(),
    ...watchProcess(),
  }
}

function requestSeries(levels: ReadLevels) {
  return {
    requests: new Histogram(
      'mettle_request_duration_seconds',
      'Time from the request line to the answer.',
      seconds,
      ['surface', 'operation', 'status'],
    ),
    steps: new Counter(
      'mettle_request_steps_total',
      'Operations of requests that brought several.',
      ['operation', 'status'],
    ),
    inFlight: new Gauge('mettle_requests_in_flight', 'Requests without their answer.', [], {
      read: gauge => gauge.set(levels()?.requestsInFlight ?? 0),
    }),
    stages: new Histogram(
      'mettle_stage_duration_seconds',
      'Time in one stage of the pipeline.',
      seconds,
      ['stage'],
    ),
    problems: new Counter(
      'mettle_problems_total',
      'Requests, and operations among several, that ended in a problem.',
      ['code'],
    ),
    faults: new Counter('mettle_faults_total', 'Unexpected errors.', ['where']),
  }
}

function databaseSeries() {
  return {
    plans: new Counter('mettle_plans_compiled_total', 'Plans compiled.', ['route']),
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
    transactions: new Counter('mettle_transactions_total', 'Transactions by outcome.', ['outcome']),
    attempts: new Counter(
      'mettle_transaction_attempts_total',
      'Attempts of transactions, the first included.',
    ),
  }
}

function connectionSeries(levels: ReadLevels) {
  const readPlaces = (figure: 'open' | 'busy' | 'waiting') => ({
    read: (gauge: { set(value: number, place: string): void }) => {
      for (const [place, held] of Object.entries(levels()?.database ?? {})) {
        gauge.set(held[figure], place)
      }
    },
  })
  return {
    open: new Gauge(
      'mettle_database_connections_open',
      'Connections to PostgreSQL.',
      ['place'],
      readPlaces('open'),
    ),
    busy: new Gauge(
      'mettle_database_connections_busy',
      'Connections with work under way.',
      ['place'],
      readPlaces('busy'),
    ),
    waiting: new Gauge(
      'mettle_database_waiting',
      'Statements and transactions that wait for a connection.',
      ['place'],
      readPlaces('waiting'),
    ),
    waits: new Histogram(
      'mettle_database_wait_seconds',
      'Time until a connection was free; of shared lanes, where none was at hand.',
      seconds,
      ['place'],
    ),
  }
}

function identitySeries(levels: ReadLevels) {
  const caches = () => Object.entries(levels()?.sessionCaches ?? {})
  return {
    hashes: new Histogram(
      'mettle_password_hash_duration_seconds',
      'Time of one password hash.',
      seconds,
    ),
    hashWaits: new Histogram(
      'mettle_password_hash_wait_seconds',
      'Time that a password hash waited for its turn.',
      seconds,
    ),
    hashQueue: new Gauge('mettle_password_hashes', 'Password hashes at this moment.', ['state'], {
      read: gauge => {
        const { running, waiting } = levels()?.hashes ?? { running: 0, waiting: 0 }
        gauge.set(running, 'running')
        gauge.set(waiting, 'waiting')
      },
    }),
    sessions: new Gauge('mettle_session_cache_entries', 'Callers that are remembered.', ['by'], {
      read: gauge => {
        for (const [by, { entries }] of caches()) gauge.set(entries, by)
      },
    }),
    sessionLookups: new Total(
      'mettle_session_cache_lookups_total',
      'Callers who came with a cookie, a token or an API key, by whether they were remembered.',
      ['by', 'outcome'],
      {
        read: total => {
          for (const [by, { hits, misses }] of caches()) {
            total.set(hits, by, 'hit')
            total.set(misses, by, 'miss')
          }
        },
      },
    ),
  }
}

function serviceSeries() {
  return {
    limited: new Counter('mettle_rate_limit_denied_total', 'Requests that a limit refused.', [
      'policy',
    ]),
    limitedAlone: new Counter(
      'mettle_rate_limit_alone_total',
      'Requests that this machine counted alone, because the shared buckets were away.',
    ),
    // Every process follows the one log: the farthest position, the worst lag.
    reached: new Gauge('mettle_log_reached_position', 'The farthest position of the log.', [], {
      aggregator: 'max',
    }),
    settled: new Gauge(
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
    lifecycle: new Counter(
      'mettle_lifecycle_events_total',
      'Parts that started, stopped, or were in need.',
      ['part', 'event'],
    ),
  }
}
