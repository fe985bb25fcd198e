/** Scrapes over several processes: what is added, what is not, what stays when one has ended. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMetrics } from '../../../src/adapters/prometheus/metrics.ts'
import {
  exposeSnapshots,
  keepCounts,
  type Snapshot,
} from '../../../src/adapters/prometheus/snapshot.ts'

async function processWith(requests: number, settled: bigint, waiting: number): Promise<Snapshot> {
  const metrics = createMetrics(() => ({
    requestsInFlight: waiting,
    database: { pool: { open: 4, busy: 1, waiting } },
    hashes: { running: 0, waiting: 0 },
    sessionCaches: { cookie: { entries: 1, hits: requests, misses: 1 } },
  }))
  for (let count = 0; count < requests; count++) {
    metrics.record({
      kind: 'request',
      requestId: String(count),
      traceId: null,
      surface: 'rest',
      method: 'GET',
      operation: 'notes.read',
      status: 200,
      code: null,
      durationMs: 3,
      caller: null,
      apiKey: null,
    })
  }
  metrics.record({ kind: 'horizon', reached: settled, settled, lagMs: 5 })
  // As it comes over the line between processes.
  return JSON.parse(JSON.stringify(metrics.measure()))
}

const value = (text: string, series: string) =>
  text
    .split('\n')
    .find(line => line.startsWith(series))
    ?.split(' ')
    .at(-1)

test('counts and what waits are added; of one log the farthest position counts', async () => {
  const text = await exposeSnapshots([await processWith(2, 7n, 1), await processWith(3, 9n, 2)])
  assert.equal(value(text, 'mettle_request_duration_seconds_count'), '5')
  assert.equal(value(text, 'mettle_database_waiting{place="pool"}'), '3')
  assert.equal(value(text, 'mettle_log_settled_position'), '9')
  assert.equal(value(text, 'mettle_workers'), '2')
})

test('of a process that has ended the counts stay, and nothing that it held', async () => {
  const past = await keepCounts([[], await processWith(2, 99n, 7)])
  const more = await keepCounts([past, await processWith(1, 99n, 7)])
  const text = await exposeSnapshots([more, await processWith(3, 9n, 2)])
  assert.equal(value(text, 'mettle_request_duration_seconds_count'), '6')
  assert.equal(value(text, 'mettle_session_cache_lookups_total{by="cookie",outcome="hit"}'), '6')
  assert.match(text, /mettle_request_duration_seconds_bucket\{[^}]*le="0.005"\} 6\n/)
  assert.equal(value(text, 'mettle_database_waiting{place="pool"}'), '2')
  assert.equal(value(text, 'mettle_log_settled_position'), '9')
})

test('labels beyond the bound fall into one series', async () => {
  const metrics = createMetrics(() => null)
  for (let count = 0; count < 1_100; count++) {
    metrics.record({ kind: 'fault', requestId: null, where: `place ${count}`, error: null })
  }
  const text = await exposeSnapshots([metrics.measure()])
  assert.equal(value(text, 'mettle_faults_total{where="other"}'), '100')
})
