/** The example shop over HTTP on a real PostgreSQL: answers, what stays out of them, events. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startBackend } from '../../support/backend.ts'

interface Step {
  readonly as?: 'ada' | 'bob' | 'staff'
  readonly send: readonly [method: string, path: string, body?: unknown]
  readonly headers?: Readonly<Record<string, string>>
  readonly status: number
  /** Members of the answer, `{name}` filled in from what was kept. */
  readonly has?: Readonly<Record<string, unknown>>
  readonly rows?: number
  readonly absent?: RegExp
  /** Types of the events that the step wrote, in their order. */
  readonly events?: readonly string[]
  /** Keeps the id, or the ETag, of the answer under a name. */
  readonly keep?: string
  readonly keepTag?: string
}

const widget = { name: 'Red widget', price: '12.50', stock: 5, attributes: { color: 'red' } }
const order = { lines: [{ product: '{widget}', quantity: 2 }] }
const once = { 'idempotency-key': '"checkout-1"' }

/** One story: each step sees what the steps before it left. */
const story: Readonly<Record<string, Step>> = {
  'nobody may create': {
    send: ['POST', '/products', widget],
    status: 401,
    has: { code: 'identify.required' },
  },
  'a customer may not create': {
    as: 'ada',
    send: ['POST', '/products', widget],
    status: 403,
    has: { code: 'authorise.denied' },
  },
  'staff creates': {
    as: 'staff',
    send: ['POST', '/products', widget],
    status: 201,
    has: { name: 'Red widget', price: '12.50', version: 1 },
    events: ['products.created'],
    keep: 'widget',
    keepTag: 'first',
  },
  'a wrong input names its places': {
    as: 'staff',
    send: ['POST', '/products', { name: '', price: '1.234', stock: -1, color: 'red' }],
    status: 422,
    has: { code: 'validate.invalid' },
    absent: /23505|column|select/i,
  },
  'text that PostgreSQL cannot hold': {
    as: 'staff',
    send: ['POST', '/products', { ...widget, name: 'nul\u0000' }],
    status: 422,
    absent: /22021|byte sequence/,
  },
  'anybody reads': {
    send: ['GET', '/products/{widget}'],
    status: 200,
    has: { id: '{widget}', stock: 5 },
  },
  'what a caller has is not sent again': {
    send: ['GET', '/products/{widget}'],
    headers: { 'if-none-match': '*' },
    status: 304,
  },
  'a change on the right version': {
    as: 'staff',
    send: ['PATCH', '/products/{widget}', { stock: 6 }],
    headers: { 'if-match': '{first}' },
    status: 200,
    has: { stock: 6, version: 2 },
    events: ['products.updated'],
  },
  'a change on an old version': {
    as: 'staff',
    send: ['PATCH', '/products/{widget}', { stock: 7 }],
    headers: { 'if-match': '{first}' },
    status: 412,
    has: { code: 'run.stale' },
  },
  'a checkout': {
    as: 'ada',
    send: ['POST', '/checkout', order],
    headers: once,
    status: 200,
    has: { total: '25.00', status: 'pending', customer: '{ada}' },
    events: ['products.updated', 'orders.created', 'order-lines.created'],
    keep: 'order',
  },
  'the same checkout again changes nothing': {
    as: 'ada',
    send: ['POST', '/checkout', order],
    headers: once,
    status: 200,
    has: { id: '{order}' },
  },
  'the same key for something else': {
    as: 'ada',
    send: ['POST', '/checkout', { lines: [{ product: '{widget}', quantity: 1 }] }],
    headers: once,
    status: 422,
    has: { code: 'run.idempotency-mismatch' },
  },
  'more than there is': {
    as: 'ada',
    send: ['POST', '/checkout', { lines: [{ product: '{widget}', quantity: 900 }] }],
    status: 409,
    has: { code: 'checkout.out-of-stock', data: { product: 'Red widget', left: 4 } },
  },
  'the owner lists her orders': {
    as: 'ada',
    send: ['GET', '/users/{ada}/orders?sort=-createdAt'],
    status: 200,
    rows: 1,
  },
  'a stranger sees none of them': {
    as: 'bob',
    send: ['GET', '/users/{ada}/orders'],
    status: 200,
    rows: 0,
    absent: /25\.00/,
  },
  'a stranger finds no such order': {
    as: 'bob',
    send: ['GET', '/orders/{order}'],
    status: 404,
    has: { code: 'run.not-found' },
  },
  'an order with lines and products': {
    as: 'ada',
    send: ['GET', '/orders/{order}?expand=lines.product&fields=total,lines.quantity'],
    status: 200,
    has: { total: '25.00' },
    absent: /"customer"|"status"/,
  },
  'the lines of an order': {
    as: 'ada',
    send: ['GET', '/orders/{order}/lines'],
    status: 200,
    rows: 1,
  },
  'a list narrowed by a filter': {
    send: ['GET', '/products?price[gt]=12.49&price[lt]=12.51&limit=1'],
    status: 200,
    rows: 1,
  },
  'a sort without an index': {
    send: ['GET', '/products?sort=stock'],
    status: 422,
    has: { code: 'validate.query' },
  },
  'a foreign cursor': {
    send: ['GET', '/products?after=e30.e30'],
    status: 422,
    has: { code: 'validate.cursor' },
  },
  'a negative limit': {
    send: ['GET', '/products?limit=-1'],
    status: 422,
    has: { code: 'validate.query' },
  },
  'an id that is none': {
    send: ['GET', "/products/1'or'1"],
    status: 422,
    has: { code: 'validate.id' },
  },
  'staff ships the order': {
    as: 'staff',
    send: ['PATCH', '/orders/{order}', { status: 'shipped' }],
    status: 200,
    has: { status: 'shipped', version: 2 },
    events: ['orders.updated'],
  },
  'an order that has left stays as it is, says the hook': {
    as: 'staff',
    send: ['PATCH', '/orders/{order}', { status: 'pending' }],
    status: 409,
    has: { code: 'shipped-stays.shipped', title: 'The order has left' },
  },
  'a query for staff': { as: 'staff', send: ['GET', '/best-sellers?limit=1'], status: 200 },
  'a query that is not for customers': { as: 'ada', send: ['GET', '/best-sellers'], status: 403 },
  'staff may not delete': {
    as: 'staff',
    send: ['DELETE', '/products/{widget}'],
    status: 403,
    has: { code: 'authorise.denied' },
  },
}

const shop = await startBackend()
const kept = new Map<string, string>(Object.entries(shop.people))

for (const [what, step] of Object.entries(story)) {
  test(what, async () => {
    const [method, path, body] = step.send
    const raw = body === undefined ? {} : { raw: fill(JSON.stringify(body)) }
    const headers = mapped(step.headers ?? {})
    const answer = await shop.send(method, fill(path), { as: step.as, headers, ...raw })
    const { text, json: found } = answer
    assert.equal(answer.status, step.status, text)
    for (const [name, value] of Object.entries(step.has ?? {})) {
      assert.deepEqual(
        Reflect.get(Object(found), name),
        typeof value === 'string' ? fill(value) : value,
      )
    }
    if (step.rows !== undefined)
      assert.equal(Reflect.get(Object(found), 'data').length, step.rows, text)
    if (step.absent !== undefined) assert.doesNotMatch(text, step.absent)
    if (step.keep !== undefined) kept.set(step.keep, String(Reflect.get(Object(found), 'id')))
    if (step.keepTag !== undefined) kept.set(step.keepTag, String(answer.headers.etag))
    assert.deepEqual(await shop.newEvents(), step.events ?? [])
    assert.ok(!shop.observations.some(({ kind }) => kind === 'fault'))
  })
}

function fill(text: string): string {
  return text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => kept.get(name) ?? whole)
}

function mapped(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, fill(value)]))
}
