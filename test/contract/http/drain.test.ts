/** Starting and stopping: what is under way ends, what is idle is closed, nothing new begins. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'

import { limits } from '../../../src/base/limits.ts'
import { createHttpListener } from '../../../src/api/http/server.ts'
import { emptyAnswer, jsonAnswer, type Route } from '../../../src/api/http/route.ts'
import { openServer, openWire, plainSettings, signalled } from './open-server.ts'

const ping: Route = { method: 'GET', path: '/ping', operation: 'ping', handle: () => emptyAnswer() }
const request = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`

function held() {
  const began = signalled()
  const released = signalled()
  const route: Route = {
    method: 'GET',
    path: '/held',
    operation: 'held',
    async handle() {
      began.resolve()
      await released.promise
      return jsonAnswer(200, 'finished')
    },
  }
  return { route, began, released }
}

test('stop lets a request finish, closes its connection, and closes idle ones', async t => {
  const { route, began, released } = held()
  const { server, port } = await openServer(t, {
    routes: [ping, route],
    limits: { ...limits, drainNoticeMs: 20, drainUnseenMs: 0 },
  })
  const idle = await openWire(t, port)
  idle.send(request('/ping'))
  await idle.until(/204/)
  const silent = await openWire(t, port)
  const busy = await openWire(t, port)
  busy.send(request('/held'))
  await began.promise
  const stopped = server.stop()
  await idle.closed()
  await silent.closed()
  const late = connect(port, '127.0.0.1')
  const [error] = await once(late, 'error')
  assert.equal(error.code, 'ECONNREFUSED')
  released.resolve()
  await stopped
  const text = await busy.closed()
  assert.match(text, /"finished"/)
  assert.match(text, /\r\nconnection: close\r\n/i)
})

test('clients hear of it before idle connections are closed; when all have gone, nothing is waited for', async t => {
  const patient = { ...limits, drainNoticeMs: 2 ** 30, drainUnseenMs: 0 }
  const { server, port } = await openServer(t, { routes: [ping], limits: patient })
  const wire = await openWire(t, port)
  wire.send(request('/ping'))
  await wire.until(/204/)
  const stopped = server.stop()
  wire.send(request('/ping'))
  assert.match(await wire.closed(), /204[^]*204[^]*connection: close/i)
  await stopped
})

test('who connects soon after the last one has gone is answered: a balancer may not know yet', async t => {
  const unseen = { ...limits, drainNoticeMs: 300, drainUnseenMs: 300 }
  const { server, port } = await openServer(t, { routes: [ping], limits: unseen })
  const stopped = server.stop()
  const late = await openWire(t, port)
  late.send(request('/ping'))
  assert.match(await late.closed(), /204[^]*connection: close/i)
  await stopped
})

test('a request that never ends is cut when the time for draining is over', async t => {
  const { route, began } = held()
  const { server, port } = await openServer(t, {
    routes: [route],
    limits: { ...limits, drainMs: 20, drainNoticeMs: 10, drainUnseenMs: 0 },
  })
  const busy = await openWire(t, port)
  busy.send(request('/held'))
  await began.promise
  await server.stop()
  assert.equal(await busy.closed(), '')
})

test('stop may come before start, twice, and at the same time as start', async () => {
  const early = createHttpListener({ ...plainSettings([]), routes: [ping] })
  await early.stop()
  await early.start()
  assert.equal(early.address, null)
  const twice = createHttpListener({ ...plainSettings([]), routes: [ping] })
  await twice.start()
  await Promise.all([twice.stop(), twice.stop()])
  await twice.stop()
  assert.equal(twice.address, null)
  const hasty = createHttpListener({ ...plainSettings([]), routes: [ping] })
  await Promise.all([hasty.start(), hasty.stop()])
  assert.equal(hasty.address, null)
})

test('start rejects when the port is taken, and stop is still fine', async t => {
  const { port } = await openServer(t, { routes: [ping] })
  const second = createHttpListener({
    ...plainSettings([]),
    routes: [ping],
    listen: { port, host: '127.0.0.1' },
  })
  await assert.rejects(second.start(), { code: 'EADDRINUSE' })
  await second.stop()
})
