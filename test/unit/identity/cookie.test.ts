/** The flags of the session cookie: what the browser is told to hold us to. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { sessionCookie } from '../../../src/api/auth/cookie.ts'

test('under TLS the cookie is bound to TLS and to this host', () => {
  const { name, give, take } = sessionCookie(true)
  assert.equal(name, '__Host-mettle_session')
  assert.equal(
    give('token'),
    '__Host-mettle_session=token; Max-Age=2592000; Path=/; HttpOnly; SameSite=Lax; Secure',
  )
  // The prefix forbids Domain and demands Path=/ and Secure, also of the cookie that takes it away.
  assert.equal(take, '__Host-mettle_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure')
})

test('without TLS it has a name of its own, so that one is never taken for the other', () => {
  assert.equal(sessionCookie(false).name, 'mettle_session')
  assert.ok(!sessionCookie(false).give('token').includes('Secure'))
})
