/** What a run made elsewhere is deleted by who made it, and named where it is not. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { backend, field, identity, resource } from '../../../src/index.ts'
import { buildModel } from '../../../src/model/build.ts'
import type { Reply, Request } from '../../../src/prove/http.ts'
import { Leavings } from '../../../src/prove/leavings.ts'

const users = identity({ fields: {}, signUp: 'open', roles: [] })
const notes = resource('notes', { fields: { text: field.text({ max: 9 }) } })
const model = buildModel(backend('notes', { parts: { users, notes } }))

function answer(status: number, json: unknown = null): Reply {
  const times = { sentMs: 0, endedMs: 0 }
  const outcome = status < 300 ? 'ok' : 'failed'
  return { outcome, status, code: null, headers: {}, text: '', json, ...times }
}

const token = (sub: string) =>
  `Bearer a.${Buffer.from(JSON.stringify({ sub })).toString('base64url')}.c`

/** A backend in which all but the row `kept` and the account `2` may be deleted. */
function signedUp(numbers: readonly string[]) {
  const asked: Request[] = []
  const leavings = new Leavings(model, async request => {
    asked.push(request)
    const { email, password } = Object(request.body)
    if (request.path === '/auth/token') {
      return password === 'old' ? answer(401) : answer(200, { accessToken: `of ${email}` })
    }
    return answer(/\/(?:kept|2)$/.test(request.path) ? 403 : 204)
  })
  for (const id of numbers) {
    const body = { email: `${id}@a`, password: id === '1' ? 'old' : id }
    leavings.note({ path: '/auth/sign-up', body }, answer(201, { user: { id } }))
  }
  return { leavings, asked }
}

test('rows go before their makers, the newest first, under the password of now', async () => {
  const { leavings, asked } = signedUp(['1'])
  const headers = { authorization: token('1') }
  const body = { current: 'old', next: 'new' }
  leavings.note({ path: '/auth/password', body, headers }, answer(204))
  const steps = ['notes.read', 'notes.create'].map(operation => ({ operation }))
  const results = [
    { status: 200, body: { id: 'read' } },
    { status: 201, body: { id: 'z' } },
  ]
  const batch = { path: '/api/v1/batch', body: { operations: steps }, headers }
  leavings.note(batch, answer(200, { results }))
  for (const id of ['a', 'b', 'c']) {
    leavings.note({ path: '/api/v1/notes', body: {}, headers }, answer(201, { id }))
  }
  leavings.note({ path: '/api/v1/notes/c', method: 'DELETE', headers }, answer(204))
  assert.deepEqual(await leavings.clear(), [])
  assert.deepEqual(
    asked.map(({ method = 'POST', path }) => `${method} ${path}`),
    [
      'POST /auth/token',
      ...['notes/b', 'notes/a', 'notes/z', 'users/1'].map(at => `DELETE /api/v1/${at}`),
    ],
  )
  const own = asked.slice(1).every(each => each.headers?.['authorization'] === 'Bearer of 1@a')
  assert.ok(own)
})

test('what remains is named, and its accounts have no key and no session', async () => {
  const { leavings, asked } = signedUp(['1', '2'])
  leavings.note({ path: '/auth/password', body: { current: 'old', next: 'new' } }, answer(204))
  const path = '/api/v1/notes'
  leavings.note({ path, body: {} }, answer(201, { id: 'kept' }))
  leavings.note({ path, body: {} }, answer(422, { id: 'refused' }))
  leavings.note({ path }, answer(200, { id: 'read' }))
  assert.deepEqual(await leavings.clear(), ['1 account: 2@a', '1 row of notes: kept'])
  const ends = asked.filter(each => /^\/auth\/(?!token)/.test(each.path)).map(each => each.path)
  assert.deepEqual(ends, ['/auth/api-keys', '/auth/sessions', '/auth/sign-out'])
})
