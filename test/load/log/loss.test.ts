/**
 * Eight writers, eight runs: a reader behind the horizon loses and inverts nothing; a reader
 * without it loses events.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type pg from 'pg'

import { readEvents } from '../../../src/engine/log/event.ts'
import { createHorizon } from '../../../src/engine/log/horizon.ts'
import { loggedDatabase } from '../../contract/log/logged-database.ts'
import { systemClock } from '../../support/model.ts'

const runs = 8
const writers = 8
const rows = 5
const transactionsPerWriter = 60

const { database, pool } = await loggedDatabase(writers + 1)
await pool.query('create table counters (id int primary key, version int not null)')
await pool.query('insert into counters select n, 0 from generate_series(1, $1) n', [rows])

const seed = Number(process.env['METTLE_SEED'] ?? Date.now() % 1_000_000)

/** mulberry32: small, seeded, good enough to shuffle a load. */
function random(state: number): () => number {
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** The change and its event in one statement, as every write of ours. */
const change = `with changed as (
    update counters set version = version + 1 where id = $1 returning id, version
  )
  insert into mettle.events (type, resource, key, version, schema)
  select 'c.updated', 'c', ('00000000-0000-7000-8000-' || lpad(id::text, 12, '0'))::uuid,
    version, 'e' from changed`

async function pause(chance: () => number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  setTimeout(resolve, chance() * 4)
  return promise
}

async function write(client: pg.PoolClient, chance: () => number): Promise<void> {
  for (let count = 0; count < transactionsPerWriter; count += 1) {
    const row = 1 + Math.floor(chance() * rows)
    const kind = chance()
    await client.query('begin')
    if (kind < 0.2) await client.query('select pg_current_xact_id()')
    if (kind < 0.3) await pause(chance)
    await client.query(change, [row])
    if (kind > 0.8) await pause(chance)
    await client.query(kind > 0.4 && kind < 0.55 ? 'rollback' : 'commit')
  }
}

async function lastPosition(): Promise<bigint> {
  const text = 'select max(position) from mettle.events'
  const [row] = await database.run({ text, values: [] }, 'pool')
  return BigInt(typeof row?.[0] === 'string' ? row[0] : 0)
}

interface Reader {
  readonly seen: { position: bigint; key: string; version: number }[]
  follow(done: () => boolean): Promise<void>
}

/** Follows the log up to what `bound` says may be read. */
function reader(from: bigint, bound: () => Promise<bigint>): Reader {
  const seen: Reader['seen'] = []
  let cursor = from
  async function read(): Promise<void> {
    const limit = await bound()
    const events = await readEvents(database, cursor, limit, 10_000)
    for (const { position, key, version } of events) seen.push({ position, key, version })
    cursor = events.at(-1)?.position ?? cursor
  }
  return {
    seen,
    async follow(done) {
      while (!done()) await read()
      const end = await lastPosition()
      do await read()
      while ((await bound()) < end)
      await read()
    },
  }
}

function inversions(seen: Reader['seen']): number {
  const last = new Map<string, number>()
  let count = 0
  for (const { key, version } of seen) {
    if (version <= (last.get(key) ?? 0)) count += 1
    last.set(key, version)
  }
  return count
}

let lostByControl = 0

for (let run = 0; run < runs; run += 1) {
  test(`run ${run} with seed ${seed}: 0 lost and 0 inverted`, async () => {
    const horizon = createHorizon({ database, clock: systemClock, observe: () => {} })
    const start = await lastPosition()
    const settled = reader(start, async () => {
      await horizon.sample()
      return horizon.settled()
    })
    const control = reader(start, lastPosition)

    let writing = true
    const following = [settled.follow(() => !writing), control.follow(() => !writing)]
    const clients = await Promise.all(Array.from({ length: writers }, () => pool.connect()))
    await Promise.all(clients.map((client, at) => write(client, random(seed + run * writers + at))))
    for (const client of clients) client.release()
    writing = false
    await Promise.all(following)

    const committed = await pool.query<{ position: string }>(
      'select position from mettle.events where position > $1 order by position',
      [start],
    )
    assert.ok(committed.rows.length > writers * transactionsPerWriter * 0.5)
    assert.deepEqual(
      settled.seen.map(event => String(event.position)),
      committed.rows.map(row => row.position),
    )
    assert.equal(inversions(settled.seen), 0)
    lostByControl += committed.rows.length - control.seen.length
  })
}

test('the control, which polls beyond its last position, lost events', () => {
  assert.ok(
    lostByControl > 0,
    'the load never had two writers commit out of order: it proves nothing',
  )
})
