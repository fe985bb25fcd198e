/** Every list of the shop reads what it shows and little more, for whomever it is read. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anonymous, type Caller } from '../../../src/base/caller.ts'
import type { ReadPlan, ReadShape } from '../../../src/sql/plan.ts'
import { compileRead } from '../../../src/sql/read.ts'
import { callerOf, idOf } from '../../unit/sql/desk.ts'
import { explain, explainBatch } from './explain.ts'
import { expandOf, readPage, shapeOf, sortOf } from './running.ts'
import { farCustomer, fillShop, orderId, ordersCount, productId, shop } from './shop-rows.ts'
import { tablesOf } from './tables.ts'

const session = await tablesOf(shop)
await fillShop(session)

const limit = 20
const customer = callerOf(farCustomer)
const staff = callerOf(5, 'staff')
const callers: Readonly<Record<string, Caller>> = { customer, staff, anonymous }

interface ListCase {
  readonly resource: string
  readonly callers: readonly (keyof typeof callers)[]
  readonly sort?: readonly string[]
  /** Fields held to one value. */
  readonly held?: Readonly<Record<string, string>>
  readonly expand?: ReadShape['expand']
}

const everybody = ['customer', 'staff', 'anonymous']
const signedIn = ['customer', 'staff']
const lines = expandOf('lines', { expand: [expandOf('product')] })
const farOrder = orderId(ordersCount + 7)

const lists: readonly ListCase[] = [
  { resource: 'users', callers: signedIn },
  { resource: 'users', callers: signedIn, expand: [expandOf('orders')] },
  { resource: 'products', callers: everybody },
  { resource: 'products', callers: everybody, sort: ['name'] },
  { resource: 'products', callers: everybody, sort: ['-name'] },
  { resource: 'products', callers: everybody, sort: ['price'] },
  { resource: 'products', callers: everybody, sort: ['-price'] },
  { resource: 'orders', callers: signedIn },
  { resource: 'orders', callers: ['customer'], sort: ['-createdAt'] },
  { resource: 'orders', callers: ['customer'], sort: ['createdAt'] },
  { resource: 'orders', callers: signedIn, sort: ['customer'] },
  { resource: 'orders', callers: ['customer'], sort: ['-createdAt'], expand: [lines] },
  { resource: 'orders', callers: signedIn, expand: [expandOf('customer'), lines] },
  { resource: 'orders', callers: signedIn, held: { customer: idOf(farCustomer) } },
  {
    resource: 'orders',
    callers: signedIn,
    held: { customer: idOf(farCustomer) },
    sort: ['-createdAt'],
  },
  { resource: 'order-lines', callers: signedIn },
  { resource: 'order-lines', callers: signedIn, expand: [expandOf('order'), expandOf('product')] },
  { resource: 'order-lines', callers: signedIn, held: { order: farOrder } },
  { resource: 'order-lines', callers: signedIn, sort: ['-order'] },
  { resource: 'order-lines', callers: ['staff'], held: { product: productId(3) } },
]

for (const list of lists) {
  for (const who of list.callers) {
    const { resource, sort = [], held = {}, expand = [] } = list
    const words = [sort.join(), Object.keys(held).join(), expand.map(each => each.name).join()]
    test(`${resource} [${words.join('|')}] for ${who}`, async () => {
      const caller = callers[who]!
      const filters = Object.keys(held).map(field => ({ field, operator: 'eq' }) as const)
      const shape = shapeOf(resource, 'list', { sort: sortOf(...sort), filters, expand })
      const values = Object.values(held)
      const first = compileRead(shop, shape, caller)
      const page = await readPage(session, first, { values: [...values, limit], caller })
      await thrifty(first, [...values, limit], caller)
      if (page.next === null) return
      const later = compileRead(shop, { ...shape, after: true }, caller)
      await thrifty(later, [...values, ...page.next, limit], caller)
    })
  }
}

/** Lists that go through a parent read the caller's own rows, which are `ownMax` at most here. */
const ownMax = 200

async function thrifty(plan: ReadPlan, values: readonly unknown[], caller: Caller): Promise<void> {
  const { rows } = await readPage(session, plan, { values, caller })
  const shown = rows.reduce((total, row) => total + countRows(row), 0)
  const evidence = await explain(session, plan, { values, caller })
  assert.ok(evidence.removed <= 10 * Math.max(1, rows.length), evidence.text)
  const most = plan.bounded ? 4 * (shown + 2) : ownMax + 4 * (shown + 2)
  assert.ok(evidence.scanned <= most, `${evidence.scanned} rows for ${shown}\n${evidence.text}`)
  if (plan.batch === null) return
  const batch = await explainBatch(
    session,
    plan,
    Array.from({ length: 8 }, () => ({ values, caller })),
  )
  assert.ok(batch.removed <= 80 * Math.max(1, rows.length), batch.text)
  assert.ok(batch.scanned <= 8 * most, `${batch.scanned} rows for 8 times ${shown}\n${batch.text}`)
}

/** A row and the rows expanded in it. */
function countRows(row: Readonly<Record<string, unknown>>): number {
  return Object.values(row).reduce<number>((total, value) => {
    const parts: readonly unknown[] = Array.isArray(value) ? value : [value]
    return total + parts.reduce<number>((sum, part) => sum + (isRow(part) ? countRows(part) : 0), 0)
  }, 1)
}

function isRow(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && 'id' in value
}

test('a page at row 100,000 reads as many buffers as the first', async () => {
  for (const sort of [[], ['-id'], ['customer']]) {
    const shape = shapeOf('orders', 'list', { sort: sortOf(...sort) })
    const first = compileRead(shop, shape, staff)
    const later = compileRead(shop, { ...shape, after: true }, staff)
    const near = await readPage(session, first, { values: [limit], caller: staff })
    const cursor = await cursorAt(first.order, ordersCount)
    const early = await explain(session, later, { values: [...near.next!, limit], caller: staff })
    const late = await explain(session, later, { values: [...cursor, limit], caller: staff })
    const ratio = late.buffers / early.buffers
    assert.ok(ratio <= 1.2, `${early.buffers} then ${late.buffers} buffers`)
  }
})

async function cursorAt(order: readonly string[], row: number): Promise<string[]> {
  const columns: Readonly<Record<string, string>> = { id: 'id', customer: 'customer_id' }
  const keys = order.map(key => columns[key.replace('-', '')]!)
  const directions = order.map((key, at) => `${keys[at]}${key.startsWith('-') ? ' desc' : ''}`)
  const [found] = await session.run(
    `select ${keys.join(', ')} from orders order by ${directions.join(', ')} offset ${row - 1} limit 1`,
  )
  return found!.map(String)
}
