/** What a client of a drill sends again, and what it takes for an answer. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Reply } from '../../../src/prove/http.ts'
import { patiently } from '../../../src/prove/patience.ts'

const silence = { outcome: 'unknown', status: null, code: null, headers: {} } as const
const later = {
  outcome: 'failed',
  status: 503,
  code: null,
  headers: { 'retry-after': '1' },
} as const
const taken = { outcome: 'failed', status: 409, code: 'book.taken', headers: {} } as const
const done = { outcome: 'ok', status: 201, code: null, headers: {} } as const

type Told = Pick<Reply, 'outcome' | 'status' | 'code' | 'headers'>

/** Gives one answer after the other. */
async function ask(answers: readonly Told[], headers: Readonly<Record<string, string>> = {}) {
  const rest = [...answers]
  const send = async () => ({ ...rest.shift()!, text: '', json: null, sentMs: 0, endedMs: 0 })
  const { status } = await patiently(send, { path: '/', headers })
  return { status, left: rest.length }
}

test('whoever is told to come again does', async () => {
  assert.deepEqual(await ask([later, done]), { status: 201, left: 0 })
})

test('a refusal for good is an answer', async () => {
  assert.deepEqual(await ask([taken, done]), { status: 409, left: 1 })
})

test('what nobody answered is sent again only under a key', async () => {
  assert.deepEqual(await ask([silence, done]), { status: null, left: 1 })
  const keyed = { 'idempotency-key': '"k"' }
  assert.deepEqual(await ask([silence, done], keyed), { status: 201, left: 0 })
})
