/** The shop's checkout when many buy at once, and when they ask for what is not there. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertProblem, type Json, startBackend } from '../../support/backend.ts'

const shop = await startBackend()

async function stocked(stock: number, name = 'Widget'): Promise<string> {
  const body = { name, price: '2.50', stock }
  return (await shop.send('POST', '/products', { as: 'staff', body })).json.id
}

const buy = (as: string, ...lines: readonly (readonly [product: string, quantity: number])[]) =>
  shop.send('POST', '/checkout', {
    as,
    body: { lines: lines.map(([product, quantity]) => ({ product, quantity })) },
  })

async function stockOf(product: string): Promise<number> {
  return (await shop.send('GET', `/products/${product}`)).json.stock
}

test('of a hundred buyers of the last ten pieces exactly ten get one', async () => {
  const product = await stocked(10)
  await shop.newEvents()
  const replies = await Promise.all(
    Array.from({ length: 100 }, (_, at) => buy(at % 2 === 0 ? 'ada' : 'bob', [product, 1])),
  )
  const sold = replies.filter(({ status }) => status === 200)
  assert.equal(sold.length, 10)
  for (const reply of replies.filter(({ status }) => status !== 200)) {
    assertProblem(reply, 409, 'checkout.out-of-stock')
    assert.deepEqual(reply.json.data, { product: 'Widget', left: 0 })
  }
  assert.equal(await stockOf(product), 0)
  assert.equal((await shop.newEvents()).length, 30)
})

test('buyers of the same things in another order never wait for each other in a circle', async () => {
  const [one, two] = [await stocked(100), await stocked(100)]
  const start = shop.observations.length
  const replies = await Promise.all(
    Array.from({ length: 40 }, (_, at) =>
      at % 2 === 0 ? buy('ada', [one, 1], [two, 1]) : buy('bob', [two, 1], [one, 1]),
    ),
  )
  assert.deepEqual([...new Set(replies.map(({ status }) => status))], [200])
  assert.deepEqual([await stockOf(one), await stockOf(two)], [60, 60])
  const attempts = shop.observations
    .slice(start)
    .flatMap(seen => (seen.kind === 'transaction' ? [seen.attempts] : []))
  assert.deepEqual([...new Set(attempts)], [1], 'no deadlock')
})

test('one thing on two lines is taken twice', async () => {
  const product = await stocked(3)
  const short = await buy('ada', [product, 2], [product, 2])
  assertProblem(short, 409, 'checkout.out-of-stock')
  assert.deepEqual(short.json.data, { product: 'Widget', left: 1 })
  const both = await buy('ada', [product, 2], [product, 1])
  assert.deepEqual([both.status, both.json.total, await stockOf(product)], [200, '7.50', 0])
})

test('a product that does not exist is named by its place, and nothing is sold', async () => {
  const product = await stocked(3)
  const before = await shop.counts()
  const reply = await buy('ada', [product, 1], [shop.people['ada']!, 1])
  assertProblem(reply, 422, 'validate.invalid')
  assert.equal(reply.json.errors[0].pointer, '/lines/1/product')
  assert.deepEqual(await shop.counts(), before)
  assert.equal(await stockOf(product), 3)
})

const wrong: readonly (readonly [body: Json, pointer: string, code: string])[] = [
  [{}, '/lines', 'required'],
  [{ lines: [] }, '/lines', 'too-short'],
  [{ lines: {} }, '/lines', 'type'],
  [{ lines: [1] }, '/lines/0', 'type'],
  [{ lines: [{ quantity: 1 }] }, '/lines/0/product', 'required'],
  [{ lines: [{ product: 'x', quantity: 1 }] }, '/lines/0/product', 'format'],
  [{ lines: [{ product: null, quantity: 1 }] }, '/lines/0/product', 'null'],
  [{ lines: [{ product: shop.people['ada'], quantity: 0 }] }, '/lines/0/quantity', 'too-small'],
  [{ lines: [{ product: shop.people['ada'], quantity: 1.5 }] }, '/lines/0/quantity', 'type'],
  [
    { lines: [{ product: shop.people['ada'], quantity: 1, price: 0 }] },
    '/lines/0/price',
    'unknown',
  ],
  [{ lines: Array.from({ length: 101 }, () => 1) }, '/lines', 'too-long'],
  [[], '', 'type'],
  [null, '', 'type'],
]

for (const [body, pointer, code] of wrong) {
  test(`${JSON.stringify(body).slice(0, 60)} is refused at ${pointer}`, async () => {
    const before = await shop.counts()
    const reply = await shop.send('POST', '/checkout', { as: 'ada', body })
    assertProblem(reply, 422, 'validate.invalid')
    const [fault] = reply.json.errors
    assert.deepEqual([fault.pointer, fault.code], [pointer, code])
    assert.deepEqual(await shop.counts(), before)
  })
}
