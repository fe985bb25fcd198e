/** A node behind a proxy that ends TLS: what it believes of it, and what it tells browsers. */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { backend, identity } from 'mettle'

import { buildModel } from '../../../src/model/build.ts'
import { readConfig } from '../../../src/run/config.ts'
import { createNode } from '../../../src/run/node.ts'
import type { Json } from '../../support/backend.ts'
import { migratedDatabase } from '../../support/model.ts'

const model = buildModel(
  backend('behind', { parts: { users: identity({ fields: {}, signUp: 'open' }) } }),
)
const { url: databaseUrl } = await migratedDatabase(model)
const ada = { email: 'ada@example.com', password: 'quiet turtles hum' }

async function openNode(environment: Readonly<Record<string, string>>): Promise<string> {
  const config = readConfig({ PORT: '0', ...environment }, 'development', '/nonexistent')
  const secret = 'the secret of a test, which guards nothing at all'
  const node = createNode({ model, config, databaseUrl, secret, observe() {}, routes: [] })
  await node.start()
  after(() => node.stop())
  return `http://127.0.0.1:${node.port}`
}

async function addressSeen(url: string): Promise<string> {
  const headers = { 'content-type': 'application/json', 'x-forwarded-for': '6.6.6.6, 203.0.113.9' }
  const body = JSON.stringify(ada)
  const issued = await fetch(`${url}/auth/token`, { method: 'POST', headers, body })
  const { accessToken }: Json = await issued.json()
  const authorization = `Bearer ${accessToken}`
  const listed = await fetch(`${url}/auth/sessions`, { headers: { authorization } })
  const { data }: Json = await listed.json()
  return data[0].address
}

test('the client is whom a trusted proxy speaks for, and nobody else is believed', async () => {
  const behind = await openNode({ TRUSTED_PROXIES: '127.0.0.1' })
  const body = JSON.stringify(ada)
  const headers = { 'content-type': 'application/json' }
  const made = await fetch(`${behind}/auth/sign-up`, { method: 'POST', headers, body })
  assert.equal(made.status, 201)
  assert.equal(await addressSeen(behind), '203.0.113.9')
  assert.equal(await addressSeen(await openNode({})), '127.0.0.1')
})

test('a public URL of https makes the service one of TLS, whoever ends it', async () => {
  const behind = await openNode({ PUBLIC_URL: 'https://notes.example' })
  const { headers } = await fetch(`${behind}/health/live`)
  assert.match(headers.get('strict-transport-security') ?? '', /^max-age=\d+/)
  const act = (origin: string) =>
    fetch(`${behind}/auth/sign-out`, {
      method: 'POST',
      headers: { origin, cookie: `__Host-mettle_session=${'x'.repeat(43)}` },
    })
  const host = new URL(behind).host
  assert.equal((await act(`http://${host}`)).status, 403)
  assert.equal((await act('https://notes.example')).status, 204)
  const plain = await fetch(`${await openNode({})}/health/live`)
  assert.equal(plain.headers.get('strict-transport-security'), null)
})
