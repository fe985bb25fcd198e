/** Answers of the engine as HTTP: status, tags, caching, conditions. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Answer } from '../../../src/engine/operation.ts'
import { id, openRest, row, stale, type Script } from './small-model.ts'

const path = `/api/v1/letters/${id}`
const json = { 'content-type': 'application/json' }

interface Scenario {
  readonly answer: Partial<Answer>
  readonly send: readonly [
    method: string,
    path: string,
    headers?: Record<string, string>,
    body?: string,
  ]
  readonly status: number
  /** Headers of the answer; null: must not be there. */
  readonly headers: Readonly<Record<string, string | null>>
  readonly body: string
}

const vary = 'Accept-Encoding, Authorization, Cookie'

const scenarios: Record<string, Scenario> = {
  'a row for its reader alone': {
    answer: {},
    send: ['GET', path],
    status: 200,
    headers: {
      etag: '"3-abc"',
      'cache-control': 'private, no-cache',
      vary,
      'content-type': 'application/json',
    },
    body: row.body!,
  },
  'a row for anybody': {
    answer: { shared: true },
    send: ['GET', path],
    status: 200,
    headers: { 'cache-control': 'public, no-cache', vary },
    body: row.body!,
  },
  'a list without a tag': {
    answer: { tag: null, body: '{"data":[],"next":null}' },
    send: ['GET', '/api/v1/letters'],
    status: 200,
    headers: { etag: null, 'content-length': '23' },
    body: '{"data":[],"next":null}',
  },
  'a row that the caller has': {
    answer: {},
    send: ['GET', path, { 'if-none-match': '"3-abc"' }],
    status: 304,
    headers: {
      etag: '"3-abc"',
      'cache-control': 'private, no-cache',
      vary,
      'content-type': null,
      'content-length': null,
    },
    body: '',
  },
  'a row that the caller has in a compressed form, among others': {
    answer: {},
    send: ['GET', path, { 'if-none-match': '"2-abc", W/"3-abc-gzip"' }],
    status: 304,
    headers: {},
    body: '',
  },
  'any row': {
    answer: {},
    send: ['GET', path, { 'if-none-match': '*' }],
    status: 304,
    headers: {},
    body: '',
  },
  'a row that the caller has in another view': {
    answer: {},
    send: ['GET', path, { 'if-none-match': '"3-xyz"' }],
    status: 200,
    headers: { etag: '"3-abc"' },
    body: row.body!,
  },
  'a created row': {
    answer: { status: 201, tag: '1-abc', created: { resource: 'letters', id } },
    send: ['POST', '/api/v1/letters', json, '{}'],
    status: 201,
    headers: {
      location: path,
      etag: '"1-abc"',
      'cache-control': 'no-store',
      'idempotent-replayed': null,
    },
    body: row.body!,
  },
  'a row that was created before': {
    answer: { status: 201, created: { resource: 'letters', id }, replayed: true },
    send: ['POST', '/api/v1/letters', json, '{}'],
    status: 201,
    headers: { location: path, 'idempotent-replayed': 'true' },
    body: row.body!,
  },
  'a deleted row': {
    answer: { status: 204, body: null, tag: null },
    send: ['DELETE', path],
    status: 204,
    headers: {
      'content-type': null,
      'content-length': null,
      etag: null,
      'cache-control': 'no-store',
    },
    body: '',
  },
  'headers that the engine adds': {
    answer: { headers: { ratelimit: '"default";r=9;t=1' } },
    send: ['GET', path],
    status: 200,
    headers: { ratelimit: '"default";r=9;t=1' },
    body: row.body!,
  },
}

for (const [what, scenario] of Object.entries(scenarios)) {
  test(`${what} is answered as HTTP says`, async t => {
    const { url } = await openRest(t, () => ({ ...row, ...scenario.answer }))
    const [method, target, headers, body] = scenario.send
    const answer = await fetch(url + target, {
      method,
      headers: { ...headers },
      body: body ?? null,
    })
    assert.equal(answer.status, scenario.status)
    assert.equal(await answer.text(), scenario.body)
    for (const [name, value] of Object.entries(scenario.headers)) {
      assert.equal(answer.headers.get(name), value, name)
    }
  })
}

const onlyTwo: Script = request => {
  if (request.ifMatch !== 2) throw stale()
  return row
}

test('an If-Match of several versions is tried newest first until one is the row', async t => {
  const { url, asked } = await openRest(t, onlyTwo)
  const headers = { ...json, 'if-match': '"1-a", "2-b", "9-c", "2-d"' }
  assert.equal((await fetch(url + path, { method: 'PATCH', headers, body: '{}' })).status, 200)
  assert.deepEqual(
    asked.map(request => request.ifMatch),
    [9, 2],
  )
  const none = { ...json, 'if-match': '"1-a", "3-b"' }
  assert.equal(
    (await fetch(url + path, { method: 'PATCH', headers: none, body: '{}' })).status,
    412,
  )
})

test('the caller that the engine finds is in the observation', async t => {
  const { url, observations } = await openRest(t, request => {
    request.trail.caller = { id, apiKey: null }
    return row
  })
  await fetch(url + path)
  const [seen] = observations
  assert(seen?.kind === 'request')
  assert.deepEqual([seen.operation, seen.status, seen.caller], ['letters.read', 200, id])
})
