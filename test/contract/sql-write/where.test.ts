/**
 * Changes of every row that meets a filter, and locks: what repositories add to writes of single
 * rows.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { system } from '../../../src/base/caller.ts'
import type { Caller } from '../../../src/base/caller.ts'
import type { Parameter } from '../../../src/sql/plan.ts'
import { createPlanRows, createPlanWrite } from '../../../src/sql/write/plan-cache.ts'
import type { WriteWhereShape } from '../../../src/sql/write/where.ts'
import { ada, bob, id, library, staff } from './library.ts'
import { byText, librarian } from './scene.ts'

const scene = await librarian()
const plans = createPlanRows(library)
await scene.write(
  'users',
  'create',
  [1, 2, 3].map(n => ({ id: id(n), set: { email: `m${n}@x.org` } })),
)
const book = (n: number, set: object) => ({
  id: id(n),
  set: { title: 't', isbn: String(n), copies: 1, ...set },
})

async function books(from: number, sets: readonly object[]): Promise<void> {
  for (const [at, set] of sets.entries()) await scene.one('books', 'create', book(from + at, set))
  await scene.events()
}

function bind(
  parameters: readonly Parameter[],
  values: readonly unknown[],
  caller: Caller,
): unknown[] {
  return parameters.map(({ source }) => (source.from === 'caller' ? caller.id : values[source.at]))
}

async function where(shape: WriteWhereShape, values: readonly unknown[], caller: Caller = system) {
  const plan = plans.where(shape, caller)
  return scene.select(plan.text, bind(plan.parameters, [...values, 'trace-1'], caller))
}

test('every row that meets the filter is changed, with its event', async () => {
  await books(100, [{ price: '1' }, { price: '2' }, { price: '3' }])
  const shape = {
    resource: 'books',
    form: 'update',
    filters: [
      { field: 'price', operator: 'lt' },
      { field: 'id', operator: 'in' },
    ],
    fields: ['title', 'copies'],
  } as const
  assert.deepEqual(await where(shape, ['3', [id(100), id(101), id(102)], 'new', 1]), [
    ['done', null, 2],
  ])
  const logged = await scene.events()
  assert.deepEqual(
    logged.map(event => [event.key, event.version, event.before]),
    [
      [id(100), 2, { title: 't' }],
      [id(101), 2, { title: 't' }],
    ],
  )
  assert.deepEqual(await where(shape, ['0', [id(100)], 'new', 1]), [])
})

test('a guarded change meets only what the caller may read, and tells what stood against it', async () => {
  await books(110, [{ price: '5' }, { price: '500' }, { price: '6', hidden: true }])
  const shape = {
    resource: 'books',
    form: 'update',
    filters: [{ field: 'id', operator: 'in' }],
    fields: ['copies'],
  } as const
  const asked = [[id(110), id(111), id(112)], 7]
  const results = await where(shape, asked, ada)
  assert.deepEqual(results.toSorted(byText), [
    ['denied', null, 1],
    ['done', null, 1],
  ])
  assert.deepEqual(await where(shape, asked, staff), [['done', null, 3]])
  await scene.events()
})

test('rows that meet a filter are deleted with what depends on them', async () => {
  const shelf = (n: number, name: string, parent: string | null) => ({
    id: id(n),
    set: { name, parent },
  })
  await scene.write('shelves', 'create', [
    shelf(200, 'a', null),
    shelf(201, 'a', null),
    shelf(202, 'b', null),
  ])
  await scene.one('shelves', 'create', shelf(203, 'below', id(200)))
  await scene.events()
  const shape = {
    resource: 'shelves',
    form: 'delete',
    filters: [{ field: 'name', operator: 'eq' }],
    fields: [],
  } as const
  assert.deepEqual(await where(shape, ['a'], bob), [['done', null, 2]])
  const gone = await scene.events()
  assert.deepEqual(gone.map(event => event.key).toSorted(), [id(200), id(201), id(203)])
  assert.ok(gone.every(event => event.actor === bob.id))
})

test('a row that stops meeting the filter while the change waits for it is left alone', async () => {
  await books(120, [{ copies: 1 }])
  const shape = {
    resource: 'books',
    form: 'update',
    filters: [
      { field: 'copies', operator: 'eq' },
      { field: 'id', operator: 'eq' },
    ],
    fields: ['title'],
  } as const
  let changing: Promise<unknown> = Promise.resolve()
  await scene.database.transaction({ isolation: 'read committed' }, async transaction => {
    await transaction.run({
      text: 'update books set copies = 2 where id = $1::uuid',
      values: [id(120)],
    })
    changing = where(shape, [1, id(120), 'new'])
    await scene.blocked()
  })
  assert.deepEqual(await changing, [])
  assert.deepEqual(await scene.events(), [])
})

test('an unknown filter is told', () => {
  const shape = {
    resource: 'books',
    form: 'delete',
    filters: [{ field: 'cost', operator: 'eq' }],
    fields: [],
  } as const
  assert.throws(() => plans.where(shape, ada), { code: 'validate.query' })
})

test('locked rows come in the order of their ids, as the caller may read them, and stay as they are', async () => {
  await books(130, [{ copies: 1 }, { hidden: true }, { copies: 3 }])
  const plan = plans.lock('books', ada)
  const ids = [id(132), id(131), id(130), id(999)]
  await scene.database.transaction({ isolation: 'read committed' }, async transaction => {
    const rows = await transaction.run({
      text: plan.text,
      values: bind(plan.parameters, [ids], ada),
    })
    const locked = rows.map(([body, version]) => ({
      ...(JSON.parse(String(body)) as { id: string }),
      version,
    }))
    assert.deepEqual(
      locked.map(row => row.id),
      [id(130), id(132)],
    )
    assert.deepEqual(
      await scene.write('books', 'update', [{ id: id(130), caller: ada, set: { copies: 9 } }]),
      [{ outcome: 'busy', detail: null, body: null, version: null }],
    )
  })
})

test('a lock that waited gives the newest row', async () => {
  await books(140, [{ copies: 1 }])
  const plan = plans.lock('books', system)
  let locking: Promise<readonly (readonly unknown[])[]> = Promise.resolve([])
  await scene.database.transaction({ isolation: 'read committed' }, async transaction => {
    await transaction.run({
      text: 'update books set copies = 2 where id = $1::uuid',
      values: [id(140)],
    })
    locking = scene.select(plan.text, [[id(140)]])
    await scene.blocked()
  })
  const [row] = await locking
  assert.equal((JSON.parse(String(row?.[0])) as { copies: number }).copies, 2)
})

test('callers of one kind share a plan, whose id is a parameter', () => {
  const plan = createPlanWrite(library)
  const shape = {
    resource: 'loans',
    form: 'update',
    fields: ['status'],
    merge: [],
    versioned: false,
    keyed: false,
  } as const
  const view = { fields: null, expand: [] }
  assert.equal(plan(shape, view, ada), plan({ ...shape }, { ...view }, bob))
  assert.notEqual(plan(shape, view, ada), plan(shape, view, staff))
  const open = { ...shape, resource: 'shelves', fields: ['name'] }
  assert.equal(plan(open, view, ada), plan(open, view, staff), 'no rule tells them apart')
  assert.ok(!plan(shape, view, ada).text.includes(String(ada.id)))
})
