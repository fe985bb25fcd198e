/**
 * Idempotency keys: of single rows inside their statement, of commands around their transaction.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { DatabaseError } from '../../../src/ports/database.ts'
import type { Statement } from '../../../src/ports/database.ts'
import {
  claimKey,
  forgetKeys,
  readAnswer,
  storeAnswer,
} from '../../../src/sql/write/idempotency.ts'
import { ada, bob, id } from './library.ts'
import { librarian, outcomes } from './scene.ts'

const scene = await librarian()
const shelf = (n: number, key: string, hash = 'h', name = 'a') => ({
  id: id(n),
  caller: ada,
  key,
  hash,
  set: { name },
})

test('the same request again gets the same answer, and nothing happens twice', async () => {
  const first = await scene.one('shelves', 'create', shelf(1, 'k1'))
  const again = await scene.one('shelves', 'create', shelf(2, 'k1'))
  assert.deepEqual({ ...again, outcome: 'done', detail: null }, first)
  assert.deepEqual(outcomes([again]), [`replayed ${id(1)}`])
  assert.equal((await scene.events()).length, 1)
  assert.deepEqual(await scene.select('select id from shelves'), [[id(1)]])

  const change = { id: id(1), caller: ada, key: 'k1', set: { name: 'b' } }
  assert.equal(
    (await scene.one('shelves', 'update', change)).outcome,
    'done',
    'another operation, another key',
  )
  const changed = await scene.one('shelves', 'update', change)
  assert.deepEqual([changed.outcome, changed.version, changed.body?.['name']], ['replayed', 2, 'b'])
  const removal = { id: id(1), caller: ada, key: 'k2' }
  assert.equal((await scene.one('shelves', 'delete', removal)).outcome, 'done')
  assert.deepEqual(outcomes([await scene.one('shelves', 'delete', removal)]), [`replayed ${id(1)}`])
  assert.equal((await scene.events()).length, 2)
})

test('a key for another request is a mismatch, another caller has his own', async () => {
  await scene.one('shelves', 'create', shelf(10, 'k10'))
  const results = await scene.write('shelves', 'create', [
    shelf(11, 'k10', 'other'),
    { ...shelf(12, 'k10', 'other'), caller: bob },
    shelf(13, 'k13'),
  ])
  assert.deepEqual(outcomes(results), ['mismatch', 'done', 'done'])
  assert.deepEqual(
    [results[0]?.body, results[0]?.version],
    [null, null],
    'not what the first request got',
  )
  await scene.events()
})

test('a failed run leaves nothing, so that it may run again', async () => {
  const ask = { id: id(20), caller: ada, key: 'k20', version: 1, set: { name: 'b' } }
  assert.equal((await scene.one('shelves', 'update', ask)).outcome, 'missing')
  await scene.one('shelves', 'create', { id: id(20), set: { name: 'a' } })
  assert.equal((await scene.one('shelves', 'update', { ...ask, version: 9 })).outcome, 'stale')
  assert.equal((await scene.one('shelves', 'update', ask)).outcome, 'done')
  await scene.events()
})

test('a change that changes nothing is stored too', async () => {
  await scene.one('shelves', 'create', { id: id(30), set: { name: 'a' } })
  const ask = { id: id(30), caller: ada, key: 'k30', set: { name: 'a' } }
  assert.deepEqual(outcomes([await scene.one('shelves', 'update', ask)]), ['done'])
  await scene.one('shelves', 'update', { id: id(30), set: { name: 'z' } })
  const again = await scene.one('shelves', 'update', ask)
  assert.deepEqual([again.outcome, again.body?.['name'], again.version], ['replayed', 'a', 1])
  await scene.events()
})

test('of two nodes that race with one key, one is refused whole and then finds the answer', async () => {
  const asks = [shelf(41, 'k40'), shelf(42, 'k42')]
  let racing: Promise<unknown> = Promise.resolve()
  await scene.database.transaction({ isolation: 'read committed' }, async transaction => {
    const [first] = await scene.write('shelves', 'create', [shelf(40, 'k40')], { on: transaction })
    assert.equal(first?.outcome, 'done')
    racing = assert.rejects(
      scene.write('shelves', 'create', asks),
      (error: unknown) =>
        error instanceof DatabaseError &&
        error.sqlState === '23505' &&
        error.constraint === 'idempotency_pkey',
    )
    await scene.blocked()
  })
  await racing
  assert.deepEqual(
    (await scene.events()).map(event => event.key),
    [id(40)],
  )
  const again = await scene.write('shelves', 'create', asks)
  assert.deepEqual(outcomes(again), [`replayed ${id(40)}`, 'done'])
  assert.deepEqual(
    (await scene.events()).map(event => event.key),
    [id(42)],
  )
})

test('a command claims its key, stores its answer, and its duplicate waits for it', async () => {
  const owner = { caller: ada, operation: 'checkout', key: 'c1' }
  const run = (statement: Statement) => scene.database.run(statement, 'pool')
  let duplicate: Promise<unknown> = Promise.resolve()
  await scene.database.transaction({ isolation: 'read committed' }, async transaction => {
    assert.deepEqual(await transaction.run(claimKey(owner, 'h')), [[true]])
    duplicate = run(claimKey(owner, 'h'))
    await scene.blocked()
    const answer = { status: 200, body: '{"total":"9.00"}', row: null, version: 3 }
    await transaction.run(storeAnswer(owner, answer))
  })
  assert.deepEqual(await duplicate, [])
  assert.deepEqual(await run(readAnswer(owner)), [['h', 200, '{"total":"9.00"}', null, 3]])
  assert.deepEqual(await run(claimKey({ ...owner, caller: bob }, 'h')), [[true]], 'bob has his own')
})

test('a command that fails leaves its key free', async () => {
  const owner = { caller: ada, operation: 'checkout', key: 'c2' }
  const failing = scene.database.transaction({ isolation: 'read committed' }, async transaction => {
    await transaction.run(claimKey(owner, 'h'))
    throw new Error('out of stock')
  })
  await assert.rejects(failing, /out of stock/)
  assert.deepEqual(await scene.database.run(claimKey(owner, 'h'), 'pool'), [[true]])
})

test('old keys are forgotten, a few at a time', async () => {
  await scene.select(
    `update mettle.idempotency set created_at = now() - interval '25 hours' where key like 'k%'`,
  )
  const [before] = await scene.select(
    `select count(*)::int4 from mettle.idempotency where key like 'k%'`,
  )
  const first = await scene.database.run(forgetKeys(2), 'pool')
  assert.equal(first.length, 2)
  const rest = await scene.database.run(forgetKeys(1_000), 'pool')
  assert.equal(rest.length + 2, before?.[0])
  assert.deepEqual(await scene.database.run(forgetKeys(1_000), 'pool'), [])
})
