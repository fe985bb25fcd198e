/** Limits as callers meet them: every policy, every header, and nobody who poses as another. */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { access, backend, command, field, identity, resource } from 'mettle'

import { buildModel } from '../../../src/model/build.ts'
import { readConfig } from '../../../src/run/config.ts'
import { createNode } from '../../../src/run/node.ts'
import type { Json } from '../../support/backend.ts'
import { migratedDatabase } from '../../support/model.ts'

const { anyone } = access
const users = identity({ fields: {}, signUp: 'open' })
const notes = resource('notes', {
  fields: { text: field.text() },
  access: { read: anyone, create: anyone },
})
const ring = command('ring', { access: anyone, run: async () => {} })
const shout = command('shout', { access: anyone, run: async () => {} })
const model = buildModel(
  backend('limited', {
    parts: { users, notes, ring, shout },
    limits: {
      default: { quota: 10, per: '1d' },
      writing: { quota: 2, per: '12h', on: ['notes.create', 'ring'] },
      house: { quota: 15, per: '1d', by: 'address' },
      loud: { quota: 1, per: '1d', by: 'everyone', on: ['shout'] },
      authentication: { quota: 3, per: '1d' },
    },
  }),
)
const { url: databaseUrl } = await migratedDatabase(model)
const secret = 'the secret of a test, which guards nothing at all'

async function open(environment: Readonly<Record<string, string>> = {}) {
  const config = readConfig({ PORT: '0', ...environment }, 'development', '/nonexistent')
  const node = createNode({ model, config, databaseUrl, secret, observe() {}, routes: [] })
  await node.start()
  after(() => node.stop())
  return async (address: string, path: string, body?: unknown, more: object = {}) => {
    const headers = {
      'content-type': 'application/json',
      'x-forwarded-for': address,
      ...more,
    }
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
    const answer = await fetch(`http://127.0.0.1:${node.port}${path}`, { ...init, headers })
    const text = await answer.text()
    const json: Json = text === '' ? null : JSON.parse(text)
    return { status: answer.status, headers: answer.headers, json }
  }
}

const proxy = { TRUSTED_PROXIES: '127.0.0.1' }
const ordinary = '"default";q=10;w=86400, "house";q=15;w=86400'

test('an operation with a policy of its own is held to both, and told of both', async () => {
  const send = await open(proxy)
  const list = await send('203.0.113.1', '/api/v1/notes')
  assert.equal(list.headers.get('ratelimit-policy'), ordinary)
  assert.match(list.headers.get('ratelimit')!, /^"default";r=9;t=\d+, "house";r=14;t=\d+$/)

  const rung = await send('203.0.113.1', '/api/v1/ring', {})
  assert.equal(rung.status, 204)
  assert.equal(rung.headers.get('ratelimit-policy'), `${ordinary}, "writing";q=2;w=43200`)
  const made = await send('203.0.113.1', '/api/v1/notes', { text: 'a' })
  assert.equal(made.status, 201)
  assert.match(made.headers.get('ratelimit')!, /"default";r=7;.*"writing";r=0;t=43\d+$/)

  const refused = await send('203.0.113.1', '/api/v1/ring', {})
  assert.equal(refused.status, 429)
  assert.equal(refused.headers.get('content-type'), 'application/problem+json')
  const { type, code, 'violated-policies': violated } = refused.json
  assert.equal(type, 'https://iana.org/assignments/http-problem-types#quota-exceeded')
  assert.deepEqual([code, violated], ['limit.exceeded', ['writing']])
  const wait = Number(refused.headers.get('retry-after'))
  assert.ok(wait > 21_000 && wait <= 21_600, `half of the time of two: ${wait}`)
  // what was refused has cost nothing of the other policies
  assert.match(refused.headers.get('ratelimit')!, /^"default";r=7;.*"house";r=12;/)
  assert.equal((await send('203.0.113.1', '/api/v1/notes')).status, 200)
})

test('what is refused behind the limit has cost one request, and not another for its failure', async () => {
  const send = await open(proxy)
  const stranger = { 'idempotency-key': '"nobody has keys"' }
  const refused = await send('203.0.113.9', '/api/v1/notes', { text: 'a' }, stranger)
  assert.deepEqual([refused.status, refused.json.code], [400, 'wire.invalid-header'])
  const next = await send('203.0.113.9', '/api/v1/notes')
  assert.match(next.headers.get('ratelimit')!, /^"default";r=8;/)
  const forged = await send('203.0.113.9', '/auth/token/refresh', {
    refreshToken: `${'a'.repeat(43)}.${'b'.repeat(43)}`,
  })
  assert.deepEqual([forged.status, forged.json.code], [401, 'identify.invalid-token'])
  const last = await send('203.0.113.9', '/api/v1/notes')
  assert.match(last.headers.get('ratelimit')!, /^"default";r=6;/)
})

test('a limit for everyone is one bucket, whoever asks', async () => {
  const send = await open(proxy)
  assert.equal((await send('203.0.113.2', '/api/v1/shout', {})).status, 204)
  const second = await send('203.0.113.3', '/api/v1/shout', {})
  assert.deepEqual([second.status, second.json['violated-policies']], [429, ['loud']])
})

test('a burst gets exactly the quota, and a house that shares an address its own', async () => {
  const send = await open(proxy)
  const login = { email: 'ada@example.com', password: 'quiet turtles hum' }
  const signedUp = await send('203.0.113.4', '/auth/sign-up', login)
  assert.equal(signedUp.headers.get('ratelimit-policy'), '"authentication";q=3;w=86400')
  const { accessToken } = (await send('203.0.113.4', '/auth/token', login)).json
  const ada = { authorization: `Bearer ${accessToken}` }
  const burst = async (more: object) => {
    const asked = Array.from({ length: 20 }, () =>
      send('203.0.113.5', '/api/v1/notes', undefined, more),
    )
    return (await Promise.all(asked)).filter(({ status }) => status === 200).length
  }
  assert.equal(await burst({}), 10)
  assert.equal(await burst(ada), 5)
  const refused = await send('203.0.113.5', '/api/v1/notes', undefined, ada)
  assert.deepEqual(refused.json['violated-policies'], ['house'])
  const elsewhere = await send('203.0.113.6', '/api/v1/notes', undefined, ada)
  assert.equal(elsewhere.status, 200)
})

test('an address that the client made up is of no use', async () => {
  const direct = await open()
  const answers = Array.from({ length: 15 }, (_, at) => direct(`198.51.100.${at}`, '/api/v1/notes'))
  const statuses = (await Promise.all(answers)).map(({ status }) => status)
  assert.equal(statuses.filter(status => status === 200).length, 10)

  // behind a proxy, what the client wrote stands left of what the proxy adds
  const behind = await open(proxy)
  const posing = Array.from({ length: 15 }, (_, at) =>
    behind(`198.51.100.${at}, 203.0.113.7`, '/api/v1/notes'),
  )
  const allowed = (await Promise.all(posing)).filter(({ status }) => status === 200)
  assert.equal(allowed.length, 10)
})

test('whatever was counted is told of the limit, refusals as well', async () => {
  const send = await open(proxy)
  const from = '203.0.113.90'
  const id = '01890000-0000-7000-8000-000000000000'
  const refusals = [
    await send(from, `/api/v1/notes/${id}`),
    await send(from, '/api/v1/users'),
    await send(from, '/api/v1/notes', { colour: 'red' }),
    await send(from, '/api/v1/nothing'),
    await send(from, '/auth/me'),
    await send(from, '/api/v1/batch', { operations: [{ operation: 'notes.read', id }] }),
    await send(from, '/api/v1/batch', {
      atomic: true,
      operations: [{ operation: 'notes.read', id }],
    }),
    await send(from, '/auth/sign-in', { email: 'nobody@example.com', password: 'wrong-harbour' }),
  ]
  const told = refusals.map(({ status, headers }) => {
    const left = /^"[a-z]+";r=\d+/.exec(headers.get('ratelimit') ?? '')
    return `${status} ${left?.[0] ?? 'untold'}`
  })
  assert.deepEqual(told, [
    '404 "default";r=9',
    '401 "default";r=8',
    '422 "default";r=7',
    '404 "default";r=6',
    '401 "default";r=5',
    '200 "default";r=4',
    '404 "default";r=3',
    '401 "authentication";r=2',
  ])
})
