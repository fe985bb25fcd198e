/** Mistyped names in query strings and batches: each answer says which name was meant. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startBackend } from '../../support/backend.ts'

const house = await startBackend()
const as = 'staff'

/** What was asked for, and the name that is proposed. */
const mistyped: Readonly<Record<string, string>> = {
  '/products?nmae=a': 'name',
  '/products?prices[gte]=1': 'price',
  '/products?limt=5': 'limit',
  '/products?withtotal=true': 'withTotal',
  '/products?price[gtee]=1': 'gte',
  '/products?sort=-prise': 'price',
  '/products?fields=nam': 'name',
  '/orders?expand=costumer': 'customer',
  '/orders?expand=lines.produkt': 'product',
  '/best-sellers?limits=5': 'limit',
  '/products/aggregate?select=summ(price)': 'sum(price)',
  '/products/aggregate?select=sum(prize)': 'price',
  '/products/aggregate?grop=name': 'group',
  '/products/aggregate?group=moth(createdAt)': 'month(createdAt)',
  '/products/aggregate?group=name&sort=nmae': 'name',
}

for (const [target, meant] of Object.entries(mistyped))
  test(`${target} means ${meant}`, async () => {
    const { status, json } = await house.send('GET', target, { as })
    const [fault] = json.errors
    assert.equal(status, 422)
    assert.ok(fault.detail.includes(`(did you mean "${meant}"?)`), fault.detail)
  })

test('a view of one row means its parameters', async () => {
  const { json } = await house.send('GET', `/products/${house.people['staff']}?expnd=a`, { as })
  assert.equal(json.errors[0].detail, 'There is no such parameter here (did you mean "expand"?).')
})

test('a hidden field is proposed to nobody', async () => {
  const { json } = await house.send('GET', '/users?emial=a', { as: 'ada' })
  assert.match(json.errors[0].detail, /no field emial/)
  assert.doesNotMatch(json.errors[0].detail, /email/)
})

test('operations of a batch and their members are proposed', async () => {
  const operations = [
    { operation: 'product.list' },
    { operation: 'chekout', input: { lines: [] } },
    { operation: 'products.list', qeury: { limit: 1 } },
  ]
  const { status, json } = await house.send('POST', '/batch', { as, body: { operations } })
  assert.equal(status, 400)
  const details: readonly string[] = json.errors.map(({ detail }: { detail: string }) => detail)
  assert.deepEqual(
    details.map(detail => /\(did you mean "(.*)"\?\)/.exec(detail)?.[1]),
    ['products.list', 'checkout', 'query'],
  )
  const one = { operations: [{ operation: 'products.list', query: { nmae: 'a' } }] }
  const alone = await house.send('POST', '/batch', { as, body: one })
  assert.match(alone.text, /did you mean \\"name\\"/)
})
