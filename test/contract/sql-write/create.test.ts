/** Creating rows: rules, defaults, references, unique keys, events; alone and in company. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { anonymous } from '../../../src/base/caller.ts'
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

test('a row, its defaults, its event and its body', async () => {
  const ask = {
    id: id(100),
    caller: ada,
    set: { title: 'Ünïcode "quoted"', isbn: '1', price: '9.50', extra: '{"a":1}' },
  }
  const result = await scene.one('books', 'create', ask)
  const { body } = result
  assert.equal(result.outcome, 'done')
  assert.equal(result.version, 1)
  assert.match(String(body?.['createdAt']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  assert.equal(body?.['createdAt'], body?.['updatedAt'])
  const expected = {
    id: id(100),
    version: 1,
    createdAt: body?.['createdAt'],
    updatedAt: body?.['createdAt'],
    title: 'Ünïcode "quoted"',
    isbn: '1',
    price: '9.50',
    copies: 1,
    hidden: false,
    extra: { a: 1 },
  }
  assert.deepEqual(body, expected, 'without cost, which only staff may read')
  const [event, ...rest] = await scene.events()
  assert.deepEqual(rest, [])
  assert.deepEqual(event, {
    type: 'books.created',
    key: id(100),
    version: 1,
    actor: ada.id,
    data: { ...expected, cost: null },
    before: null,
  })
})

test('a default of the caller is the caller, and a view shows only its fields', async () => {
  const result = await scene.one(
    'loans',
    'create',
    { id: id(200), caller: ada },
    { view: ['member'] },
  )
  assert.deepEqual(result.body, { member: ada.id })
  await scene.events()
})

test('every kind comes back as it was given', async () => {
  const set = {
    text: 'a\n"b"\\',
    integer: -3,
    bigint: '9223372036854775807',
    decimal: '-0.00001',
    boolean: true,
    date: '0044-03-15',
    timestamp: '2026-01-02T03:04:05.678Z',
    uuid: id(9),
    choice: 'b',
    document: '{"n":1.5,"nested":{"x":[1,null]}}',
    list: '["a","b"]',
    object: '{"x":1}',
  }
  const { body } = await scene.one('samples', 'create', { id: id(1), set })
  const { id: _, version: __, createdAt: ___, updatedAt: ____, ...fields } = body!
  assert.deepEqual(fields, {
    ...set,
    document: JSON.parse(set.document),
    list: ['a', 'b'],
    object: { x: 1 },
  })
  const { body: empty } = await scene.one('samples', 'create', { id: id(2) })
  assert.equal(Object.values(empty!).filter(value => value === null).length, 12)
  await scene.events()
})

test('nobody fails because of a neighbour', async () => {
  const results = await scene.write(
    'loans',
    'create',
    [
      { id: id(210), caller: ada, set: { member: id(1) } },
      { id: id(211), caller: ada, set: { member: id(2) } },
      { id: id(212), caller: bob, set: { member: id(999) } },
      { id: id(210), caller: bob, set: { member: id(2) } },
      { id: id(213), caller: bob, set: { member: id(2) } },
    ].toSpliced(3, 1),
  )
  assert.deepEqual(outcomes(results), ['done', 'reference member', 'reference member', 'done'])
  const forAda = [{ id: id(214), caller: staff, set: { member: id(1) } }]
  assert.deepEqual(outcomes(await scene.write('loans', 'create', forAda)), ['denied'])
  const logged = await scene.events()
  assert.deepEqual(logged.map(event => [event.key, event.actor]).toSorted(byText), [
    [id(210), ada.id],
    [id(213), bob.id],
  ])
})

test('a taken unique key is a conflict of its row only, in the table and in the group', async () => {
  const book = (n: number, isbn: string) => ({ id: id(n), caller: ada, set: { title: 't', isbn } })
  const results = await scene.write('books', 'create', [
    book(110, '1'),
    book(111, '11'),
    book(112, '11'),
    book(100, '12'),
  ])
  assert.equal(results[0]?.outcome, 'conflict')
  assert.deepEqual(
    outcomes(results.slice(1, 3)).toSorted(),
    ['conflict', 'done'],
    'one of two that take the same',
  )
  assert.equal(results[3]?.outcome, 'conflict', 'an id that is taken')
  assert.equal((await scene.events()).length, 1)
})

test('alone, PostgreSQL names the unique key', async () => {
  const ask = { id: id(113), caller: ada, set: { title: 't', isbn: '1' } }
  await assert.rejects(
    scene.one('books', 'create', ask, { waiting: true }),
    (error: unknown) =>
      error instanceof DatabaseError &&
      error.sqlState === '23505' &&
      error.constraint === 'books_isbn_key',
  )
  assert.deepEqual(await scene.events(), [])
})

test('a reference must name a row that the caller may read, or the caller', async () => {
  await scene.write('loans', 'create', [{ id: id(220), caller: ada, set: { member: id(1) } }])
  await scene.one('books', 'create', {
    id: id(120),
    set: { title: 'secret', isbn: '120', hidden: true },
  })
  await scene.events()
  const item = (n: number, loan: number, book: number, caller = ada) => ({
    id: id(n),
    caller,
    set: { loan: id(loan), book: id(book) },
  })
  const results = await scene.write('items', 'create', [
    item(300, 220, 100),
    item(301, 220, 120),
    item(302, 220, 998),
    item(303, 220, 100, bob),
    item(304, 213, 100, bob),
  ])
  assert.deepEqual(outcomes(results), [
    'done',
    'reference book',
    'reference book',
    'reference loan',
    'done',
  ])
  const seenByStaff = await scene.write('items', 'create', [item(305, 220, 120, staff)])
  assert.deepEqual(outcomes(seenByStaff), ['done'])
  await scene.events()
})

test('who is guarded through a reference cannot leave it out', async () => {
  const note = (n: number, loan: string | null) => ({ id: id(n), caller: ada, set: { loan } })
  const results = await scene.write('notes', 'create', [note(310, id(220)), note(311, null)])
  assert.deepEqual(outcomes(results), ['done', 'denied'])
  await scene.events()
})

test('a field that only some may write is refused before anything runs, or row by row', async () => {
  const priced = { id: id(130), set: { title: 't', isbn: '130', cost: '1' } }
  assert.throws(() => planOf('books', 'create', [{ ...priced, caller: ada }]), {
    code: 'authorise.denied',
    errors: [{ pointer: '/cost', code: 'denied', detail: 'You may not write cost.' }],
  })
  assert.throws(() => planOf('books', 'create', [{ ...priced, caller: anonymous }]), {
    code: 'identify.required',
  })
  const results = await scene.write('books', 'create', [{ ...priced, caller: staff }])
  assert.equal(results[0]?.body?.['cost'], '1.00')
  await scene.events()
})

test('a document that grows over its bound in the table is refused', async () => {
  const grown = { id: id(10), set: { document: `{"a":1e131071,"b":1e131071}` } }
  const results = await scene.write('samples', 'create', [
    grown,
    { id: id(11), set: { document: '{"n":1}' } },
  ])
  assert.deepEqual(outcomes(results), ['oversize document', 'done'])
  await scene.events()
})

test('who may not read the row that he made gets no body', async () => {
  const ask = { id: id(140), caller: ada, set: { title: 't', isbn: '140', hidden: true } }
  const result = await scene.one('books', 'create', ask)
  assert.deepEqual([result.outcome, result.body], ['done', null])
  const [event] = await scene.events()
  assert.equal(event?.data['title'], 't')
})
