/** On a real PostgreSQL: commands that collide are tried again until both are done. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { DataScope } from '../../../src/engine/data/data.ts'
import { emptyModel } from '../../unit/data/scripted-database.ts'
import { openStore } from './store.ts'

const store = await openStore(emptyModel)
await store.execute(
  'create table accounts (name text primary key, amount integer not null check (amount >= 0))',
  `insert into accounts values ('a', 100), ('b', 100)`,
)

function add(scope: DataScope, name: string, amount: number): Promise<unknown> {
  const text = 'update accounts set amount = amount + $2 where name = $1'
  return scope.transaction.run({ text, values: [name, amount] })
}

/** Lets `count` callers meet once; those who come again pass. */
function meeting(count: number): () => Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  let here = 0
  return () => {
    here += 1
    if (here === count) resolve()
    return promise
  }
}

test('two transactions in a deadlock are both committed', async () => {
  const { data } = store
  const met = meeting(2)
  const move = (from: string, to: string) =>
    data.transaction({ isolation: 'read committed' }, async scope => {
      await add(scope, from, -10)
      await met()
      await add(scope, to, 10)
    })
  await Promise.all([move('a', 'b'), move('b', 'a')])
  assert.deepEqual(await store.rows('select name, amount from accounts order by name'), [
    ['a', 100],
    ['b', 100],
  ])
})

test('two serializable transactions that would skew each other run one after the other', async () => {
  const { data } = store
  const met = meeting(2)
  // Each may take 150 as long as both accounts hold 150 together: only one of the two may succeed.
  const take = (name: string) =>
    data.transaction({ isolation: 'serializable' }, async scope => {
      const [sum] = await scope.transaction.run({
        text: 'select sum(amount)::int from accounts',
        values: [],
      })
      await met()
      if (Number(sum?.[0]) < 150) return 'refused'
      await add(scope, name, -90)
      return 'taken'
    })
  const ends = await Promise.all([take('a'), take('b')])
  assert.deepEqual(ends.toSorted(), ['refused', 'taken'])
})

test('a refusal inside a transaction undoes all of it and is explained', async () => {
  const { data } = store
  const untouched = await store.rows('select name, amount from accounts order by name')
  const overdraw = data.transaction({ isolation: 'read committed' }, async scope => {
    await add(scope, 'a', 1)
    await add(scope, 'b', -1_000_000)
  })
  await assert.rejects(overdraw, { code: 'validate.invalid', status: 422 })
  assert.deepEqual(await store.rows('select name, amount from accounts order by name'), untouched)
})

test('a statement of a transaction has a time limit', async () => {
  const { data } = store
  const slow = data.transaction({ isolation: 'read committed', statementTimeoutMs: 20 }, scope =>
    scope.transaction.run({ text: 'select pg_sleep(5)', values: [] }),
  )
  await assert.rejects(slow, { code: 'run.timeout', status: 503, retryAfterSeconds: 1 })
})
