/** A caller gets the rows and fields that the rules give him, at every level of the answer. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anonymous, type Caller } from '../../../src/base/caller.ts'
import type { ReadShape } from '../../../src/sql/plan.ts'
import { compileRead } from '../../../src/sql/read.ts'
import { callerOf, desk, idOf } from '../../unit/sql/desk.ts'
import { fillDesk, type Ticket } from './desk-rows.ts'
import { expandOf, readOne, readPage, shapeOf } from './running.ts'
import { tablesOf } from './tables.ts'

const session = await tablesOf(desk)
const tickets = await fillDesk(session)

const customer = callerOf(2)
const staff = callerOf(99, 'staff')
const sees = (caller: Caller, { author, assignee }: Ticket) =>
  author === caller.id || assignee === caller.id

function one(resource: string, id: string, caller: Caller, rest: Partial<ReadShape> = {}) {
  const plan = compileRead(desk, shapeOf(resource, 'one', rest), caller)
  return readOne(session, plan, { values: [id], caller })
}

async function idsOf(resource: string, caller: Caller): Promise<string[]> {
  const plan = compileRead(desk, shapeOf(resource, 'list'), caller)
  const { rows } = await readPage(session, plan, { values: [10_000], caller })
  return rows.map(row => String(row['id']))
}

async function selectIds(text: string): Promise<string[]> {
  return (await session.run(text)).map(([id]) => String(id))
}

const ids = (rows: readonly Ticket[]) => rows.map(({ id }) => ({ id }))

const foreign = (rest: Partial<ReadShape>, caller: Caller) =>
  compileRead(desk, shapeOf('tickets', 'one', rest), caller).foreign

test('a row that is not his is no row', async () => {
  for (const ticket of tickets) {
    const row = await one('tickets', ticket.id, customer, { fields: ['id'] })
    assert.equal(row !== undefined, sees(customer, ticket))
  }
  assert.equal(await one('tickets', tickets[0]!.id, anonymous), undefined)
  assert.equal(await one('tickets', idOf(0xdead), staff), undefined)
})

test('anonymous has lists without rows', async () => {
  for (const resource of desk.resources.keys())
    assert.deepEqual(await idsOf(resource, anonymous), [])
})

test('a list through a parent holds the rows of the parents he may read', async () => {
  const expected = await selectIds(
    `select c.id from comments c join tickets t on t.id = c.ticket_id
     where t.author_id = '${customer.id}' or t.assignee_id = '${customer.id}' order by c.id`,
  )
  assert.ok(expected.length > 10)
  assert.deepEqual(await idsOf('comments', customer), expected)
  assert.equal((await idsOf('comments', staff)).length, 200)
})

test('through two parents, with not, or by the owner: each row once', async () => {
  const expected = await selectIds(
    `select l.id from likes l where l.by_id = '${customer.id}' or (l.hidden is not true and exists (
       select from comments c join tickets t on t.id = c.ticket_id where c.id = l.comment_id
       and (t.author_id = '${customer.id}' or t.assignee_id = '${customer.id}'))) order by l.id`,
  )
  assert.ok(expected.length > 50)
  assert.deepEqual(await idsOf('likes', customer), expected)
  const ofStaff = await selectIds(
    `select l.id from likes l where l.comment_id is not null and l.hidden is not true order by l.id`,
  )
  assert.deepEqual(await idsOf('likes', staff), ofStaff)
})

test('where the rows are his own and the parent decides too, his own rows lead', async () => {
  const expected = await selectIds(
    `select s.id from stars s join tickets t on t.id = s.ticket_id where s.by_id = '${customer.id}'
     and (t.author_id = '${customer.id}' or t.assignee_id = '${customer.id}') order by s.id`,
  )
  assert.ok(expected.length > 0 && expected.length < 50)
  assert.deepEqual(await idsOf('stars', customer), expected)
  const { text } = compileRead(desk, shapeOf('stars', 'list'), customer)
  assert.match(text, /from "stars" t where t."by_id" = \$2::uuid and exists/)
})

test('a filter on the parent reads its rows, if he may read the parent', async () => {
  const plan = compileRead(
    desk,
    shapeOf('comments', 'list', { filters: [{ field: 'ticket', operator: 'eq' }] }),
    customer,
  )
  assert.ok(plan.bounded)
  for (const ticket of tickets.slice(0, 40)) {
    const { rows } = await readPage(session, plan, { values: [ticket.id, 100], caller: customer })
    const all = await selectIds(
      `select id from comments where ticket_id = '${ticket.id}' order by id`,
    )
    assert.deepEqual(
      rows.map(row => row['id']),
      sees(customer, ticket) ? all : [],
    )
  }
})

test('constants of a rule choose rows', async () => {
  const expected = await selectIds(
    `select id from pages where published or reviewer_id = '${customer.id}' order by id`,
  )
  assert.deepEqual(await idsOf('pages', customer), expected)
})

test('a field of staff is not in the answer of a customer', async () => {
  const mine = tickets.find(ticket => ticket.author === customer.id)!
  assert.ok(!('salary' in (await one('tickets', mine.id, customer))!))
  assert.equal((await one('tickets', mine.id, staff))!['salary'], 1)
})

test('a field of the author is left out of the rows of others', async () => {
  const own = tickets.find(ticket => ticket.author === customer.id)!
  const assigned = tickets.find(
    ({ author, assignee }) => assignee === customer.id && author !== customer.id,
  )!
  assert.equal((await one('tickets', own.id, customer))!['draft'], `draft of ${own.id}`)
  assert.ok(!('draft' in (await one('tickets', assigned.id, customer))!))
  for (const fields of [['draft'], ['draft', 'subject'], ['subject', 'draft']]) {
    const shown = await one('tickets', own.id, customer, { fields })
    const hidden = await one('tickets', assigned.id, customer, { fields })
    assert.deepEqual(Object.keys(shown!).toSorted(), fields.toSorted())
    assert.deepEqual(
      Object.keys(hidden!),
      fields.filter(field => field !== 'draft'),
    )
  }
})

test('an answer may be left with some of its fields, or with none', async () => {
  const fields = ['draft', 'memo']
  const kinds = [
    [({ author, assignee }: Ticket) => author !== assignee && author === customer.id, ['draft']],
    [({ author, assignee }: Ticket) => author !== assignee && assignee === customer.id, ['memo']],
    [({ author, assignee }: Ticket) => author === assignee && author === customer.id, fields],
  ] as const
  for (const [meets, expected] of kinds) {
    const { id } = tickets.find(meets)!
    assert.deepEqual(Object.keys((await one('tickets', id, customer, { fields }))!), expected)
  }
  assert.deepEqual(await one('tickets', tickets[0]!.id, staff, { fields: ['draft'] }), {})
})

test('an expanded reference that is hidden or empty is null', async () => {
  for (const ticket of tickets.slice(0, 30)) {
    const expand = [
      expandOf('author', { fields: ['id', 'email'] }),
      expandOf('assignee', { fields: ['name'] }),
    ]
    const row = await one('tickets', ticket.id, customer, { fields: ['id'], expand })
    if (row === undefined) continue
    const user = (id: string | null) => (id === customer.id ? id : null)
    assert.deepEqual(row, {
      id: ticket.id,
      author: user(ticket.author) && { id: customer.id, email: '2@example.org' },
      assignee: user(ticket.assignee) && { name: 'User 2' },
    })
  }
})

test('an expanded inverse leaves hidden rows out, by id', async () => {
  const expand = [expandOf('written', { fields: ['id'] }), expandOf('assigned', { fields: ['id'] })]
  assert.deepEqual(await one('users', customer.id!, customer, { fields: [], expand }), {
    written: ids(tickets.filter(({ author }) => author === customer.id)),
    assigned: ids(tickets.filter(({ assignee }) => assignee === customer.id)),
  })
})

test('expansions nest, each level by its own rule', async () => {
  const mine = tickets.find(({ author }) => author === customer.id)!
  const likes = expandOf('likes', { fields: ['id'] })
  const expand = [
    expandOf('comments', {
      fields: ['id'],
      expand: [expandOf('ticket', { fields: ['subject'] }), likes],
    }),
  ]
  const row = await one('tickets', mine.id, customer, { fields: [], expand })
  const comments = await selectIds(
    `select id from comments where ticket_id = '${mine.id}' order by id`,
  )
  const expected = []
  for (const id of comments) {
    const shown = await selectIds(
      `select id from likes where comment_id = '${id}' and (hidden is not true or by_id = '${customer.id}') order by id`,
    )
    expected.push({
      id,
      ticket: { subject: mine.subject },
      likes: shown.map(like => ({ id: like })),
    })
  }
  assert.ok(comments.length > 0)
  assert.deepEqual(row, { comments: expected })
})

test('what depends on other rows or on who asks is said to be foreign', () => {
  assert.equal(foreign({ fields: ['subject'] }, customer), false)
  assert.equal(foreign({ fields: ['draft'] }, customer), true)
  assert.equal(foreign({ fields: [], expand: [expandOf('author')] }, customer), true)
})
