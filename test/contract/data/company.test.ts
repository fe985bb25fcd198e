/** On a real PostgreSQL: nobody fails because of a neighbour in the same statement. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { anonymous } from '../../../src/base/caller.ts'
import type { ReadPlan } from '../../../src/sql/plan.ts'
import { emptyModel } from '../../unit/data/scripted-database.ts'
import { openStore } from './store.ts'

const store = await openStore(emptyModel)
await store.execute(
  'create table items (name text primary key, parts integer not null)',
  `insert into items select 'item ' || number, number from generate_series(0, 99) number`,
)

/** Says how much of a hundred one part is; PostgreSQL refuses it for the item without parts. */
const sharePlan: ReadPlan = {
  kind: 'read',
  key: 'items one',
  resource: 'items',
  form: 'one',
  text: 'select (100 / i.parts)::text, i.parts from items i where i.name = $1',
  parameters: [{ source: { from: 'value', at: 0 }, type: 'text' }],
  order: [],
  bounded: true,
  batch: `select q.n, r.body, r.version from unnest($1::text[], $2::int4[]) q(name, n)
    cross join lateral (
      select (100 / i.parts)::text as body, i.parts as version from items i where i.name = q.name
    ) r`,
  tag: 'tag',
  foreign: false,
  declared: false,
}

test('sixty-four readers share one statement', async () => {
  const { data } = store
  const start = store.observations.length
  const names = Array.from({ length: 64 }, (_, number) => `item ${number + 1}`)
  const rows = await Promise.all(names.map(name => data.read(sharePlan, [name], anonymous)))
  assert.deepEqual(
    rows.map(row => row?.[1]),
    names.map((_, number) => number + 1),
  )
  // the next turn begins when this one has been observed
  await data.read(sharePlan, ['item 1'], anonymous)
  const batches = store.observations.slice(start).filter(seen => seen.kind === 'batch')
  assert.deepEqual(
    batches.map(batch => batch.size),
    [64],
  )
})

test('a reader that PostgreSQL refuses fails alone, and a missing row is not an error', async () => {
  const { data } = store
  const read = (name: string) => data.read(sharePlan, [name], anonymous)
  const [good, poison, nul, missing, other] = await Promise.allSettled([
    read('item 50'),
    read('item 0'),
    read('item \0'),
    read('item 100'),
    read('item 25'),
  ])
  assert.deepEqual(good, { status: 'fulfilled', value: ['2', 50] })
  assert.deepEqual(missing, { status: 'fulfilled', value: undefined })
  assert.deepEqual(other, { status: 'fulfilled', value: ['4', 25] })
  for (const failed of [poison, nul]) {
    assert.equal(failed.status, 'rejected')
    assert.equal(failed.reason.code, 'validate.invalid')
  }
})
