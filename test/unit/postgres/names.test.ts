/** Names of statements on one connection. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Names } from '../../../src/adapters/postgres/names.ts'

const bounds = { namedAfterUses: 2, namedMax: 2, countedMax: 100 }

function useTimes(names: Names<null>, text: string, times: number) {
  const uses = Array.from({ length: times }, () => names.use(text))
  return uses.at(-1) ?? null
}

test('a text gets a name after its uses without one, and keeps it', () => {
  const names = new Names<null>(bounds)
  assert.equal(useTimes(names, 'select 1', 2), null)
  const named = names.use('select 1')
  assert.equal(named?.text, 'select 1')
  assert.equal(names.use('select 1'), named)
  assert.deepEqual(names.takeClosing(), [])
})

test('one name too many closes the least used, once', () => {
  const names = new Names<null>(bounds)
  const first = useTimes(names, 'a', 3)
  const second = useTimes(names, 'b', 3)
  names.use('a')
  useTimes(names, 'c', 3)
  assert.deepEqual(names.takeClosing(), [second?.name])
  assert.deepEqual(names.takeClosing(), [])
  assert.equal(names.use('a'), first)
})

test('a forgotten name is closed and never given again', () => {
  const names = new Names<null>(bounds)
  const old = useTimes(names, 'a', 3)
  assert.ok(old !== null)
  names.forget(old)
  names.forget(old)
  assert.deepEqual(names.takeClosing(), [old.name])
  const fresh = names.use('a')
  assert.ok(fresh !== null && fresh.name !== old.name)
  names.forget(old)
  assert.equal(names.use('a'), fresh)
})

test('the count of uses is bounded', () => {
  const names = new Names<null>({ ...bounds, countedMax: 2 })
  useTimes(names, 'a', 2)
  names.use('b')
  names.use('c')
  assert.equal(names.use('a'), null)
})
