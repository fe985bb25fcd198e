/** The log service: it wakes those who wait, keeps partitions ahead and stops cleanly. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { limits } from '../../../src/base/limits.ts'
import { createLog } from '../../../src/engine/log/log.ts'
import { addEventPartitions } from '../../../src/engine/log/partitions.ts'
import type { Observation } from '../../../src/base/observe.ts'
import { systemClock as clock } from '../../support/model.ts'
import { loggedDatabase, watched } from './logged-database.ts'

const { database, pool } = await loggedDatabase()
const insert = `insert into mettle.events (type, resource, key, version, schema)
  values ('a.created', 'a', gen_random_uuid(), 1, 'e')`

test('a commit and a wake let a waiting follower go on, long before the idle poll', async () => {
  const log = createLog({ database, clock, observe: () => {}, sampleMs: 1, idleMs: 3_600_000 })
  await log.start()
  const waiting = log.beyond(log.settled())
  await pool.query(insert)
  log.wake()
  const settled = await waiting
  const [event] = await log.read(0n, 10)
  assert.equal(event?.position, settled)
  await log.stop()
})

test('without a wake the idle poll finds what another node wrote', async () => {
  const log = createLog({ database, clock, observe: () => {}, sampleMs: 1, idleMs: 5 })
  await log.start()
  const seen = await log.beyond(0n)
  await pool.query(insert)
  assert.ok((await log.beyond(seen)) > seen)
  await log.stop()
})

test('a waiter leaves by its signal and when the log stops; a stop may come first and twice', async () => {
  const log = createLog({ database, clock, observe: () => {} })
  await log.start()
  const leaving = new AbortController()
  const left = log.beyond(10n ** 15n, leaving.signal)
  leaving.abort(new Error('gone'))
  await assert.rejects(left, /gone/)
  const stranded = assert.rejects(log.beyond(10n ** 15n), /stopped/)
  await log.stop()
  await stranded
  await log.stop()
  await assert.rejects(log.beyond(10n ** 15n), /stopped/)

  const never = createLog({ database, clock, observe: () => {} })
  await never.stop()
  await never.start()
  never.wake()
})

test('a failing sample is reported and the next one goes on', async () => {
  let fail = false
  const faults: unknown[] = []
  const flaky = watched(database, () => {
    if (!fail) return
    fail = false
    throw new Error('connection lost')
  })
  const observe = (observation: Observation) => {
    if (observation.kind === 'fault') faults.push(observation.where)
  }
  const log = createLog({ database: flaky, clock, observe, sampleMs: 1, idleMs: 2 })
  await log.start()
  fail = true
  await pool.query(insert)
  await log.beyond(0n)
  assert.deepEqual(faults, ['log'])
  await log.stop()
})

test('partitions are made ahead of the position, once, by racing nodes and beside an open writer', async () => {
  const position = BigInt(limits.eventsPerPartition) * 3n
  const writer = await pool.connect()
  await writer.query('begin')
  await writer.query(insert)
  const counts = await Promise.all([
    addEventPartitions(database, position),
    addEventPartitions(database, position),
  ])
  await writer.query('commit')
  writer.release()
  const expected = 4 + limits.eventPartitionsAhead
  assert.deepEqual(counts, [expected, expected])
  await pool.query(`select setval('mettle.events_position_seq', $1)`, [position])
  await pool.query(insert)
  const { rows } = await pool.query<{ name: string }>(
    'select tableoid::regclass::text as name from mettle.events where position > $1',
    [position],
  )
  assert.deepEqual(rows, [{ name: 'mettle.events_3' }])

  const log = createLog({ database, clock, observe: () => {}, sampleMs: 1, idleMs: 5 })
  await log.start()
  await log.beyond(position)
  assert.equal(await partitions(), expected)

  const far = BigInt(limits.eventsPerPartition) * 5n
  await pool.query(`select setval('mettle.events_position_seq', $1)`, [far])
  await pool.query(insert)
  await log.beyond(far)
  while ((await partitions()) < expected + 2);
  await log.stop()
})

test('partitions are made ahead while a long transaction holds the horizon back', async () => {
  const held = await pool.connect()
  await held.query('begin')
  await held.query('select pg_current_xact_id()')
  const log = createLog({ database, clock, observe: () => {}, sampleMs: 1, idleMs: 5 })
  await log.start()
  const settled = log.settled()
  const last = BigInt((await partitions()) * limits.eventsPerPartition) - 1n
  await pool.query(`select setval('mettle.events_position_seq', $1)`, [last])
  await assert.rejects(pool.query(insert), /no partition/)
  while (
    !(await pool.query(insert).then(
      () => true,
      () => false,
    ))
  );
  assert.equal(log.settled(), settled)
  await held.query('rollback')
  held.release()
  await log.stop()
})

test('the next partition is told by the names, also when old ones have been taken off', async () => {
  const before = await partitions()
  await pool.query('alter table mettle.events detach partition mettle.events_0')
  const next = await addEventPartitions(
    database,
    BigInt(limits.eventsPerPartition) * BigInt(before),
  )
  assert.equal(next, before + 1 + limits.eventPartitionsAhead)
  assert.equal(await partitions(), next - 1)
})

async function partitions(): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(
    `select count(*)::int4 as n from pg_inherits where inhparent = 'mettle.events'::regclass`,
  )
  return rows[0]!.n
}
