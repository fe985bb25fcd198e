/** Lists across a link: their statement, what it reads, and who sees what. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { access, backend, field, identity, resource } from 'mettle'
import { anonymous, type Caller } from '../../../src/base/caller.ts'
import { buildModel } from '../../../src/model/build.ts'
import { compileRead } from '../../../src/sql/read.ts'
import { callerOf, idOf } from '../../unit/sql/desk.ts'
import { explain } from './explain.ts'
import { expandOf, readOne, readPage, runBatch, shapeOf } from './running.ts'
import { tablesOf } from './tables.ts'

const { anyone, anyOf, owner, role, where } = access

const model = buildModel(
  backend('library', {
    parts: {
      users: identity({
        fields: { name: field.text({ max: 20 }) },
        signUp: 'closed',
        roles: ['staff'],
        access: { read: anyone },
      }),
      books: resource('books', {
        fields: { title: field.text({ max: 20 }), secret: field.boolean({ default: false }) },
        indexes: [['secret']],
        access: { read: anyOf(where({ secret: false }), role('staff')) },
      }),
      tags: resource('tags', {
        fields: {
          name: field.text({ max: 20 }),
          note: field.text({ default: '', access: { read: role('staff') } }),
        },
        access: { read: anyone },
      }),
      bookTags: resource('book-tags', {
        fields: { book: field.ref('books'), tag: field.ref('tags') },
        link: { book: 'books', tag: 'tags' },
        access: { read: anyone },
      }),
      follows: resource('follows', {
        fields: {
          from: field.ref('users', { inverse: false }),
          to: field.ref('users', { inverse: false }),
        },
        link: { from: 'followers', to: 'following' },
        access: { read: anyOf(owner('from'), owner('to')) },
      }),
      shelves: resource('shelves', {
        fields: {
          book: field.ref('books', { inverse: false }),
          tag: field.ref('tags', { inverse: false, access: { read: role('staff') } }),
        },
        link: { book: 'shelvedBooks', tag: 'shelfTags' },
        access: { read: anyone },
      }),
    },
  }),
)
const session = await tablesOf(model)
const staff = callerOf(9, 'staff')
const ids = (from: number, count: number) =>
  Array.from({ length: count }, (_, at) => idOf(from + at))
await session.run(
  `insert into users (id, email, roles, name) select id, id || '@example.org', '[]', 'U' || n
   from unnest($1::uuid[]) with ordinality u(id, n)`,
  [ids(1, 4)],
)
await session.run(
  `insert into books (id, title, secret) select id, 'B' || n, n % 3 = 0
   from unnest($1::uuid[]) with ordinality u(id, n)`,
  [ids(100, 2000)],
)
await session.run(
  `insert into tags (id, name) select id, 'T' || n from unnest($1::uuid[]) with ordinality u(id, n)`,
  [ids(5000, 3000)],
)
await session.run(
  `insert into book_tags (book_id, tag_id)
   select b.id, t.id from books b join tags t 
   on t.name = 'T1' or (substr(b.title, 2)::int + substr(t.name, 2)::int) % 500 = 0
   order by b.id, t.id desc`,
)
await session.run('insert into shelves (book_id, tag_id) values ($1, $2)', [idOf(100), idOf(5000)])
await session.run(
  'insert into follows (from_id, to_id) values ($1, $2), ($1, $3), ($3, $1), ($2, $3)',
  ids(1, 3),
)
await session.run('analyze')

async function across(from: string, id: string, name: string, caller: Caller, fields = ['name']) {
  const plan = compileRead(
    model,
    shapeOf(from, 'one', { fields: ['id'], expand: [expandOf(name, { fields })] }),
    caller,
  )
  const row = await readOne(session, plan, { values: [id], caller })
  return (row?.[name] as Record<string, unknown>[] | undefined)?.map(each => each[fields[0]!])
}

test('the exact statement of a list across a link', async () => {
  const shape = shapeOf('books', 'one', {
    fields: ['title'],
    expand: [expandOf('tags', { fields: ['name'] })],
  })
  const plan = compileRead(model, shape, staff)
  const link = ['id', 'version', 'created_at', 'updated_at', 'book_id', 'tag_id']
  const columns = link.map(name => `t1."${name}"`).join(', ')
  assert.equal(
    plan.text,
    [
      `select '{"title":' || to_json(t."title")::text || ',"tags":' ||`,
      `(select '[' || coalesce(string_agg((select '{"name":' || to_json(t1l."name")::text || '}'`,
      `from "tags" t1l where t1l."id" = t1."tag_id"), ','), '') || ']'`,
      `from (select ${columns} from "book_tags" t1 where t1."book_id" = t."id"`,
      `order by t1."id" limit 100) t1) || '}', t."version" from "books" t where t."id" = $1::uuid`,
    ].join(' '),
  )
  assert.ok(plan.bounded)
  const request = { values: [idOf(149)], caller: staff }
  const evidence = await explain(session, plan, request)
  assert.equal(evidence.removed, 0, evidence.text)
  assert.ok(evidence.scanned <= 1 + 7 + 7, evidence.text)
  const [alone] = await runBatch(session, plan, [request, { ...request, values: [idOf(150)] }])
  const names = ['T2950', 'T2450', 'T1950', 'T1450', 'T950', 'T450', 'T1']
  const expected = JSON.stringify({ title: 'B50', tags: names.map(name => ({ name })) })
  assert.deepEqual(alone, [expected, 1])
})

test('the far rows come in the order in which they were linked', async () => {
  const names = await across('books', idOf(149), 'tags', staff)
  assert.deepEqual(names, ['T2950', 'T2450', 'T1950', 'T1450', 'T950', 'T450', 'T1'])
})

test('far rows that the caller may not read are left out before the list is cut', async () => {
  const numbers = async (caller: Caller) =>
    (await across('tags', idOf(5000), 'books', caller, ['title']))?.map(title =>
      Number(String(title).slice(1)),
    )
  const all = Array.from({ length: 2000 }, (_, at) => at + 1)
  assert.deepEqual(await numbers(staff), all.slice(0, 100))
  const open = all.filter(number => number % 3 !== 0)
  assert.deepEqual(await numbers(anonymous), open.slice(0, 100))
})

test('a link that the caller may not read leads nowhere', async () => {
  const follower = callerOf(1)
  assert.deepEqual(await across('users', idOf(1), 'following', follower), ['U2', 'U3'])
  assert.deepEqual(await across('users', idOf(1), 'followers', follower), ['U3'])
  assert.deepEqual(await across('users', idOf(3), 'followers', follower), ['U1'])
  assert.deepEqual(await across('users', idOf(3), 'followers', anonymous), [])
})

test('a reference that the caller may not read gives no list, from neither end', () => {
  for (const [from, name] of [
    ['books', 'shelfTags'],
    ['tags', 'shelvedBooks'],
  ] as const) {
    const shape = shapeOf(from, 'one', { expand: [expandOf(name)] })
    assert.throws(() => compileRead(model, shape, anonymous), { code: 'validate.query' })
    assert.ok(compileRead(model, shape, staff).bounded)
  }
})

test('hidden fields of the far rows stay hidden, and further steps go on from there', async () => {
  const shape = shapeOf('books', 'one', {
    fields: ['title'],
    expand: [expandOf('tags', { expand: [expandOf('books', { fields: ['title'] })] })],
  })
  const request = { values: [idOf(148)], caller: anonymous }
  const row = await readOne(session, compileRead(model, shape, anonymous), request)
  const [tag] = (row?.['tags'] ?? []) as Record<string, unknown>[]
  assert.ok(tag !== undefined && !('note' in tag) && Array.isArray(tag['books']))
  assert.ok(tag['books'].length > 0)
  const hidden = shapeOf('books', 'one', { expand: [expandOf('tags', { fields: ['note'] })] })
  assert.throws(() => compileRead(model, hidden, anonymous), { code: 'validate.query' })
})

test('a page of rows with their far rows reads no more than it shows', async () => {
  const shape = shapeOf('books', 'list', { expand: [expandOf('tags')] })
  const plan = compileRead(model, shape, staff)
  const request = { values: [20], caller: staff }
  const { rows } = await readPage(session, plan, request)
  const shown = rows.reduce((sum, row) => sum + (row['tags'] as unknown[]).length, rows.length)
  const evidence = await explain(session, plan, request)
  assert.ok(shown > 100)
  assert.ok(evidence.scanned <= 2 * shown + 10, evidence.text)
})

test('a pair is linked once', async () => {
  const again = session.run('insert into follows (from_id, to_id) values ($1, $2)', ids(1, 2))
  await assert.rejects(again, { code: '23505' })
})
