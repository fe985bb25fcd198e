/** Changing rows: rules before and after, versions, merges, no-ops, locks; alone and in company. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ada, bob, id, staff } from './library.ts'
import { librarian, outcomes, planOf } from './scene.ts'

const scene = await librarian()
await scene.write(
  'users',
  'create',
  [1, 2, 3].map(n => ({ id: id(n), set: { email: `m${n}@x.org` } })),
)

let next = 1_000

/** A fresh book. */
async function book(set: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const key = id((next += 1))
  await scene.one('books', 'create', {
    id: key,
    set: { title: 'old', isbn: key.slice(-8), ...set },
  })
  await scene.events()
  return key
}

async function loan(set: Readonly<Record<string, unknown>>): Promise<string> {
  const key = id((next += 1))
  await scene.one('loans', 'create', { id: key, set })
  await scene.events()
  return key
}

test('a change counts the version up and logs what was before', async () => {
  const key = await book({ copies: 5 })
  const result = await scene.one('books', 'update', {
    id: key,
    caller: ada,
    set: { title: 'new', copies: 5 },
  })
  assert.equal(result.version, 2)
  assert.equal(result.body?.['title'], 'new')
  assert.ok(String(result.body?.['updatedAt']) >= String(result.body?.['createdAt']))
  const [event, ...rest] = await scene.events()
  assert.deepEqual(rest, [])
  assert.deepEqual(
    [event?.type, event?.key, event?.version, event?.actor],
    ['books.updated', key, 2, ada.id],
  )
  assert.deepEqual(event?.before, { title: 'old' }, 'copies stayed')
  assert.equal(event?.data['title'], 'new')
})

test('a change that changes nothing keeps the version and logs nothing', async () => {
  const key = await book()
  const result = await scene.one('books', 'update', {
    id: key,
    caller: ada,
    set: { title: 'old' },
    version: 1,
  })
  assert.deepEqual([result.outcome, result.version, result.body?.['version']], ['done', 1, 1])
  assert.deepEqual(await scene.events(), [])
})

test('stale, missing, hidden, denied and done stand beside each other', async () => {
  const [stale, hidden, dear, fine] = [
    await book(),
    await book({ hidden: true }),
    await book({ price: '500' }),
    await book(),
  ]
  const ask = (key: string, version: number) => ({
    id: key,
    caller: ada,
    set: { title: 'new' },
    version,
  })
  const asks = [ask(stale, 7), ask(id(1), 1), ask(hidden, 1), ask(dear, 1), ask(fine, 1)]
  assert.deepEqual(outcomes(await scene.write('books', 'update', asks)), [
    'stale',
    'missing',
    'missing',
    'denied',
    'done',
  ])
  assert.deepEqual(
    (await scene.events()).map(event => event.key),
    [fine],
  )
  assert.deepEqual(outcomes(await scene.write('books', 'update', asks, { waiting: true })), [
    'stale',
    'missing',
    'missing',
    'denied',
    'stale',
  ])
})

test('the rule must hold before the change, even where it would hold after', async () => {
  const ask = { id: await book({ price: '500' }), caller: ada, set: { price: '5' } }
  assert.equal((await scene.one('books', 'update', ask)).outcome, 'denied')
})

test('the rule must hold after the change too', async () => {
  const key = await book({ price: '99' })
  const dearer = { id: key, caller: ada, set: { price: '100' } }
  assert.equal((await scene.one('books', 'update', dearer)).outcome, 'denied')
  assert.equal((await scene.one('books', 'update', { ...dearer, caller: staff })).outcome, 'done')
  const own = await loan({ member: id(1) })
  const given = { id: own, caller: ada, set: { member: id(2) } }
  assert.deepEqual(
    outcomes([await scene.one('loans', 'update', given)]),
    ['reference member'],
    'whom ada cannot see',
  )
  const closed = { id: own, caller: ada, set: { status: 'closed' } }
  assert.equal(
    (await scene.one('loans', 'update', closed)).outcome,
    'denied',
    'closing it would take it from her',
  )
  assert.equal((await scene.one('loans', 'update', { ...closed, caller: staff })).outcome, 'done')
  await scene.events()
})

test('a rule of a field with a row judges that field only, and only where it changes', async () => {
  const key = await loan({ member: id(1), note: 'mine' })
  const asks = (note: string, caller = staff) => ({
    id: key,
    caller,
    set: { status: 'closed', note },
  })
  assert.deepEqual(outcomes([await scene.one('loans', 'update', asks('yours'))]), ['denied note'])
  assert.deepEqual(outcomes([await scene.one('loans', 'update', asks('mine'))]), ['done'])
  await scene.events()
})

test('a rule of a field must hold before and after the change', async () => {
  const taken = {
    id: await loan({ member: id(1) }),
    caller: staff,
    set: { member: id(3), note: 'x' },
  }
  assert.deepEqual(outcomes([await scene.one('loans', 'update', taken)]), ['denied note'])
  const given = {
    id: await loan({ member: id(3) }),
    caller: staff,
    set: { member: id(1), note: 'x' },
  }
  assert.deepEqual(outcomes([await scene.one('loans', 'update', given)]), ['denied note'])
})

test('a reference that stays may name what the caller cannot read', async () => {
  const hidden = await book({ hidden: true })
  const own = await loan({ member: id(1) })
  const item = id((next += 1))
  await scene.one('items', 'create', { id: item, set: { loan: own, book: hidden } })
  const same = { id: item, caller: ada, set: { book: hidden, instead: null } }
  assert.deepEqual(outcomes([await scene.one('items', 'update', same)]), ['done'])
  const other = { id: item, caller: ada, set: { book: await book(), instead: hidden } }
  assert.deepEqual(outcomes([await scene.one('items', 'update', other)]), ['reference instead'])
  await scene.events()
})

test('a document is merged or replaced', async () => {
  const key = await book({ extra: '{"a":1,"deep":{"x":1,"y":2}}' })
  const ask = { id: key, caller: ada, set: { extra: '{"b":2,"deep":{"x":null}}' } }
  const merged = await scene.one('books', 'update', ask, { merge: ['extra'] })
  assert.deepEqual(merged.body?.['extra'], { a: 1, b: 2, deep: { y: 2 } })
  const [event] = await scene.events()
  assert.deepEqual(event?.before, { extra: { a: 1, deep: { x: 1, y: 2 } } })
  const replaced = await scene.one('books', 'update', { ...ask, set: { extra: '{"c":3}' } })
  assert.deepEqual(replaced.body?.['extra'], { c: 3 })
  const emptied = await scene.one(
    'books',
    'update',
    { ...ask, set: { extra: null } },
    { merge: ['extra'] },
  )
  assert.equal(emptied.body?.['extra'], null)
  await scene.events()
})

test('a document may not grow over its bound by merging', async () => {
  const half = 'x'.repeat(150_000)
  const key = await book({ extra: JSON.stringify({ a: half }) })
  const ask = { id: key, caller: ada, set: { extra: JSON.stringify({ b: half }) } }
  const merged = await scene.one('books', 'update', ask, { merge: ['extra'] })
  assert.deepEqual(outcomes([merged]), ['oversize extra'])
  assert.deepEqual(outcomes([await scene.one('books', 'update', ask)]), ['done'])
  await scene.events()
})

test('a taken unique key is a conflict; alone PostgreSQL names it', async () => {
  const [first, second] = [await book({ isbn: 'taken' }), await book()]
  const ask = { id: second, caller: ada, set: { isbn: 'taken' } }
  const fine = { id: first, caller: ada, set: { isbn: 'taken' } }
  assert.deepEqual(outcomes(await scene.write('books', 'update', [ask, fine])), [
    'conflict',
    'done',
  ])
  await assert.rejects(scene.one('books', 'update', ask, { waiting: true }), {
    sqlState: '23505',
    constraint: 'books_isbn_key',
  })
  assert.deepEqual(await scene.events(), [])
})

test('a locked row is busy for a group; alone the write waits and sees the newest version', async () => {
  const [held, free] = [await book({ copies: 1 }), await book()]
  const ask = (key: string) => ({ id: key, caller: ada, set: { copies: 10 }, version: 2 })
  let waiting: Promise<unknown> = Promise.resolve()
  await scene.database.transaction({ isolation: 'read committed' }, async transaction => {
    const update = `update books set copies = 9, version = 2 where id = $1::uuid`
    await transaction.run({ text: update, values: [held] })
    const results = await scene.write('books', 'update', [ask(held), { ...ask(free), version: 1 }])
    assert.deepEqual(outcomes(results), ['busy', 'done'])
    waiting = scene
      .one('books', 'update', ask(held), { waiting: true })
      .then(result => assert.deepEqual([result.outcome, result.version], ['done', 3]))
    await scene.blocked()
  })
  await waiting
  const logged = await scene.events()
  assert.deepEqual(
    logged.map(event => [event.key, event.before]),
    [
      [free, { copies: 1 }],
      [held, { copies: 9 }],
    ],
  )
})

test('a locked row is busy at once also for a write by itself: it holds up no lane', async () => {
  const key = await book({ copies: 1 })
  const ask = { id: key, caller: staff, set: { copies: 10 }, version: 1 }
  assert.notEqual(planOf('books', 'update', [ask]).lone, null)
  await scene.database.transaction({ isolation: 'read committed' }, async transaction => {
    const hold = 'select from books where id = $1::uuid for no key update'
    await transaction.run({ text: hold, values: [key] })
    assert.equal((await scene.one('books', 'update', ask)).outcome, 'busy')
  })
  assert.equal((await scene.one('books', 'update', ask)).outcome, 'done')
  assert.equal((await scene.events()).length, 1)
})

test('a row that is deleted while a write waits for it is missing', async () => {
  const key = await book()
  let waiting: Promise<unknown> = Promise.resolve()
  await scene.database.transaction({ isolation: 'read committed' }, async transaction => {
    await transaction.run({ text: 'delete from books where id = $1::uuid', values: [key] })
    const ask = { id: key, caller: ada, set: { title: 'new' } }
    waiting = scene
      .one('books', 'update', ask, { waiting: true })
      .then(result => assert.equal(result.outcome, 'missing'))
    await scene.blocked()
  })
  await waiting
  assert.deepEqual(await scene.events(), [])
})

test('a row that is hidden while a write waits for it is missing', async () => {
  const key = await book()
  let waiting: Promise<unknown> = Promise.resolve()
  await scene.database.transaction({ isolation: 'read committed' }, async transaction => {
    await transaction.run({
      text: 'update books set hidden = true where id = $1::uuid',
      values: [key],
    })
    const ask = { id: key, caller: bob, set: { title: 'new' } }
    waiting = scene
      .one('books', 'update', ask, { waiting: true })
      .then(result => assert.equal(result.outcome, 'missing'))
    await scene.blocked()
  })
  await waiting
})

test('groups that want the same rows in opposite orders never wait for each other in a circle', async () => {
  const keys = [await book(), await book(), await book(), await book()]
  const ask = (key: string, copies: number) => ({ id: key, caller: ada, set: { copies } })
  const rounds = Array.from({ length: 10 }, (_, round) => [
    scene.write(
      'books',
      'update',
      keys.map(key => ask(key, round)),
      { waiting: true },
    ),
    scene.write(
      'books',
      'update',
      keys.toReversed().map(key => ask(key, -round)),
      { waiting: true },
    ),
  ])
  for (const results of await Promise.all(rounds.flat())) {
    assert.deepEqual(outcomes(results), ['done', 'done', 'done', 'done'])
  }
  await scene.events()
})
