/** HTTPS: the same surface, with the headers and the facts that only TLS may give. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:https'
import { test } from 'node:test'

import { jsonAnswer, type Route } from '../../../src/api/http/route.ts'
import { cert, key } from './certificate.ts'
import { openServer } from './open-server.ts'

const routes: readonly Route[] = [
  {
    method: 'GET',
    path: '/secure',
    operation: 'secure',
    handle: asked => jsonAnswer(200, [asked.secure, asked.credentials.cookie]),
  },
]

test('over TLS a request is secure, and browsers are told to stay there', async t => {
  const { port } = await openServer(t, {
    routes,
    tls: { cert, key },
    secure: true,
    sessionCookie: '__Host-mettle_session',
  })
  const headers = { cookie: 'mettle_session=tossed; __Host-mettle_session=real' }
  const asked = request({
    host: '127.0.0.1',
    port,
    path: '/secure',
    ca: cert,
    headers,
    agent: false,
  })
  asked.end()
  const [response] = await once(asked, 'response')
  const [body] = await once(response, 'data')
  assert.deepEqual(JSON.parse(String(body)), [true, 'real'])
  assert.equal(response.headers['strict-transport-security'], 'max-age=31536000; includeSubDomains')
})
