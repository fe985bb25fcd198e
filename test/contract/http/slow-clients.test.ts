/** Clients that send slowly are cut, with an answer, and nobody waits for them. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as soon } from 'node:timers/promises'

import { limits } from '../../../src/base/limits.ts'
import { emptyAnswer, jsonAnswer, type Route } from '../../../src/api/http/route.ts'
import { openServer, openWire } from './open-server.ts'

const impatient = {
  ...limits,
  headersTimeoutMs: 60,
  requestTimeoutMs: 120,
  connectionsCheckMs: 20,
  answerStallMs: 80,
  keepAliveTimeoutMs: 100,
  drainNoticeMs: 20,
  drainUnseenMs: 0,
  drainMs: 200,
}

/** More than the buffers of the system take. */
const large = { text: 'x'.repeat(32 * 2 ** 20) }

const routes: readonly Route[] = [
  { method: 'GET', path: '/large', operation: 'large', handle: () => jsonAnswer(200, large) },
  { method: 'GET', path: '/ping', operation: 'ping', handle: () => emptyAnswer() },
  {
    method: 'POST',
    path: '/echo',
    operation: 'echo',
    handle: async request => jsonAnswer(200, await request.json()),
  },
]

test('slow headers are answered with 408 and the connection is closed', async t => {
  const { port } = await openServer(t, { routes, limits: impatient })
  const wire = await openWire(t, port)
  wire.send('GET /ping HTTP/1.1\r\nHost: a\r\nX-Slow: ')
  const drip = setInterval(() => wire.send('x'), 10)
  t.after(() => clearInterval(drip))
  const text = await wire.closed()
  assert.match(text, /^HTTP\/1\.1 408 /)
  assert.match(text, /"code":"wire\.timeout"/)
  assert.match(text, /connection: close/i)
})

test('a slow body is answered with 408 and the connection is closed', async t => {
  const { port, observations } = await openServer(t, { routes, limits: impatient })
  const wire = await openWire(t, port)
  wire.send(
    'POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n',
  )
  const drip = setInterval(() => wire.send(' '), 10)
  t.after(() => clearInterval(drip))
  const text = await wire.closed()
  assert.match(text, /^HTTP\/1\.1 408 /)
  assert.match(text, /"code":"wire\.timeout"/)
  assert.deepEqual(
    observations.map(seen => seen.kind === 'request' && [seen.operation, seen.status]),
    [['echo', 408]],
  )
})

test('a connection that says nothing is closed', async t => {
  const { port } = await openServer(t, { routes, limits: impatient })
  const wire = await openWire(t, port)
  await wire.closed()
})

test('an idle connection is closed after its time, and not before its answer', async t => {
  const { port } = await openServer(t, { routes, limits: impatient })
  const wire = await openWire(t, port)
  wire.send('GET /ping HTTP/1.1\r\nHost: a\r\n\r\n')
  assert.match(await wire.closed(), /^HTTP\/1\.1 204 /)
})

test('a client that does not take its answer is cut', async t => {
  const { server, port } = await openServer(t, { routes, limits: impatient })
  const wire = await openWire(t, port)
  wire.socket.pause()
  wire.send('GET /large HTTP/1.1\r\nHost: a\r\n\r\n')
  while (server.requestsInFlight === 0) await soon()
  while (server.requestsInFlight > 0) await soon()
  wire.socket.resume()
  assert.ok((await wire.closed()).length < large.text.length)
})

test('a client that takes its answer slowly gets all of it', async t => {
  const { port } = await openServer(t, { routes, limits: { ...impatient, answerStallMs: 1_000 } })
  const wire = await openWire(t, port)
  const breathe = () => {
    wire.socket.pause()
    setTimeout(() => wire.socket.resume(), 5)
  }
  wire.socket.on('data', breathe)
  wire.send('GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  assert.ok((await wire.closed()).length > large.text.length)
})

test('who waits for an answer that is worked on is not cut', async t => {
  const answer = Promise.withResolvers<void>()
  const handle = async () => {
    await answer.promise
    return emptyAnswer()
  }
  const slow: Route = { method: 'GET', path: '/slow', operation: 'slow', handle }
  const { port } = await openServer(t, { routes: [slow, ...routes], limits: impatient })
  const wire = await openWire(t, port)
  wire.send('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n')
  const idle = await openWire(t, port)
  idle.send('GET /ping HTTP/1.1\r\nHost: a\r\n\r\n')
  // Its time is longer than that of a client that takes nothing.
  await idle.closed()
  answer.resolve()
  await wire.until(/204/)
})
