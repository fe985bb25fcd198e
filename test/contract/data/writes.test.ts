/** Locks, taken keys, races and lost connections cost a writer what they must, and nobody else. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Data, WriteInput } from '../../../src/engine/data/data.ts'
import type { WriteShape } from '../../../src/sql/plan.ts'
import { createPlanWrite } from '../../../src/sql/write/plan-cache.ts'
import { lockWaiters } from '../../support/lock-waiters.ts'
import { openStore } from './store.ts'
import { idOf, openCategory, people, person, settlement, warehouse } from './warehouse.ts'

const store = await openStore(warehouse)
await store.execute(...settlement)

const planWrite = createPlanWrite(warehouse)
const view = { fields: ['id', 'code', 'stock'], expand: [] }
const ann = person(people[0]!)

function shapeOf(form: WriteShape['form'], fields: readonly string[], keyed: boolean): WriteShape {
  return { resource: 'items', form, fields, merge: [], versioned: false, keyed }
}

function inputOf(number: number, values: readonly unknown[], key: string | null): WriteInput {
  const hash = JSON.stringify(values)
  return {
    id: idOf(3, number),
    values,
    version: null,
    key: key === null ? null : { key, hash },
    trace: 'trace',
  }
}

function create(data: Data, number: number, code: string, key: string | null = null) {
  const plan = planWrite(
    shapeOf('create', ['code', 'holder', 'category', 'stock'], key !== null),
    view,
    ann,
  )
  return data.write(plan, inputOf(number, [code, ann.id, openCategory, 10], key), ann)
}

function restock(data: Data, number: number, stock: number) {
  const plan = planWrite(shapeOf('update', ['stock'], false), view, ann)
  return data.write(plan, inputOf(number, [stock], null), ann)
}

/** Holds rows against change until `release` is called. */
async function holdRows(...numbers: readonly number[]): Promise<{ release(): Promise<void> }> {
  const held = Promise.withResolvers<void>()
  const free = Promise.withResolvers<void>()
  const ids = numbers.map(number => `'${idOf(3, number)}'`)
  const text = `select 1 from items where id in (${ids.join()}) for update`
  const whole = store.database.transaction({ isolation: 'read committed' }, async transaction => {
    await transaction.run({ text, values: [] })
    held.resolve()
    await free.promise
  })
  await held.promise
  return {
    release: () => {
      free.resolve()
      return whole
    },
  }
}

test('a locked row holds up nobody but its own writer, who is done when it is free', async () => {
  for (const number of [1, 2, 3]) await create(store.data, number, `lock ${number}`)
  const row = await holdRows(2)
  const [first, locked, third] = [1, 2, 3].map(number => restock(store.data, number, 20))
  assert.deepEqual(
    (await Promise.all([first, third])).map(result => result?.outcome),
    ['done', 'done'],
  )
  await row.release()
  assert.equal((await locked)?.outcome, 'done')
})

test('a row that stays locked is reported busy to all who wait for it', async () => {
  await create(store.data, 10, 'busy')
  const impatient = await store.node({ lockTimeoutMs: 50 })
  const row = await holdRows(10)
  const writes = [restock(impatient.data, 10, 1), restock(impatient.data, 10, 2)]
  for (const end of await Promise.allSettled(writes)) {
    assert.equal(end.status, 'rejected')
    assert.deepEqual([end.reason.code, end.reason.retryAfterSeconds], ['run.busy', 1])
  }
  await row.release()
  assert.equal((await restock(impatient.data, 10, 3)).outcome, 'done')
})

test('writes that wait for more locked rows than there are connections leave some to others', async () => {
  const numbers = [...Array(8).keys()].map(at => 40 + at)
  for (const number of numbers) await create(store.data, number, `wanted ${number}`)
  const node = await store.node({ poolConnectionsMax: 4, lockWaitersMax: 2 })
  const rows = await holdRows(...numbers)
  let answered = 0
  const writes = numbers.map(number =>
    restock(node.data, number, 7).finally(() => {
      answered += 1
    }),
  )
  await lockWaiters(2, text => store.rows(text))
  const isolation = 'read committed'
  const unrelated = await node.data.transaction({ isolation }, ({ transaction }) =>
    transaction.run({ text: 'select 1', values: [] }),
  )
  const twins = [create(node.data, 48, 'locked twin'), create(node.data, 49, 'locked twin')]
  const [one, other] = await Promise.allSettled(twins)
  assert.deepEqual([unrelated, one!.status, other!.status], [[[1]], 'fulfilled', 'rejected'])
  assert.equal(answered, 0)
  await rows.release()
  assert.deepEqual(
    (await Promise.all(writes)).map(result => result.outcome),
    numbers.map(() => 'done'),
  )
})

test('of two that take one unique key together one has it, the other learns its field, and others do not notice', async () => {
  const writes = [
    create(store.data, 20, 'twin'),
    create(store.data, 21, 'twin'),
    create(store.data, 22, 'single'),
  ]
  const [, second, other] = await Promise.allSettled(writes)
  assert.equal(other?.status, 'fulfilled')
  assert.equal(second?.status, 'rejected')
  const { code, errors } = second.reason
  assert.deepEqual(
    [code, errors],
    ['run.conflict', [{ pointer: '/code', code: 'taken', detail: 'Another row has this value.' }]],
  )
  assert.deepEqual(
    await store.rows(`select count(*)::int from items where code in ('twin', 'single')`),
    [[2]],
  )
})

test('one idempotency key on two nodes at the same moment makes one row', async () => {
  const other = await store.node()
  for (let round = 0; round < 10; round++) {
    const [here, there] = [100 + round, 200 + round]
    const key = `race ${round}`
    const results = await Promise.all([
      create(store.data, here, key, key),
      create(other.data, there, key, key),
    ])
    assert.deepEqual(results.map(result => result.outcome).toSorted(), ['done', 'replayed'])
    assert.equal(results[0]?.body, results[1]?.body)
    assert.deepEqual(await store.rows(`select count(*)::int from items where code = '${key}'`), [
      [1],
    ])
  }
})

/**
 * Ends the connection of a write while PostgreSQL works on it: a trigger holds the row until the
 * gate opens.
 */
async function loseConnection(
  write: (node: Data) => Promise<unknown>,
): Promise<PromiseSettledResult<unknown>> {
  const node = await store.node()
  const gate = Promise.withResolvers<void>()
  const closed = Promise.withResolvers<void>()
  const holding = store.database.transaction({ isolation: 'read committed' }, async transaction => {
    await transaction.run({ text: 'select pg_advisory_xact_lock(4711)', values: [] })
    closed.resolve()
    await gate.promise
  })
  await closed.promise
  const written = Promise.allSettled([write(node.data)])
  const end = `select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and wait_event = 'advisory'`
  while ((await store.rows(end)).length === 0);
  gate.resolve()
  await holding
  return (await written)[0]
}

await store.execute(
  `create function wait_at_gate() returns trigger language plpgsql as
    'begin perform pg_advisory_xact_lock_shared(4711); return new; end'`,
  `create trigger gate before insert on items for each row when (new.code like 'gate%')
    execute function wait_at_gate()`,
)

test('a keyed write whose connection is lost is sent again and done once', async () => {
  const end = await loseConnection(data => create(data, 30, 'gate keyed', 'gate'))
  assert.equal(end.status, 'fulfilled')
  assert.deepEqual(await store.rows(`select id from items where code = 'gate keyed'`), [
    [idOf(3, 30)],
  ])
  assert.deepEqual(
    await store.rows(`select version from mettle.events where key = '${idOf(3, 30)}'`),
    [[1]],
  )
})

test('without a key nobody can know, and the caller is told so', async () => {
  const end = await loseConnection(data => create(data, 31, 'gate plain'))
  assert.equal(end.status, 'rejected')
  assert.deepEqual([end.reason.code, end.reason.status], ['run.outcome-unknown', 503])
})
