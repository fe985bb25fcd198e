/** A declared query in a transaction with changes: it sees them, and changes nothing itself. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { access, backend, field, hook, identity, query, resource, sql } from 'mettle'
import { assertProblem, startBackend } from '../../support/backend.ts'
import { batchesOf, resultsOf } from './sending.ts'

const { anyone, signedIn } = access
const users = identity({ fields: { name: field.text() }, signUp: 'open' })
const things = resource('things', {
  fields: { name: field.text() },
  access: { read: anyone, create: signedIn },
})
const named = query('named', {
  output: { name: field.text() },
  access: anyone,
  sql: () => sql`select name from things order by name`,
})
/** Its text looks like a read. */
const counting = {
  output: { next: field.integer() },
  access: anyone,
  sql: () => sql`select nextval('sly_numbers')::int as next`,
} as const
const sly = query('sly', counting)
const hooked = query('hooked', counting)
const slow = query('slow', {
  output: { name: field.text() },
  access: anyone,
  sql: () => sql`select pg_sleep(0.5)::text as name`,
})
const around = hook('around', { on: hooked, uses: { things }, after: () => {} })
const parts = { users, things, named, sly, hooked, slow, around }
const house = await startBackend(backend('sly', { parts }), { ada: [] })
await house.select('create sequence sly_numbers')
const batches = batchesOf(house)
const create = (name: string) => ({ operation: 'things.create', input: { name } })

test('it sees what was changed before it, and changes go on after it', async () => {
  const read = { operation: 'named' }
  const results = resultsOf(await batches.atomic([create('a'), read, create('b'), read]))
  const seen = results.map(({ body }) => body.data)
  assert.deepEqual([seen[1], seen[3]], [[{ name: 'a' }], [{ name: 'a' }, { name: 'b' }]])
})

test('its SQL that would change something is refused wherever it runs', async () => {
  assertProblem(await house.send('GET', '/sly'), 500, 'run.internal')
  assertProblem(await house.send('GET', '/hooked'), 500, 'run.internal')
  const before = await house.counts()
  assertProblem(await batches.atomic([create('c'), { operation: 'sly' }]), 500, 'run.internal')
  assert.deepEqual(await house.counts(), before)
  assert.deepEqual(await house.select('select is_called from sly_numbers'), [[false]])
})

test('a crowd of atomic batches that read slowly leaves connections for others', async () => {
  const reading = Array.from({ length: 12 }, () => batches.atomic([{ operation: 'slow' }]))
  let changed: number | null = null
  const change = batches.atomic([create('d')]).then(({ status }) => (changed = status))
  await Promise.race(reading)
  assert.equal(changed, 200, 'the change did not wait for them')
  await change
  for (const answer of await Promise.all(reading)) assert.equal(answer.status, 200)
})
