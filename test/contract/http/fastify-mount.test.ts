/** The user's Fastify plugin: behind our routes, under our guard, with our errors. */

import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { FastifyInstance } from 'fastify'

import { problem } from '../../../src/base/errors.ts'
import type { Observation } from '../../../src/base/observe.ts'
import { createHttpServer } from '../../../src/api/server.ts'
import { emptyModel } from '../rest/small-model.ts'
import { begin, plainSettings } from './open-server.ts'

async function open(t: TestContext, wire: (app: FastifyInstance) => unknown) {
  const observations: Observation[] = []
  const server = createHttpServer({
    ...plainSettings(observations),
    model: { ...emptyModel, wire },
    execute: () => Promise.reject(problem('run.not-found')),
    executeBatch: () => Promise.reject(problem('run.not-found')),
    extraRoutes: [
      {
        method: 'GET',
        path: '/ours',
        operation: 'ours',
        handle: () => ({ status: 200, headers: [], body: 'ours' }),
      },
    ],
    guard: request => {
      if (request.header('origin') !== null) throw problem('wire.cross-origin')
    },
  })
  return begin(t, server, observations)
}

const plugin = async (app: FastifyInstance) => {
  app.get('/ours', () => 'theirs')
  app.get('/theirs', () => ({ theirs: true }))
  app.post('/theirs', request => request.body)
  app.get('/broken', () => {
    throw new Error('secret of the house')
  })
  app.get('/refused', () => {
    throw problem('authorise.denied')
  })
  app.addHook('onClose', async () => void closed.push('plugin'))
}
const closed: string[] = []

test('what no route of ours answers goes to the plugin', async t => {
  const { url, observations } = await open(t, plugin)
  assert.equal(await (await fetch(`${url}/ours`)).text(), 'ours')
  const answer = await fetch(`${url}/theirs`)
  assert.deepEqual(await answer.json(), { theirs: true })
  assert.equal(answer.headers.get('x-content-type-options'), 'nosniff')
  const [, seen] = observations
  assert(seen?.kind === 'request')
  assert.equal(seen.requestId, answer.headers.get('x-request-id'))
  assert.deepEqual([seen.surface, seen.operation, seen.status], ['fastify', 'wire', 200])
})

test('failures of the plugin are problems that say nothing', async t => {
  const { url, observations } = await open(t, plugin)
  const ask = async (path: string, init?: RequestInit) => {
    const answer = await fetch(url + path, init)
    assert.equal(answer.headers.get('content-type'), 'application/problem+json')
    const text = await answer.text()
    assert.doesNotMatch(text, /secret/)
    return [answer.status, /"code":"([^"]+)"/.exec(text)?.[1]]
  }
  const headers = { 'content-type': 'application/json' }
  assert.deepEqual(await ask('/nowhere'), [404, 'wire.not-found'])
  assert.deepEqual(await ask('/broken'), [500, 'run.internal'])
  assert.deepEqual(await ask('/refused'), [403, 'authorise.denied'])
  assert.deepEqual(await ask('/theirs', { method: 'POST', headers, body: '{' }), [
    400,
    'wire.malformed-request',
  ])
  assert.deepEqual(
    await ask('/theirs', { method: 'POST', headers: { origin: 'https://evil.example' } }),
    [403, 'wire.cross-origin'],
  )
  assert.equal(observations.filter(seen => seen.kind === 'fault').length, 1)
  assert.equal(observations.filter(seen => seen.kind === 'request').length, 5)
})

test('stop closes the plugin', async t => {
  const { server } = await open(t, plugin)
  closed.length = 0
  await server.stop()
  assert.deepEqual(closed, ['plugin'])
})
