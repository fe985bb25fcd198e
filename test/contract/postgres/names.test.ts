/** Server-side names of statements: when they are made, given back and renewed. */

import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { Database } from '../../../src/ports/database.ts'
import { scratchDatabase } from '../../support/database.ts'
import { failing, statement } from './database-conformance.ts'
import { startedDatabase } from './support.ts'

const url = await scratchDatabase()

/** One lane for each route, so that a lane's own names can be read through it. */
async function oneLane(context: TestContext, limits = {}): Promise<Database> {
  const options = { limits: { readLanes: 1, writeLanes: 1, ...limits } }
  return (await startedDatabase(context, url, options)).database
}

async function namedTexts(database: Database): Promise<unknown[]> {
  const text = 'select statement from pg_prepared_statements order by prepare_time, name'
  return (await database.run(statement(text), 'read')).map(row => row[0])
}

async function runTimes(database: Database, text: string, times: number): Promise<void> {
  for (let use = 0; use < times; use++) await database.run(statement(text), 'read')
}

test('a statement has a name from its fourth use on, and one only', async context => {
  const database = await oneLane(context)
  await runTimes(database, 'select 1', 3)
  assert.deepEqual(await namedTexts(database), [])
  await runTimes(database, 'select 1', 5)
  assert.deepEqual(await namedTexts(database), ['select 1'])
})

test('the least used name makes room for one too many', async context => {
  const database = await oneLane(context, { planNamedAfterUses: 0, namedPlansPerConnectionMax: 2 })
  for (const text of ['select 1', 'select 2', 'select 1', 'select 3', 'select 1']) {
    await runTimes(database, text, 1)
  }
  const named = await namedTexts(database)
  assert.equal(named.length, 2)
  assert.ok(named.includes('select 1'))
  assert.ok(named[1]?.toString().includes('pg_prepared_statements'))
})

test('statements on their way do not notice that the schema changed', async context => {
  const database = await oneLane(context)
  await database.run(statement('create table changing (id int, value text)'), 'write')
  await database.run(statement(`insert into changing values (1, '7')`), 'write')
  const text = 'select value from changing where id = $1'
  const read = () => database.run(statement(text, 1), 'read')
  for (let use = 0; use < 5; use++) assert.deepEqual(await read(), [['7']])

  const alter = 'alter table changing alter column value type int using value::int'
  await database.run(statement(alter), 'write')
  assert.deepEqual(await Promise.all([read(), read(), read()]), [[[7]], [[7]], [[7]]])
  assert.deepEqual(await read(), [[7]])
  const named = await namedTexts(database)
  assert.deepEqual(named.filter(each => each === text).length, 1)
})

test('a transaction that meets a changed schema is told to run again, and then succeeds', async context => {
  const options = { limits: { poolConnectionsMax: 1 } }
  const { database } = await startedDatabase(context, url, options)
  await database.run(statement('create table moving (value text)'), 'write')
  const read = () =>
    database.transaction({ isolation: 'read committed' }, open =>
      open.run(statement('select value from moving')),
    )
  for (let use = 0; use < 5; use++) assert.deepEqual(await read(), [])
  await database.run(statement('alter table moving alter column value type int using 1'), 'write')
  await assert.rejects(read(), failing({ kind: 'refused', sqlState: '40001' }))
  assert.deepEqual(await read(), [])
})

test('every statement behind one that cannot be named gets its own error', async context => {
  const database = await oneLane(context)
  await database.run(statement('create table leaving (value int)'), 'write')
  const read = () => database.run(statement('select value from leaving'), 'read')
  for (let use = 0; use < 3; use++) await read()
  await database.run(statement('drop table leaving'), 'write')
  for (const run of [read(), read(), read()]) {
    await assert.rejects(run, failing({ kind: 'refused', sqlState: '42P01' }))
  }
  await database.run(statement('create table leaving (value int)'), 'write')
  assert.deepEqual(await Promise.all([read(), read()]), [[], []])
})

test('a wrong value on the use that makes the name spoils no later use', async context => {
  const database = await oneLane(context)
  const read = (value: string) => database.run(statement('select $1::text::int4', value), 'read')
  for (let use = 0; use < 3; use++) await read('1')
  const outcomes = await Promise.allSettled([read('x'), read('2'), read('y'), read('3')])
  const values = outcomes.map(each => (each.status === 'fulfilled' ? each.value[0]?.[0] : 'failed'))
  assert.deepEqual(values, ['failed', 2, 'failed', 3])
  assert.deepEqual(await read('4'), [[4]])
})

test('a name that an aborted transaction did not make is not missed by the next', async context => {
  const options = { limits: { poolConnectionsMax: 1, planNamedAfterUses: 0 } }
  const { database } = await startedDatabase(context, url, options)
  const isolation = 'read committed'
  const failed = database.transaction({ isolation }, async open => {
    await open.run(statement('select 1'))
    const wrong = [statement('select 1 / 0'), statement('select 2')]
    await Promise.allSettled(wrong.map(each => open.run(each)))
  })
  await assert.rejects(failed, failing({ sqlState: '25P02' }))
  const rows = await database.transaction({ isolation }, open => open.run(statement('select 2')))
  assert.deepEqual(rows, [[2]])
})

test('lanes plan once, and values leave in one form whatever the database is set to', async context => {
  await (
    await startedDatabase(context, url)
  ).database.session(async session => {
    const name = new URL(url).pathname.slice(1)
    await session.run(statement(`alter database ${name} set timezone = 'Asia/Tokyo'`))
    await session.run(statement(`alter database ${name} set datestyle = 'German'`))
    await session.run(
      statement(`alter database ${name} set default_transaction_isolation = 'serializable'`),
    )
  })
  const { database } = await startedDatabase(context, url)
  const text = `select timestamptz '2026-01-02 03:04:05Z', current_setting('plan_cache_mode'),
    current_setting('jit'), current_setting('transaction_isolation')`
  const time = '2026-01-02 03:04:05+00'
  const lane = [time, 'force_generic_plan', 'off', 'read committed']
  assert.deepEqual(await database.run(statement(text), 'read'), [lane])
  assert.deepEqual(await database.run(statement(text), 'write'), [lane])
  const [pool] = await database.run(statement(text), 'pool')
  assert.deepEqual(pool, [time, 'auto', 'off', 'read committed'])
})
