/** Callers that are remembered: the same object while nothing has changed, and only then. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CallerCache, type Known } from '../../../src/engine/identity/caller-cache.ts'

const known: Known = { user: 'ada', roles: ['staff'], session: 'first', apiKey: null }
const again = (cache: CallerCache, found: Known) =>
  cache.remember('token', found, 1_000, cache.generation)

test('what is asked for again and has not changed is the same caller', () => {
  const cache = new CallerCache()
  const caller = again(cache, known)
  assert.equal(again(cache, { ...known, roles: ['staff', 'staff'] }), caller)
  assert.equal(cache.fresh('token', 999), caller)
  assert.equal(cache.fresh('token', 1_000), null)
})

const key = (id: string) => ({ session: null, apiKey: { id, scopes: new Set(['notes']) } })

for (const [what, change] of Object.entries<Partial<Known>>({
  'another user': { user: 'bob' },
  'other roles': { roles: [] },
  'another session': { session: 'second' },
  'an API key': key('first-key'),
})) {
  test(`${what} is another caller`, () => {
    const cache = new CallerCache()
    const before = again(cache, known)
    const after = again(cache, { ...known, ...change })
    assert.notEqual(after, before)
    const { user: id, ...rest } = { ...known, ...change }
    assert.deepEqual(after, { kind: 'user', id, tenant: null, ...rest })
  })
}

test('what was forgotten while it was asked for is not remembered', () => {
  const cache = new CallerCache()
  const { generation } = cache
  cache.forget('first')
  cache.remember('token', known, 1_000, generation)
  assert.equal(cache.fresh('token', 0), null)
  again(cache, { ...known, ...key('a-key') })
  cache.forget('a-key')
  assert.equal(cache.fresh('token', 0), null)
})
