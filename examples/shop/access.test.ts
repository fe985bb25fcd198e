/** Who sees and does what in the shop, and for how long. */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { password, testBackend } from 'mettle/testing'
import backend from './backend.ts'

const shop = await testBackend(backend)
after(() => shop.stop())

const { anonymous } = shop.as
const ada = await shop.as('ada', { fields: { name: 'Ada' } })
const bob = await shop.as('bob', { fields: { name: 'Bob' } })
const staff = await shop.as('sam', { roles: ['staff'], fields: { name: 'Sam' } })
const admin = await shop.as('amy', { roles: ['admin'], fields: { name: 'Amy' } })

test('everybody sees products, staff makes and changes them, administrators delete them', async () => {
  const mug = await staff.products.create({ name: 'Mug', price: '4.00' })
  assert.equal((await anonymous.products.get(mug.id)).name, 'Mug')
  await assert.rejects(ada.products.update(mug, { price: '1.00' }), { code: 'authorise.denied' })
  await assert.rejects(anonymous.products.create({ name: 'Cup', price: '1.00' }), { status: 401 })
  await assert.rejects(staff.products.delete(mug), { code: 'authorise.denied' })
  await admin.products.delete(mug)
})

test('an order is seen by its customer and by staff; to others it is not there', async () => {
  const { id } = await ada.auth.me()
  const order = await shop.arrange(db => db.orders.create({ customer: id, total: '5.00' }))
  assert.equal((await ada.orders.get(order.id)).total, '5.00')
  assert.equal((await staff.orders.list({ customer: id })).data.length, 1)
  await assert.rejects(bob.orders.get(order.id), { code: 'run.not-found' })
})

test('best sellers are for staff', async () => {
  assert.ok(Array.isArray(await staff.queries.bestSellers({ limit: 3 })))
  await assert.rejects(bob.queries.bestSellers(), { code: 'authorise.denied' })
})

test('users see themselves, and nobody gives himself a role', async () => {
  const { id } = await ada.auth.me()
  assert.equal((await ada.users.get(id)).email, 'ada@example.com')
  await assert.rejects(bob.users.get(id), { code: 'run.not-found' })
  const forged: object = { roles: ['admin'] }
  await assert.rejects(ada.users.update(id, forged), { code: 'validate.invalid' })
})

test('a phone stays signed in while it is used, and not when it lay about for a week', async () => {
  const phone = shop.client()
  await phone.auth.signIn({ email: 'bob@example.com', password })
  await shop.clock.advance({ days: 6 })
  assert.equal((await phone.auth.me()).email, 'bob@example.com')
  await shop.clock.advance({ days: 8 })
  await assert.rejects(phone.auth.me(), { code: 'identify.invalid-token' })
  assert.equal((await bob.auth.me()).email, 'bob@example.com')
})

test('rows take the time at which they are made', async () => {
  await shop.clock.travelTo(new Date(shop.clock.now().getTime() + 3_600_000))
  const mug = await staff.products.create({ name: 'Mug of tomorrow', price: '4.00' })
  const lateMs = shop.clock.now().getTime() - Date.parse(mug.createdAt)
  assert.ok(lateMs >= -1_000 && lateMs < 60_000, mug.createdAt)
  const event = await shop.log.until(({ key }) => key === mug.id)
  assert.equal(event.at, mug.createdAt)
})
