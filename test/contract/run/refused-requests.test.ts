/** Requests that fail before their caller is known are not free, and cost nobody else anything. */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { access, backend, field, identity, resource } from 'mettle'

import { buildModel } from '../../../src/model/build.ts'
import { readConfig } from '../../../src/run/config.ts'
import { createNode } from '../../../src/run/node.ts'
import type { Json } from '../../support/backend.ts'
import { migratedDatabase } from '../../support/model.ts'

const quota = 5
const notes = resource('notes', {
  fields: { text: field.text() },
  access: { read: access.signedIn, create: access.signedIn },
})
const users = identity({ fields: {}, signUp: 'open' })
const model = buildModel(backend('counted', { parts: { users, notes } }))
const { url: databaseUrl } = await migratedDatabase(model)

const environment = { PORT: '0', RATE_LIMIT: String(quota), TRUSTED_PROXIES: '127.0.0.1' }
const config = readConfig(environment, 'development', '/nonexistent')
const secret = 'the secret of a test, which guards nothing at all'
const node = createNode({ model, config, databaseUrl, secret, observe() {}, routes: [] })
await node.start()
after(() => node.stop())
const ada = { email: 'ada@example.com', password: 'quiet turtles hum' }
await node.identity!.createUser(ada, [])

interface Init {
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}

let addresses = 0
const newAddress = () => `203.0.113.${++addresses}`

function send(address: string, method: string, path: string, init: Init = {}) {
  const headers = {
    'content-type': 'application/json',
    'x-forwarded-for': address,
    ...init.headers,
  }
  return fetch(`http://127.0.0.1:${node.port}${path}`, { ...init, method, headers })
}

const body = JSON.stringify({ text: 'a' })
const failures: Readonly<Record<string, readonly [status: number, string, string, Init]>> = {
  'an invalid token': [401, 'GET', '/api/v1/notes', { headers: { authorization: 'Bearer x' } }],
  'an invalid token for /auth': [
    401,
    'GET',
    '/auth/me',
    { headers: { authorization: 'Bearer x' } },
  ],
  'a malformed body': [400, 'POST', '/api/v1/notes', { body: '{' }],
  'a body of another type': [
    415,
    'POST',
    '/api/v1/notes',
    { body, headers: { 'content-type': 'text/plain' } },
  ],
  'an unknown path': [404, 'GET', '/api/v1/nowhere', {}],
  'a foreign origin': [
    403,
    'POST',
    '/api/v1/notes',
    { body, headers: { origin: 'https://evil.example', cookie: 'mettle_session=x' } },
  ],
}

for (const [what, [status, method, path, init]] of Object.entries(failures)) {
  test(`${what} counts for its address`, async () => {
    const address = newAddress()
    for (let count = 0; count < quota; count++) {
      assert.equal((await send(address, method, path, init)).status, status)
    }
    const refused = await send(address, method, path, init)
    assert.equal(refused.status, 429)
    assert.ok(Number(refused.headers.get('retry-after')) > 0)
    assert.equal((await send(newAddress(), method, path, init)).status, status)
  })
}

test('who is signed in is not held back by failures from his address', async () => {
  const address = newAddress()
  const issued = await send(address, 'POST', '/auth/token', { body: JSON.stringify(ada) })
  const { accessToken }: Json = await issued.json()
  const headers = { authorization: `Bearer ${accessToken}` }
  for (let count = 0; count <= quota; count++) await send(address, 'GET', '/nowhere')
  assert.equal((await send(address, 'GET', '/nowhere')).status, 429)
  for (let left = quota - 1; left >= 0; left--) {
    const answer = await send(address, 'POST', '/api/v1/notes', { body, headers })
    assert.equal(answer.status, 201)
    assert.match(answer.headers.get('ratelimit') ?? '', new RegExp(`r=${left};`))
  }
})
