/**
 * The horizon on a real server: what is not settled is not read, and nothing is lost or inverted.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type pg from 'pg'

import { readEvents } from '../../../src/engine/log/event.ts'
import type { Observation } from '../../../src/base/observe.ts'
import { createHorizon } from '../../../src/engine/log/horizon.ts'
import type { Database } from '../../../src/ports/database.ts'
import { systemClock } from '../../support/model.ts'
import { loggedDatabase, watched } from './logged-database.ts'

const { database, pool } = await loggedDatabase()

function horizonOf(watchedDatabase: Pick<Database, 'run'>): ReturnType<typeof createHorizon> {
  return createHorizon({ database: watchedDatabase, clock: systemClock, observe: () => {} })
}

async function append(client: pg.Pool | pg.PoolClient, version: number): Promise<bigint> {
  const result = await client.query<{ position: string }>(
    `insert into mettle.events (type, resource, key, version, schema)
     values ('a.updated', 'a', '00000000-0000-7000-8000-000000000001', $1, 'e') returning position`,
    [version],
  )
  return BigInt(result.rows[0]!.position)
}

/** Another session's transaction, ended by the test. */
async function opened(): Promise<pg.PoolClient> {
  const client = await pool.connect()
  await client.query('begin')
  return client
}

async function end(client: pg.PoolClient, how: 'commit' | 'rollback'): Promise<void> {
  await client.query(how)
  client.release()
}

/** Samples until the horizon is at `position`: writers of other databases hold it back as well. */
async function settle(horizon: ReturnType<typeof horizonOf>, position: bigint): Promise<void> {
  while (horizon.settled() < position) await horizon.sample()
}

/** Samples more often than a horizon that moves at all needs. */
async function press(horizon: ReturnType<typeof horizonOf>): Promise<bigint> {
  for (let steps = 0; steps < 6; steps += 1) await horizon.sample()
  return horizon.settled()
}

/** A horizon that has seen everything, and where that ends. */
async function settled(): Promise<{ horizon: ReturnType<typeof horizonOf>; start: bigint }> {
  const horizon = horizonOf(database)
  const start = await append(pool, 1)
  await settle(horizon, start)
  return { horizon, start }
}

test('an event behind an open transaction is settled only when that transaction ends', async () => {
  const { horizon, start } = await settled()
  const slow = await opened()
  const first = await append(slow, 1)
  const second = await append(pool, 2)
  assert.ok(second > first)

  // the control: a reader that polls `position > last` sees the second and would go on from there,
  // losing the first
  const naive = await readEvents(database, start, second, 10)
  assert.deepEqual(
    naive.map(event => event.position),
    [second],
  )

  assert.equal(await press(horizon), start)
  await end(slow, 'commit')
  await settle(horizon, second)
  const events = await readEvents(database, start, horizon.settled(), 10)
  assert.deepEqual(
    events.map(event => event.position),
    [first, second],
  )
})

test('a rolled back event leaves a gap that the horizon passes', async () => {
  const { horizon, start } = await settled()
  const doomed = await opened()
  await append(doomed, 1)
  const next = await append(pool, 2)
  await end(doomed, 'rollback')
  await settle(horizon, next)
  const events = await readEvents(database, start, next, 10)
  assert.deepEqual(
    events.map(event => event.version),
    [2],
  )
})

test('a change of one row by an older transaction comes after the younger one that went first', async () => {
  const { horizon, start } = await settled()
  const older = await opened()
  await older.query('select pg_current_xact_id()')
  await append(pool, 2)
  const last = await append(older, 3)
  await end(older, 'commit')
  await settle(horizon, last)
  const events = await readEvents(database, start, horizon.settled(), 10)
  assert.deepEqual(
    events.map(event => event.version),
    [2, 3],
  )

  // the control: in the order of transaction numbers the row would go back from version 3 to 2
  const byTransaction = await pool.query<{ version: number }>(
    'select version from mettle.events where position > $1 order by tx, position',
    [start],
  )
  assert.deepEqual(
    byTransaction.rows.map(row => row.version),
    [3, 2],
  )
})

test('the number is taken after the position: a writer in between cannot be lost', async () => {
  // Taken before it, the number would be older than the slow writer, and the horizon would pass
  // the slow writer's event as soon as the fast one is seen.
  let slow: pg.PoolClient | null = null
  let lost = 0n
  const between: Pick<Database, 'run'> = {
    async run(statement, route) {
      const rows = await database.run(statement, route)
      if (slow === null) {
        slow = await opened()
        lost = await append(slow, 1)
        await append(pool, 2)
      }
      return rows
    },
  }
  await append(pool, 1)
  const horizon = horizonOf(between)
  assert.ok((await press(horizon)) < lost)
  await end(slow!, 'commit')
  await settle(horizon, lost + 1n)
})

test('an idle log is not sampled further than its last position', async () => {
  const statements: string[] = []
  const last = await append(pool, 1)
  const horizon = horizonOf(watched(database, text => statements.push(text)))
  await settle(horizon, last)
  statements.length = 0
  assert.equal(await horizon.sample(), false)
  assert.deepEqual(statements, ['select max("position") from "mettle"."events"'])
})

test('the lag is that of what waits, and none where nothing does', async () => {
  const lags: (readonly [bigint, boolean])[] = []
  const observe = (seen: Observation) => {
    if (seen.kind === 'horizon') lags.push([seen.settled, seen.lagMs > 0])
  }
  const horizon = createHorizon({ database, clock: systemClock, observe })
  const last = await append(pool, 1)
  await settle(horizon, last)
  await horizon.sample()
  assert.deepEqual(lags.slice(-2), [
    [last, true],
    [last, false],
  ])
})

test('events come with every column, in pages', async () => {
  const { horizon, start } = await settled()
  await pool.query(
    `insert into mettle.events (type, resource, key, version, schema, actor, trace, cause, data, before)
     values ('a.updated', 'a', '00000000-0000-7000-8000-000000000001', 7, 'e',
       '00000000-0000-7000-8000-000000000002', 't', 9, '{"n":1}', '{"n":0}')`,
  )
  const last = await append(pool, 8)
  await settle(horizon, last)
  const [event, ...rest] = await readEvents(database, start, horizon.settled(), 1)
  assert.deepEqual(rest, [])
  assert.match(event!.at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  assert.deepEqual(
    { ...event, at: '' },
    {
      position: last - 1n,
      at: '',
      type: 'a.updated',
      resource: 'a',
      key: '00000000-0000-7000-8000-000000000001',
      version: 7,
      schema: 'e',
      tenant: null,
      actor: '00000000-0000-7000-8000-000000000002',
      trace: 't',
      cause: 9n,
      data: '{"n":1}',
      before: '{"n":0}',
    },
  )
})
