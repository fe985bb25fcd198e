/** Lists page by page: every row once, in the declared order, with empty values as the greatest. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller } from '../../../src/base/caller.ts'
import type { ReadShape } from '../../../src/sql/plan.ts'
import { compileRead } from '../../../src/sql/read.ts'
import { callerOf, desk } from '../../unit/sql/desk.ts'
import { fillDesk, type Ticket } from './desk-rows.ts'
import { readPage, shapeOf, sortOf } from './running.ts'
import { tablesOf } from './tables.ts'

const session = await tablesOf(desk)
const tickets = await fillDesk(session)

const staff = callerOf(99, 'staff')
const customer = callerOf(2)

/** Follows `next` to the end; the ids in the order in which they came. */
async function walk(shape: ReadShape, caller: Caller, limit: number): Promise<string[]> {
  const first = compileRead(desk, shape, caller)
  const later = compileRead(desk, { ...shape, after: true }, caller)
  const ids: string[] = []
  let page = await readPage(session, first, { values: [limit], caller })
  for (;;) {
    ids.push(...page.rows.map(row => String(row['id'])))
    assert.ok(ids.length <= tickets.length, 'the pages go round in a circle')
    if (page.next === null) return ids
    assert.equal(page.rows.length, limit, 'a page with a next page is full')
    page = await readPage(session, later, { values: [...page.next, limit], caller })
  }
}

type Key = keyof Ticket
type Order = readonly (Key | `-${Key}`)[]

/**
 * The order in plain JavaScript: null is greater than anything, and the id decides in the last
 * key's direction.
 */
function expected(rows: readonly Ticket[], order: Order): string[] {
  const keys: Order = [...order, order.at(-1)?.startsWith('-') === true ? '-id' : 'id']
  return rows
    .toSorted((left, right) => {
      for (const key of keys) {
        const sign = compareBy(left, right, key)
        if (sign !== 0) return sign
      }
      return 0
    })
    .map(row => row.id)
}

function compareBy(left: Ticket, right: Ticket, key: Order[number]): number {
  const field = descending(key) ? fieldNames[key] : key
  const sign = compare(left[field], right[field])
  return descending(key) ? -sign : sign
}

function descending(key: Order[number]): key is `-${Key}` {
  return key.startsWith('-')
}

const fieldNames: Readonly<Record<`-${Key}`, Key>> = {
  '-id': 'id',
  '-author': 'author',
  '-assignee': 'assignee',
  '-subject': 'subject',
  '-priority': 'priority',
  '-due': 'due',
  '-cost': 'cost',
  '-weight': 'weight',
  '-createdAt': 'createdAt',
}

function compare(left: string | number | null, right: string | number | null): number {
  if (left === right) return 0
  if (left === null) return 1
  if (right === null) return -1
  return left < right ? -1 : 1
}

const staffOrders: readonly Order[] = [
  [],
  ['id'],
  ['-id'],
  ['priority'],
  ['-priority'],
  ['subject'],
  ['-subject'],
  ['-priority', 'subject'],
  ['priority', '-subject'],
  ['-due', 'cost'],
  ['due', '-cost'],
  ['weight', '-createdAt'],
  ['-weight', 'createdAt'],
]

for (const order of staffOrders) {
  test(`staff walk all tickets by [${order.join(', ')}]`, async () => {
    const shape = shapeOf('tickets', 'list', { sort: sortOf(...order) })
    for (const limit of [1, 7, 100]) {
      assert.deepEqual(await walk(shape, staff, limit), expected(tickets, order))
    }
  })
}

for (const order of [[], ['priority'], ['-priority']] satisfies Order[]) {
  test(`a customer walks the tickets he wrote or is assigned to by [${order.join(', ')}]`, async () => {
    const mine = tickets.filter(
      ({ author, assignee }) => author === customer.id || assignee === customer.id,
    )
    const both = mine.filter(({ author, assignee }) => author === assignee)
    assert.ok(both.length > 0 && mine.length < tickets.length, 'the rows tell the cases apart')
    const shape = shapeOf('tickets', 'list', { sort: sortOf(...order) })
    for (const limit of [1, 7, 100]) {
      assert.deepEqual(await walk(shape, customer, limit), expected(mine, order))
    }
  })
}

test('a filter that holds the sorted field to one value leaves the order to the rest', async () => {
  const shape = shapeOf('tickets', 'list', {
    sort: sortOf('-priority', 'subject'),
    filters: [{ field: 'priority', operator: 'eq' }],
  })
  const plan = compileRead(desk, shape, staff)
  const page = await readPage(session, plan, { values: [2, 100], caller: staff })
  const rows = tickets.filter(({ priority }) => priority === 2)
  assert.deepEqual(
    page.rows.map(row => row['id']),
    expected(rows, ['subject']),
  )
  assert.deepEqual(plan.order, ['subject', 'id'])
})

test('an empty list is an empty array without a next page', async () => {
  const nobody = callerOf(77)
  const plan = compileRead(desk, shapeOf('tickets', 'list'), nobody)
  const page = await readPage(session, plan, { values: [10], caller: nobody })
  assert.deepEqual(page, { rows: [], next: null })
})

test('a page that ends with the last row has no next page', async () => {
  const plan = compileRead(desk, shapeOf('tickets', 'list'), staff)
  const whole = await readPage(session, plan, { values: [tickets.length], caller: staff })
  assert.equal(whole.rows.length, tickets.length)
  assert.equal(whole.next, null)
  const short = await readPage(session, plan, { values: [tickets.length - 1], caller: staff })
  assert.notEqual(short.next, null)
})
