/** Every route of the shop as every kind of caller: who gets what, and what nobody is told. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { restRoutes } from '../../../src/api/rest/routes.ts'
import { assertProblem, startBackend, type Json } from '../../support/backend.ts'

const shop = await startBackend()
const callers = [undefined, 'ada', 'bob', 'staff', 'admin'] as const

const widget = { name: 'Widget', price: '12.50', stock: 1000 }
const create = async (as: string, path: string, body: unknown): Promise<Json> =>
  (await shop.send('POST', path, { as, body })).json
const product = await create('staff', '/products', widget)
const spare = await create('staff', '/products', widget)
const buy = { lines: [{ product: product.id, quantity: 1 }] }
const adasOrder = await create('ada', '/checkout', buy)
const bobsOrder = await create('bob', '/checkout', buy)
const [line] = (await shop.send('GET', `/orders/${adasOrder.id}/lines`, { as: 'ada' })).json.data
const names: Readonly<Record<string, string>> = {
  product: product.id,
  spare: spare.id,
  order: adasOrder.id,
  line: line.id,
  ada: shop.people['ada']!,
}

const newLine = { order: adasOrder.id, product: product.id, quantity: 1, price: '1.00' }
const changedOrder = { customer: names['ada'], status: 'paid', total: '1.00' }

/** Of nobody in particular, the customer whose rows are asked for, another one, staff, an admin. */
const table: readonly (readonly [
  method: string,
  path: string,
  statuses: string,
  body?: unknown,
])[] = [
  ['GET', '/products', '200 200 200 200 200'],
  ['POST', '/products', '401 403 403 201 403', widget],
  ['GET', '/products/{product}', '200 200 200 200 200'],
  ['PUT', '/products/{product}', '401 403 403 200 403', widget],
  ['PATCH', '/products/{product}', '401 403 403 200 403', { stock: 900 }],
  ['DELETE', '/products/{product}', '401 403 403 403 409'],
  ['DELETE', '/products/{spare}', '401 403 403 403 204'],
  ['GET', '/products/aggregate', '200 200 200 200 200'],
  ['GET', '/orders', '401 200 200 200 200'],
  ['GET', '/orders/aggregate', '401 200 200 200 200'],
  ['POST', '/orders', '401 403 403 403 403', { total: '1.00' }],
  ['GET', '/orders/{order}', '401 200 404 200 404'],
  ['PUT', '/orders/{order}', '401 403 403 200 403', changedOrder],
  ['PATCH', '/orders/{order}', '401 403 403 200 403', { status: 'shipped' }],
  ['DELETE', '/orders/{order}', '401 403 403 403 403'],
  ['GET', '/orders/{order}/lines', '401 200 200 200 200'],
  ['GET', '/order-lines', '401 200 200 200 200'],
  ['GET', '/order-lines/aggregate', '401 200 200 200 200'],
  ['POST', '/order-lines', '401 403 403 403 403', newLine],
  ['GET', '/order-lines/{line}', '401 200 404 200 404'],
  ['PUT', '/order-lines/{line}', '401 403 403 403 403', newLine],
  ['PATCH', '/order-lines/{line}', '401 403 403 403 403', { quantity: 2 }],
  ['DELETE', '/order-lines/{line}', '401 403 403 403 403'],
  ['GET', '/products/{product}/order-lines', '401 200 200 200 200'],
  ['GET', '/users', '401 200 200 200 200'],
  ['GET', '/users/aggregate', '401 200 200 200 200'],
  ['POST', '/users', '401 403 403 403 403', { name: 'Eve' }],
  ['GET', '/users/{ada}', '401 200 404 404 404'],
  ['PUT', '/users/{ada}', '401 200 404 404 404', { name: 'Ada' }],
  ['PATCH', '/users/{ada}', '401 200 404 404 404', { name: 'Ada' }],
  ['DELETE', '/users/{ada}', '401 403 403 403 403'],
  ['GET', '/users/{ada}/orders', '401 200 200 200 200'],
  ['POST', '/checkout', '401 200 200 200 200', buy],
  ['GET', '/best-sellers', '401 403 403 200 403'],
]

for (const [method, path, statuses, body] of table) {
  test(`${method} ${path} answers ${statuses}`, async () => {
    const target = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => names[name]!)
    const found: number[] = []
    for (const as of callers) {
      const before = await shop.counts()
      const reply = await shop.send(method, target, { as, body })
      found.push(reply.status)
      if (reply.status < 400) continue
      assertProblem(reply, reply.status)
      assert.doesNotMatch(reply.text, /12\.50|example\.com/)
      assert.deepEqual(await shop.counts(), before, 'a refusal writes nothing')
    }
    assert.equal(found.join(' '), statuses)
  })
}

test('the table names every route of the shop', () => {
  const routes = restRoutes(shop.model, () => Promise.reject(new Error('never asked')))
  const generic = (path: string) => path.replaceAll(/\{\w+\}/g, '{id}')
  const inTable = new Set(table.map(([method, path]) => `${method} /api/v1${generic(path)}`))
  const missing = routes.map(({ method, path }) => `${method} ${generic(path)}`)
  assert.deepEqual(
    missing.filter(route => !inTable.has(route)),
    [],
  )
})

test('lists hold what each caller may read, and no more', async () => {
  const seen = async (as: string, path: string) =>
    (await shop.send('GET', path, { as })).json.data.map((row: Json) => row.id)
  assert.ok((await seen('ada', '/orders')).includes(adasOrder.id))
  assert.ok(!(await seen('ada', '/orders')).includes(bobsOrder.id))
  assert.ok((await seen('staff', '/orders')).includes(bobsOrder.id))
  assert.deepEqual(await seen('bob', `/orders/${adasOrder.id}/lines`), [])
  assert.deepEqual(await seen('bob', `/users/${names['ada']}/orders`), [])
  assert.deepEqual(await seen('bob', `/orders?id=${adasOrder.id}`), [])
  assert.deepEqual(await seen('bob', `/orders?id[in]=${adasOrder.id}&id[in]=${bobsOrder.id}`), [
    bobsOrder.id,
  ])
  assert.deepEqual(await seen('ada', '/users'), [names['ada']])
})

test('expanded rows are held to their own rules', async () => {
  const mine = await shop.send('GET', `/orders/${adasOrder.id}?expand=customer,lines.product`, {
    as: 'ada',
  })
  assert.equal(mine.json.customer.email, 'ada@example.com')
  assert.equal(mine.json.lines[0].product.name, 'Widget')
  const staffs = await shop.send('GET', `/orders/${adasOrder.id}?expand=customer`, { as: 'staff' })
  assert.equal(staffs.status, 200)
  assert.doesNotMatch(staffs.text, /example\.com/, 'staff may read the order, not its customer')
  const strangers = await shop.send('GET', '/products?expand=orderLines.order', { as: 'bob' })
  assert.doesNotMatch(strangers.text, new RegExp(adasOrder.id))
  const nobodys = await shop.send('GET', `/products/${product.id}?expand=orderLines`)
  assert.doesNotMatch(nobodys.text, new RegExp(line.id))
})
