/** Deleting rows: rules, and what becomes of those that refer to them. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { limits } from '../../../src/base/limits.ts'
import { DatabaseError } from '../../../src/ports/database.ts'
import { ada, bob, id, staff } from './library.ts'
import { byText, librarian, outcomes, planOf } from './scene.ts'

const scene = await librarian()
await scene.write(
  'users',
  'create',
  [1, 2, 3].map(n => ({ id: id(n), set: { email: `m${n}@x.org` } })),
)
await scene.events()

let next = 1_000

async function make(resource: string, set: Readonly<Record<string, unknown>>): Promise<string> {
  const key = id((next += 1))
  await scene.one(resource, 'create', { id: key, set })
  await scene.events()
  return key
}
const book = () => make('books', { title: 't', isbn: String(next) })

async function count(table: string): Promise<unknown> {
  const [row] = await scene.select(`select count(*)::int4 from ${table}`)
  return row?.[0]
}

test('what holds a row is named only to who may read it', async () => {
  const [used, audited] = [await book(), await book()]
  await make('items', { loan: await make('loans', { member: id(1) }), book: used })
  const member = await make('users', { email: 'm@x.org' })
  await make('audits', { member, book: audited })
  const details = []
  for (const [resource, key] of [
    ['books', used],
    ['books', audited],
    ['users', member],
  ] as const) {
    const refused = await scene.one(resource, 'delete', { id: key, caller: staff })
    assert.equal(refused.outcome, 'referenced')
    details.push(refused.detail)
  }
  assert.deepEqual(details, ['items', null, null])
})

test('a row goes, its last state stays in the log', async () => {
  const key = await make('shelves', { name: 'a' })
  const plan = planOf('labels', 'delete', [{ id: key }])
  assert.equal(plan.bounded, true, 'nothing depends on a label')
  const result = await scene.one('shelves', 'delete', { id: key, caller: ada, version: 1 })
  assert.deepEqual(result, { outcome: 'done', detail: null, body: null, version: 1 })
  const [event] = await scene.events()
  assert.deepEqual(
    [event?.type, event?.version, event?.actor, event?.data['name']],
    ['shelves.deleted', 1, ada.id, 'a'],
  )
  assert.equal((await scene.one('shelves', 'delete', { id: key })).outcome, 'missing')
})

test('stale, missing, hidden, denied and done stand beside each other', async () => {
  const loan = (member: number) => make('loans', { member: id(member) })
  const [stale, hidden, fine] = [await loan(1), await loan(2), await loan(1)]
  const ask = (key: string, version = 1) => ({ id: key, caller: ada, version })
  const asks = [ask(stale, 2), ask(id(9)), ask(hidden), ask(fine)]
  assert.deepEqual(outcomes(await scene.write('loans', 'delete', asks)), [
    'stale',
    'missing',
    'missing',
    'done',
  ])
  const seen = [{ id: hidden, caller: staff, version: 1 }]
  assert.deepEqual(
    outcomes(await scene.write('loans', 'delete', seen)),
    ['denied'],
    'staff may read, not delete',
  )
  await scene.events()
})

test('a row that others refer to stays, and its neighbour goes', async () => {
  const [used, free] = [await book(), await book()]
  const loan = await make('loans', { member: id(1) })
  await make('items', { loan, book: used })
  const asks = [
    { id: used, caller: ada },
    { id: free, caller: ada },
  ]
  assert.deepEqual(outcomes(await scene.write('books', 'delete', asks)), [
    'referenced items',
    'done',
  ])
  assert.deepEqual(
    (await scene.events()).map(event => event.key),
    [free],
  )
})

test('what cascades goes along, what is cleared stays without its reference, each with its event', async () => {
  const [kept, gone] = [await book(), await book()]
  const loan = await make('loans', { member: id(1) })
  const first = await make('items', { loan, book: kept, instead: gone })
  const shelf = await make('shelves', { name: 's', first: gone, last: gone })
  const half = await make('shelves', { name: 'h', first: kept, last: gone })

  assert.equal(planOf('books', 'delete', [{ id: gone, caller: ada }]).bounded, false)
  assert.equal((await scene.one('books', 'delete', { id: gone, caller: ada })).outcome, 'done')
  const cleared = await scene.events()
  assert.deepEqual(
    cleared.map(event => [event.type, event.key, event.version, event.before]).toSorted(byText),
    [
      ['books.deleted', gone, 1, null],
      ['items.updated', first, 2, { instead: gone }],
      ['shelves.updated', shelf, 2, { first: gone, last: gone }],
      ['shelves.updated', half, 2, { last: gone }],
    ],
  )
  assert.ok(cleared.every(event => event.actor === ada.id))
  assert.equal(cleared.find(event => event.key === half)?.data['first'], kept)

  assert.equal((await scene.one('loans', 'delete', { id: loan, caller: ada })).outcome, 'done')
  assert.deepEqual((await scene.events()).map(event => event.type).toSorted(), [
    'items.deleted',
    'loans.deleted',
  ])
})

test('a circle of cascades ends, with each row deleted once', async () => {
  const top = await make('shelves', { name: 'top' })
  const middle = await make('shelves', { name: 'middle', parent: top })
  const low = await make('shelves', { name: 'low', parent: middle })
  await scene.one('shelves', 'update', { id: top, set: { parent: low } })
  await scene.events()
  assert.equal((await scene.one('shelves', 'delete', { id: middle, caller: bob })).outcome, 'done')
  const deleted = await scene.events()
  assert.deepEqual(deleted.map(event => event.key).toSorted(), [top, middle, low].toSorted())
})

test('deep below, one row that must stay keeps everything', async () => {
  const top = await make('shelves', { name: 'top' })
  const low = await make('shelves', { name: 'low', parent: top })
  const label = await make('labels', { shelf: low })
  const before = await count('shelves')
  assert.deepEqual(outcomes([await scene.one('shelves', 'delete', { id: top })]), [
    'referenced labels',
  ])
  assert.equal(await count('shelves'), before)
  assert.deepEqual(await scene.events(), [])
  await scene.one('labels', 'delete', { id: label })
  assert.equal((await scene.one('shelves', 'delete', { id: top })).outcome, 'done')
  await scene.events()
})

test('a row that goes along neither keeps nor loosens anything', async () => {
  const top = await make('shelves', { name: 'top' })
  const low = await make('shelves', { name: 'low', parent: top, backup: top, twin: top })
  assert.equal((await scene.one('shelves', 'delete', { id: top })).outcome, 'done')
  const deleted = await scene.events()
  assert.deepEqual(deleted.map(event => [event.type, event.key]).toSorted(byText), [
    ['shelves.deleted', top],
    ['shelves.deleted', low],
  ])
  assert.equal(deleted.find(event => event.key === low)?.data['twin'], top, 'as it was')
})

test('a reference that points elsewhere by the time it is emptied stays', async () => {
  const [gone, other] = [
    await make('shelves', { name: 'gone' }),
    await make('shelves', { name: 'o' }),
  ]
  const twin = await make('shelves', { name: 'twin', twin: gone })
  let removal: Promise<unknown> = Promise.resolve()
  await scene.database.transaction({ isolation: 'read committed' }, async transaction => {
    const text = 'update shelves set twin_id = $1::uuid where id = $2::uuid'
    await transaction.run({ text, values: [other, twin] })
    removal = scene.one('shelves', 'delete', { id: gone }, { waiting: true })
    await scene.blocked()
  })
  await removal
  const [row] = await scene.select('select twin_id from shelves where id = $1::uuid', [twin])
  assert.deepEqual(row, [other])
  assert.deepEqual(
    (await scene.events()).map(event => event.key),
    [gone],
  )
})

test('a row that is getting a child is busy for a group', async () => {
  const top = await make('labels', { shelf: await make('shelves', { name: 'top' }) })
  const [shelf] = await scene.select('select shelf_id from labels where id = $1::uuid', [top])
  await scene.one('labels', 'delete', { id: top })
  await scene.events()
  const child = {
    text: `insert into labels (id, version, created_at, updated_at, shelf_id, text)
           values ($1::uuid, 1, now(), now(), $2::uuid, '')`,
    values: [top, shelf?.[0]],
  }
  await scene.database.transaction({ isolation: 'read committed' }, async transaction => {
    await transaction.run(child)
    const result = await scene.one('shelves', 'delete', { id: String(shelf?.[0]) })
    assert.equal(result.outcome, 'busy')
  })
})

test('two rows of one group may share what goes with them', async () => {
  const top = await make('shelves', { name: 'top' })
  const low = await make('shelves', { name: 'low', parent: top })
  const results = await scene.write('shelves', 'delete', [{ id: low }, { id: top }])
  assert.deepEqual(outcomes(results), ['done', 'done'])
  assert.deepEqual((await scene.events()).map(event => event.key).toSorted(), [top, low])
})

test('a cascade that is too large is refused before anything is changed', async () => {
  const top = await make('shelves', { name: 'top' })
  await scene.select(
    `insert into shelves (id, version, created_at, updated_at, name, parent_id)
     select gen_random_uuid(), 1, now(), now(), 'x', $1::uuid from generate_series(1, $2::int4)`,
    [top, limits.cascadeRowsMax],
  )
  const before = await count('shelves')
  const refused = await scene.one('shelves', 'delete', { id: top })
  assert.deepEqual(outcomes([refused]), [
    `referenced shelves (more than ${limits.cascadeRowsMax} in all)`,
  ])
  assert.equal(await count('shelves'), before)
  await scene.select(`delete from shelves where parent_id = $1::uuid`, [top])
  assert.deepEqual(await scene.events(), [])
})

test('a child that comes while its parent goes is refused whole; sent again, the cascade takes it', async () => {
  const top = await make('shelves', { name: 'top' })
  const child = id((next += 1))
  const insert = {
    text: `insert into shelves (id, version, created_at, updated_at, name, parent_id)
           values ($1::uuid, 1, now(), now(), 'x', $2::uuid)`,
    values: [child, top],
  }
  let removal: Promise<unknown> = Promise.resolve()
  await scene.database.transaction({ isolation: 'read committed' }, async transaction => {
    await transaction.run(insert)
    removal = assert.rejects(
      scene.one('shelves', 'delete', { id: top }, { waiting: true }),
      (error: unknown) => error instanceof DatabaseError && error.sqlState === '23503',
    )
    await scene.blocked()
  })
  await removal
  assert.equal(
    (await scene.one('shelves', 'delete', { id: top }, { waiting: true })).outcome,
    'done',
  )
  assert.deepEqual(
    (await scene.events()).map(event => event.key).toSorted(),
    [top, child].toSorted(),
  )
})

test('a child that moves away while its parent goes stays', async () => {
  const [top, other] = [
    await make('shelves', { name: 'top' }),
    await make('shelves', { name: 'other' }),
  ]
  const child = await make('shelves', { name: 'child', parent: top })
  let removal: Promise<unknown> = Promise.resolve()
  await scene.database.transaction({ isolation: 'read committed' }, async transaction => {
    await transaction.run({
      text: 'update shelves set parent_id = $1::uuid where id = $2::uuid',
      values: [other, child],
    })
    removal = scene.one('shelves', 'delete', { id: top }, { waiting: true })
    await scene.blocked()
  })
  assert.equal(((await removal) as { outcome: string }).outcome, 'done')
  assert.deepEqual(
    await scene.select('select parent_id from shelves where id = $1::uuid', [child]),
    [[other]],
  )
  assert.deepEqual(
    (await scene.events()).map(event => event.key),
    [top],
  )
})

test('a user who goes takes credentials and sessions along', async () => {
  const user = await make('users', { email: 'gone@x.org' })
  await scene.select(`insert into mettle.credentials (user_id, hash) values ($1::uuid, 'h')`, [
    user,
  ])
  await scene.select(
    `insert into mettle.sessions (id, token_hash, user_id, expires_at) values ($1::uuid, '\\x00', $1::uuid, now())`,
    [user],
  )
  assert.equal((await scene.one('users', 'delete', { id: user, caller: staff })).outcome, 'done')
  assert.equal(await count('mettle.credentials'), 0)
  assert.equal(await count('mettle.sessions'), 0)
  await scene.events()
})
