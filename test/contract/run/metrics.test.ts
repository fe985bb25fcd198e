/** The scrape of a node at work: clean by Prometheus' own linter, and bounded whoever asks what. */

import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { createMetrics } from '../../../src/adapters/prometheus/metrics.ts'
import { exposeSnapshots } from '../../../src/adapters/prometheus/snapshot.ts'
import { runProgram } from '../../../tools/services/run-program.ts'
import { startBackend } from '../../support/backend.ts'
import { programPath } from '../../support/services.ts'
import { workshop, workshopPeople } from '../pipeline/workshop.ts'

const house = await startBackend(workshop, workshopPeople)
const metrics = createMetrics(() => house.node.levels())
let recorded = 0

/** The text of a scrape, with all that was observed so far. */
async function scrape(): Promise<string> {
  for (const observation of house.observations.slice(recorded)) metrics.record(observation)
  recorded = house.observations.length
  return exposeSnapshots([metrics.measure()])
}

const seriesOf = (text: string): string[] =>
  text.split('\n').filter(line => line !== '' && !line.startsWith('#'))

const valueOf = (text: string, series: string): number =>
  Number(
    seriesOf(text)
      .find(line => line.startsWith(`${series} `))
      ?.split(' ')
      .at(-1),
  )

/** Something of everything: reads, writes, transactions, refusals, faults, batches, sign-ins. */
async function live(): Promise<void> {
  const as = { as: 'ada' }
  const { json: row } = await house.send('POST', '/plain', { ...as, body: { text: 'a' } })
  await Promise.all(Array.from({ length: 8 }, () => house.send('GET', `/plain/${row.id}`, as)))
  await house.send('GET', '/plain', as)
  await house.send('POST', '/sum', { ...as, body: { amount: 2 } })
  await house.send('POST', '/no-row', as)
  await house.send('GET', '/plain/not-an-id', as)
  await house.send('GET', '//nowhere')
  await house.send('POST', '//auth/token', { body: { email: 'ada@example.com', password: 'no' } })
  const operations = [
    { operation: 'plain.read', id: row.id },
    { operation: 'plain.read', id: '01a20000-0000-7000-8000-000000000000' },
  ]
  await house.send('POST', '/batch', { ...as, body: { operations } })
}

test('promtool finds nothing to say', async () => {
  await live()
  const text = await scrape()
  const { status, output } = await runProgram(
    [await programPath('promtool'), 'check', 'metrics'],
    text,
  )
  assert.deepEqual([status, output], [0, ''])
})

test('the figures are those of what was done', async () => {
  const before = await scrape()
  await live()
  const text = await scrape()
  const grown = (series: string) => valueOf(text, series) - (valueOf(before, series) || 0)
  const requests = 'mettle_request_duration_seconds_count{surface="rest",operation'
  assert.equal(grown(`${requests}="plain.read",status="200"}`), 8)
  assert.equal(grown(`${requests}="plain.create",status="201"}`), 1)
  assert.equal(grown('mettle_request_steps_total{operation="plain.read",status="200"}'), 1)
  assert.equal(grown('mettle_request_steps_total{operation="plain.read",status="404"}'), 1)
  assert.equal(grown('mettle_problems_total{code="run.not-found"}'), 1)
  assert.equal(grown('mettle_faults_total{where="no-row"}'), 1)
  assert.equal(grown('mettle_password_hash_duration_seconds_count'), 1)
  const remembered = grown('mettle_session_cache_lookups_total{by="token",outcome="hit"}')
  const asked = grown('mettle_session_cache_lookups_total{by="token",outcome="miss"}')
  assert.ok(remembered > 0 && asked >= 0)
  assert.ok(grown('mettle_database_wait_seconds_count{place="pool"}') > 0)
  assert.equal(valueOf(text, 'mettle_database_connections_open{place="read"}'), 2)
  assert.equal(valueOf(text, 'mettle_database_waiting{place="pool"}'), 0)
  assert.equal(valueOf(text, 'mettle_requests_in_flight'), 0)
  assert.ok(valueOf(text, 'process_resident_memory_bytes') > 1e7)
  assert.ok(valueOf(text, 'nodejs_eventloop_utilization_ratio') > 0)
})

test('10,000 requests of which no two are alike make no more series than a few', async () => {
  await live()
  const one = (at: number) => oddities.map(oddity => oddity(String(at).padStart(6, '0')))
  await sendRaw(one(0))
  const before = seriesOf(await scrape()).length
  const start = house.observations.length
  // some are lost, on connections that are closed when all is sent, or that hold no request
  const rounds = Math.ceil(13_000 / oddities.length)
  await sendRaw(Array.from({ length: rounds }, (_, at) => one(at + 1)).flat())
  const text = await scrape()
  const seen = house.observations.slice(start).filter(({ kind }) => kind === 'request')
  assert.ok(seen.length >= 10_000, String(seen.length))
  assert.doesNotMatch(text, /odd-/)
  // What was never seen before is another status of an operation that is known.
  assert.ok(seriesOf(text).length - before < 100, `${before} to ${seriesOf(text).length}`)
})

/** A request by its first line and its headers; whatever can differ does. */
type Oddity = (number: string) => readonly [line: string, ...headers: readonly string[]]

const bearer = (number: string) => `authorization: Bearer odd-${number}`
const oddities: readonly Oddity[] = [
  number => [`GET /api/v1/plain/01a20000-0000-7000-8000-000000${number}`],
  number => [`GET /api/v1/plain/odd-${number}`],
  number => [`GET /api/v1/plain?odd-${number}=1`],
  number => [`GET /api/v1/plain?text=odd-${number}&limit=1`],
  number => [`GET /api/v1/odd-${number}`],
  number => [`POST /api/v1/odd-${number}/odd`],
  number => [`GET /odd-${number}/%00?odd-${number}`],
  number => [`ODD-${number} /api/v1/plain`],
  number => ['GET /api/v1/plain', bearer(number)],
  number => ['GET /api/v1/plain', `cookie: mettle_session=odd-${number}`],
  number => ['GET /api/v1/plain', `x-request-id: odd-${number}`, `host: odd-${number}.example`],
  number => [
    'GET /api/v1/plain',
    `traceparent: 00-${number.padStart(32, 'a')}-00f067aa0ba902b7-01`,
  ],
  number => [
    'POST /api/v1/plain',
    `idempotency-key: "odd-${number}"`,
    `origin: http://odd-${number}`,
  ],
  number => ['GET /health/live', `x-forwarded-for: odd-${number}`, `user-agent: odd-${number}`],
]

/** Over a few connections, each of which is opened again when the server closes it. */
async function sendRaw(asked: readonly (readonly string[])[]): Promise<void> {
  const queue = [...asked]
  const next = () => {
    const request = queue.pop()
    if (request === undefined) return null
    const [line, ...headers] = request
    const host = headers.some(header => header.startsWith('host:')) ? [] : ['host: localhost']
    return [`${line} HTTP/1.1`, ...host, ...headers, 'content-length: 0', '', ''].join('\r\n')
  }
  await Promise.all(Array.from({ length: 16 }, () => converse(next)))
}

async function converse(next: () => string | null): Promise<void> {
  for (let request = next(); request !== null; request = next()) {
    const socket = connect(house.node.port!, '127.0.0.1')
    socket.write(request)
    for await (const _ of socket) {
      const more = next()
      if (more === null) break
      socket.write(more)
    }
  }
}
