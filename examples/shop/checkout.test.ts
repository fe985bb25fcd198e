/** The checkout of the shop: what is bought leaves the shelf, once, and the log tells of it. */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { decimal } from 'mettle'
import { newKey, testBackend } from 'mettle/testing'
import backend from './backend.ts'

const shop = await testBackend(backend)
after(() => shop.stop())

const ada = await shop.as('ada', { fields: { name: 'Ada' } })
const bob = await shop.as('bob', { fields: { name: 'Bob' } })
const staff = await shop.as('sam', { roles: ['staff'], fields: { name: 'Sam' } })

const product = (name: string, stock: number) =>
  staff.products.create({ name, price: '12.50', stock })

test('an order takes its lines from the shelf and sums up their prices', async () => {
  const [mug, tray] = [await product('Mug', 5), await product('Tray', 5)]
  const lines = [
    { product: mug.id, quantity: 2 },
    { product: tray.id, quantity: 1 },
  ]
  const order = await ada.commands.checkout({ lines })
  assert.deepEqual([order.status, order.total], ['pending', '37.50'])
  const seen = await ada.orders.get(order.id, {
    fields: ['id'],
    expand: { lines: { fields: ['quantity'], expand: { product: { fields: ['stock'] } } } },
  })
  assert.deepEqual(seen.lines, [
    { quantity: 2, product: { stock: 3 } },
    { quantity: 1, product: { stock: 4 } },
  ])
})

test('each change is told by an event, in order, with who made it', async () => {
  const lamp = await product('Lamp', 1)
  const { id } = await ada.auth.me()
  const before = (await shop.log.events()).at(-1)!.position
  const order = await ada.commands.checkout({ lines: [{ product: lamp.id, quantity: 1 }] })
  const created = await shop.log.until('orders.created', { after: before })
  assert.deepEqual([created.key, created.actor, created.data?.['total']], [order.id, id, '12.50'])
  const types = (await shop.log.events(before)).map(({ type }) => type)
  assert.deepEqual(types, ['products.updated', 'orders.created', 'order-lines.created'])
})

test('what is not there cannot be bought, and nothing of the order stays', async () => {
  const [vase, bowl] = [await product('Vase', 10), await product('Bowl', 1)]
  const lines = [
    { product: vase.id, quantity: 1 },
    { product: bowl.id, quantity: 2 },
  ]
  const outcome = await bob.commands.checkout({ lines }).outcome()
  assert.ok(!outcome.ok && outcome.problem.code === 'checkout.out-of-stock')
  assert.deepEqual(outcome.problem.data, { product: 'Bowl', left: 1 })
  assert.equal((await bob.products.get(vase.id)).stock, 10)
  assert.deepEqual((await bob.orders.list()).data, [])
})

test('the last one goes to one of two who want it at once', async () => {
  const clock = await product('Clock', 1)
  const buy = (caller: typeof ada) =>
    caller.commands.checkout({ lines: [{ product: clock.id, quantity: 1 }] }).outcome()
  const outcomes = await Promise.all([buy(ada), buy(bob)])
  assert.equal(outcomes.filter(({ ok }) => ok).length, 1)
})

test('the same order sent twice is one order', async () => {
  const chair = await product('Chair', 4)
  const lines = [{ product: chair.id, quantity: 1 }]
  const key = newKey()
  const first = await ada.commands.checkout({ lines }, { key })
  const again = await ada.commands.checkout({ lines }, { key })
  assert.equal(again.id, first.id)
  assert.equal((await ada.products.get(chair.id)).stock, 3)
})

test('an order that has left stays as it is', async () => {
  const { id } = await bob.auth.me()
  const order = await shop.arrange(db =>
    db.orders.create({ customer: id, status: 'shipped', total: decimal('9.00') }),
  )
  const change = staff.orders.update(order.id, { status: 'pending' })
  await assert.rejects(change, { code: 'shipped-stays.shipped', status: 409 })
})
