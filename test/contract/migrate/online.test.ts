/** Migrations beside traffic: what waits, what does not, and two processes at once. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { field, resource } from 'mettle'
import { migrate, pendingSteps } from '../../../src/engine/migrations/migrate.ts'
import { emptyDatabase } from '../../support/model.ts'
import { connect, modelOf, open, query } from './declared.ts'
import type { Observation } from '../../../src/base/observe.ts'

const fields = { name: field.text({ max: 50 }), size: field.integer({ default: 1 }) }
const plain = modelOf({ things: resource('things', { fields, access: open }) })
const indexed = modelOf({
  things: resource('things', { fields, indexes: [['name']], access: open }),
})
const widened = modelOf({
  things: resource('things', {
    fields: { ...fields, note: field.text({ optional: true }) },
    access: open,
  }),
})

async function withThings() {
  const scratch = await emptyDatabase()
  await migrate(scratch.database, plain)
  await query(
    scratch.url,
    `insert into things (name) select 'n' || n from generate_series(1, 100) n`,
  )
  return scratch
}

/** Resolves when some session of the database waits for something of this kind. */
async function untilWaiting(url: string, waitEvent: string): Promise<void> {
  const waiting = `select 1 from pg_stat_activity where datname = current_database() and wait_event = $1`
  while ((await query(url, waiting, [waitEvent])).length === 0);
}

test('writers go on while an index is built, and it waits for theirs', async () => {
  const { database, url } = await withThings()
  const writer = await connect(url)
  await writer.query('begin')
  await writer.query(`insert into things (name) values ('open transaction')`)
  const migration = migrate(database, indexed)
  await untilWaiting(url, 'virtualxid')
  await query(url, `insert into things (name) values ('meanwhile')`)
  await writer.query('commit')
  await writer.end()
  await migration
  const [found] = await query(
    url,
    `select indisvalid from pg_index where indexrelid = 'things_name_id_idx'::regclass`,
  )
  assert.deepEqual(found, { indisvalid: true })
})

test('an index that a killed build left invalid is made again', async () => {
  const { database, url } = await withThings()
  const writer = await connect(url)
  await writer.query('begin')
  await writer.query(`insert into things (name) values ('open transaction')`)
  const killed = assert.rejects(migrate(database, indexed))
  await untilWaiting(url, 'virtualxid')
  await query(
    url,
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and query ilike 'create index concurrently%'`,
  )
  await killed
  await writer.query('rollback')
  await writer.end()
  assert.deepEqual(await query(url, 'select indisvalid from pg_index where not indisvalid'), [
    { indisvalid: false },
  ])
  const steps = await migrate(database, indexed)
  assert.deepEqual(
    steps.map(step => step.name),
    ['drop index things_name_id_idx', 'create index things_name_id_idx'],
  )
  assert.deepEqual(await pendingSteps(database, indexed), [])
})

test('a step gives its lock up so that others go on, and comes back for it', async () => {
  const { database, url } = await withThings()
  const reader = await connect(url)
  await reader.query('begin')
  await reader.query('select count(*) from things')
  const migration = migrate(database, widened)
  await untilWaiting(url, 'relation')
  // would wait for as long as the reader if the lock were kept
  await query(url, 'select count(*) from things')
  await untilWaiting(url, 'PgSleep')
  await reader.query('commit')
  await reader.end()
  assert.deepEqual(
    (await migration).map(step => step.name),
    ['add column things.note'],
  )
})

test('of two processes one migrates, the other waits and finds nothing to do', async () => {
  const { database, url } = await withThings()
  const reader = await connect(url)
  await reader.query('begin')
  await reader.query('select count(*) from things')
  const first = migrate(database, widened)
  await untilWaiting(url, 'relation')
  const seen: Observation[] = []
  const second = migrate(database, widened, { observe: seen.push.bind(seen) })
  await untilWaiting(url, 'PgSleep')
  await reader.query('commit')
  await reader.end()
  assert.equal((await first).length, 1)
  assert.deepEqual(await second, [])
  assert.deepEqual(seen, [{ kind: 'lifecycle', part: 'migrations', event: 'waiting' }])
})

test('waiting for another process never stands against its index build', async () => {
  const { database, url } = await withThings()
  const writer = await connect(url)
  await writer.query('begin')
  await writer.query(`insert into things (name) values ('open transaction')`)
  const first = migrate(database, indexed)
  await untilWaiting(url, 'virtualxid')
  const second = migrate(database, indexed)
  await untilWaiting(url, 'PgSleep')
  await writer.query('commit')
  await writer.end()
  assert.equal((await first).length, 1)
  assert.deepEqual(await second, [])
})
