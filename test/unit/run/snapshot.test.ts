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
  const metrics = createMetrics(() => ({ poolWaiting: waiting }))
  for (let count = 0; count < requests; count++) {
    metrics.record({
      kind: 'request',
      requestId: String(count),
      surface: 'rest',
      method: 'GET',
      operation: 'notes.read',
      status: 200,
      code: null,
      durationMs: 3,
      caller: null,
    })
  }
  metrics.record({ kind: 'horizon', settled, lagMs: 5 })
  // As it comes over the line between processes.
  return JSON.parse(JSON.stringify(await metrics.measure()))
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
  assert.equal(value(text, 'mettle_database_pressure{place="poolWaiting"}'), '3')
  assert.equal(value(text, 'mettle_log_settled_position'), '9')
})

test('of a process that has ended the counts stay, and nothing that it held', async () => {
  const past = await keepCounts([[], await processWith(2, 99n, 7)])
  const more = await keepCounts([past, await processWith(1, 99n, 7)])
  const text = await exposeSnapshots([more, await processWith(3, 9n, 2)])
  assert.equal(value(text, 'mettle_request_duration_seconds_count'), '6')
  assert.match(text, /mettle_request_duration_seconds_bucket\{[^}]*le="0.005"\} 6\n/)
  assert.equal(value(text, 'mettle_database_pressure{place="poolWaiting"}'), '2')
  assert.equal(value(text, 'mettle_log_settled_position'), '9')
})

test('labels beyond the bound fall into one series', async () => {
  const metrics = createMetrics(() => ({}))
  for (let count = 0; count < 1_100; count++) {
    metrics.record({ kind: 'fault', requestId: null, where: `place ${count}`, error: null })
  }
  const text = await exposeSnapshots([await metrics.measure()])
  assert.equal(value(text, 'mettle_faults_total{where="other"}'), '100')
})
