/** What `db` does for a command, on a real PostgreSQL. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Decimal, Problem } from 'mettle'
import type { Repositories } from 'mettle'

import { createRepositories } from '../../../src/engine/data/repositories.ts'
import { openStore } from './store.ts'
import type { categories, items, labels, users } from './warehouse.ts'
import { createPlans } from '../../../src/sql/plans.ts'
import {
  hiddenCategory,
  idOf,
  openCategory,
  people,
  person,
  settlement,
  warehouse,
} from './warehouse.ts'

type Db = Repositories<{
  users: typeof users
  categories: typeof categories
  items: typeof items
  labels: typeof labels
}>

const store = await openStore(warehouse)
await store.execute(...settlement)
const open = createRepositories(warehouse, createPlans(warehouse))
const aliases = new Map(['users', 'categories', 'items', 'labels'].map(name => [name, name]))
const ann = person(people[0]!)
const bob = person(people[1]!)
const nowMs = Date.parse('2026-01-02T03:04:05.006Z')

/** The types that a command's declaration gives its `db`. */
function isDb(repositories: object): repositories is Db {
  return 'as' in repositories
}

/** Runs a command's work as ann. */
function command<T>(work: (db: Db) => Promise<T>): Promise<T> {
  return store.data.transaction({ isolation: 'read committed' }, scope => {
    const db = open(aliases, scope, { caller: ann, requestId: 'request', nowMs })
    assert.ok(isDb(db))
    return work(db)
  })
}

const category = openCategory

test('a created row has its defaults and comes back in the types of user code, with an event of the caller', async () => {
  const item = await command(db => db.items.create({ code: 'defaults', category, price: '2.5' }))
  assert.deepEqual(
    [item.holder, item.stock, item.shared, item.note, item.version],
    [ann.id, 0, false, null, 1],
  )
  assert.ok(item.price instanceof Decimal && item.price.toString() === '2.50')
  assert.ok(item.createdAt instanceof Date)
  assert.deepEqual(
    await store.rows(
      `select type, actor, trace, data->>'price' from mettle.events where key = '${item.id}'`,
    ),
    [['items.created', ann.id, 'request', '2.50']],
  )
})

test('a row may be given its id', async () => {
  const id = idOf(3, 500)
  assert.equal((await command(db => db.items.create({ id, code: 'given id', category }))).id, id)
})

test('createMany keeps the order of its inputs', async () => {
  const codes = Array.from({ length: 20 }, (_, number) => `many ${19 - number}`)
  const made = await command(db => db.items.createMany(codes.map(code => ({ code, category }))))
  assert.deepEqual(
    made.map(item => item.code),
    codes,
  )
  assert.deepEqual(await command(db => db.items.createMany([])), [])
})

test('get, find, list and count read by the same words', async () => {
  const [low, high] = await command(db =>
    db.items.createMany([
      { code: 'words a', category, holder: bob.id!, stock: 5 },
      { code: 'words b', category, holder: bob.id!, stock: 50, note: 'here' },
    ]),
  )
  await command(async db => {
    assert.equal((await db.items.get(low!.id)).code, 'words a')
    await assert.rejects(db.items.get(idOf(3, 999)), { code: 'run.not-found' })
    await assert.rejects(db.items.get('no id'), { code: 'run.not-found' })
    const ofBob = { holder: bob.id!, code: { startsWith: 'words' } }
    assert.deepEqual(
      (await db.items.list(ofBob, { sort: ['-stock'] })).map(item => item.id),
      [high!.id, low!.id],
    )
    assert.equal((await db.items.list(ofBob, { limit: 1 })).length, 1)
    assert.equal(
      (await db.items.find({ ...ofBob, price: { lte: '1.50' }, note: { isNull: false } }))?.id,
      high!.id,
    )
    assert.equal(await db.items.find({ code: 'words c' }), null)
    assert.equal(await db.items.count({ ...ofBob, stock: { in: [5, 6] } }), 1)
    await assert.rejects(db.items.list({}, { limit: 0 }), RangeError)
  })
})

test('locked rows are got by id, and a missing one is a reference to nothing', async () => {
  const [first, second] = await command(db =>
    db.items.createMany([
      { code: 'lock a', category },
      { code: 'lock b', category, stock: 3 },
    ]),
  )
  await command(async db => {
    const rows = await db.items.lock([
      second!.id.toUpperCase(),
      first!.id,
      second!.id,
      idOf(3, 999),
      'no id',
    ])
    assert.equal(rows.size, 2)
    assert.equal(rows.get(second!.id).stock, 3)
    assert.deepEqual(
      [...rows].map(row => row.id),
      [first!.id, second!.id].toSorted(),
    )
    assert.ok(!rows.has(idOf(3, 999)))
    assert.throws(() => rows.get(idOf(3, 999)), { code: 'validate.invalid', status: 422 })
    assert.equal((await db.items.lock([])).size, 0)
  })
})

test('commands that lock the same rows in any order never collide', async () => {
  const made = await command(db =>
    db.items.createMany(
      Array.from({ length: 6 }, (_, number) => ({ code: `order ${number}`, category, stock: 0 })),
    ),
  )
  const ids = made.map(item => item.id)
  const before = store.observations.length
  const take = (wanted: readonly string[]) =>
    command(async db => {
      for (const row of await db.items.lock(wanted))
        await db.items.update(row.id, { stock: row.stock + 1 })
    })
  await Promise.all(
    Array.from({ length: 12 }, (_, number) => take(number % 2 === 0 ? ids : ids.toReversed())),
  )
  const attempts = store.observations
    .slice(before)
    .flatMap(seen => (seen.kind === 'transaction' ? [seen.attempts] : []))
  assert.deepEqual(new Set(attempts), new Set([1]))
  assert.deepEqual(await store.rows(`select distinct stock from items where code like 'order %'`), [
    [12],
  ])
})

test('a stale update changes nothing, and the command may go on', async () => {
  const made = await command(db => db.items.create({ code: 'stale', category }))
  const end = await command(async db => {
    const changed = await db.items.update(made.id, { stock: 1 }, { version: 1 })
    assert.equal(changed.version, 2)
    await assert.rejects(db.items.update(made.id, { stock: 9 }, { version: 1 }), {
      code: 'run.stale',
      status: 412,
    })
    await assert.rejects(db.items.update(idOf(3, 999), { stock: 9 }), { code: 'run.not-found' })
    await assert.rejects(db.items.delete('no id'), { code: 'run.not-found' })
    return db.items.update(made.id, { note: 'went on' })
  })
  assert.deepEqual([end.stock, end.note, end.version], [1, 'went on', 3])
})

test('changes by filter tell how many, write an event each, and take what hangs on a row with it', async () => {
  await command(async db => {
    const made = await db.items.createMany(
      ['a', 'b', 'c'].map(code => ({ code: `where ${code}`, category, stock: 1 })),
    )
    await db.labels.createMany(made.map(item => ({ item: item.id, text: 'where' })))
  })
  const counts = await command(async db => [
    await db.items.updateWhere(
      { code: { startsWith: 'where' }, stock: { lt: 2 } },
      { stock: 7, note: 'x' },
    ),
    await db.items.deleteWhere({ code: { in: ['where a', 'where b'] } }),
    await db.items.deleteWhere({ code: 'nowhere' }),
    await db.labels.count({ text: 'where' }),
  ])
  assert.deepEqual(counts, [3, 2, 0, 1])
  const events = await store.rows(`select type, count(*)::int from mettle.events
    where data->>'code' like 'where%' or data->>'text' = 'where' group by type order by type`)
  assert.deepEqual(events, [
    ['items.created', 3],
    ['items.deleted', 2],
    ['items.updated', 3],
    ['labels.created', 3],
    ['labels.deleted', 2],
  ])
})

test('a value that its field cannot have is refused by the name of the field, before any statement', async () => {
  await command(async db => {
    const wrong = db.items.create({ code: 'x'.repeat(21), category, stock: -1 })
    await assert.rejects(wrong, error => {
      assert.ok(error instanceof Problem)
      assert.equal(error.code, 'validate.invalid')
      assert.deepEqual(
        error.errors.map(fault => [fault.code, fault.detail.split(' ')[0], fault.pointer]),
        [
          ['too-long', 'items.code', undefined],
          ['too-small', 'items.stock', undefined],
        ],
      )
      return true
    })
    await db.items.create({ code: 'after wrong', category })
  })
})

test('a taken key ends the transaction, even for code that catches the problem', async () => {
  const doubled = command(async db => {
    await db.items.create({ code: 'taken', category })
    await db.items.create({ code: 'taken', category }).catch(() => null)
  })
  await assert.rejects(doubled, {
    code: 'run.conflict',
    errors: [{ pointer: '/code', code: 'taken', detail: 'Another row has this value.' }],
  })
  assert.deepEqual(await store.rows(`select 1 from items where code = 'taken'`), [])
})

test('of many rows none stays when one is refused, even for code that catches the problem', async () => {
  const partly = command(async db => {
    const inputs = [
      { code: 'partly a', category },
      { code: 'partly b', category: idOf(2, 99) },
    ]
    await assert.rejects(db.items.createMany(inputs), {
      code: 'validate.invalid',
      message: /items\.category names no row/,
    })
  })
  await assert.rejects(partly, { code: 'validate.invalid' })
  assert.deepEqual(await store.rows(`select 1 from items where code like 'partly%'`), [])
})

test('as a caller the repositories see and do what the caller may', async () => {
  const [own, shared, secret] = await command(db =>
    db.items.createMany([
      { code: 'as own', category, holder: bob.id! },
      { code: 'as shared', category, shared: true },
      { code: 'as secret', category },
    ]),
  )
  await command(async db => {
    const asBob = db.as(bob)
    assert.equal((await asBob.items.get(own!.id)).code, 'as own')
    assert.equal((await asBob.items.get(shared!.id)).code, 'as shared')
    await assert.rejects(asBob.items.get(secret!.id), { code: 'run.not-found' })
    await assert.rejects(asBob.items.update(secret!.id, { stock: 1 }), { code: 'run.not-found' })
    await assert.rejects(asBob.items.update(shared!.id, { stock: 1 }), { code: 'authorise.denied' })
    await assert.rejects(asBob.items.create({ code: 'as x', category: hiddenCategory }), {
      code: 'validate.invalid',
    })
    assert.equal(await asBob.items.count({ code: { startsWith: 'as ' } }), 2)
    assert.equal((await asBob.items.lock([own!.id, secret!.id])).size, 1)
    const made = await asBob.items.create({ code: 'as made', category })
    assert.equal(made.holder, bob.id)
  })
})
