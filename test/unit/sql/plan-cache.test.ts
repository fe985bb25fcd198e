/** One plan for all who may see the same, found again without compiling. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anonymous, system } from '../../../src/base/caller.ts'
import { createAccessKey, createPlanRead } from '../../../src/sql/plan-cache.ts'
import { customer, shapeOf, shop, staff } from './shop.ts'

function counting(plansMax?: number) {
  const compiled: string[] = []
  const planRead = createPlanRead(shop, { plansMax, onCompiled: key => compiled.push(key) })
  return { planRead, compiled }
}

test('compiles a shape once, whichever object says it', () => {
  const { planRead, compiled } = counting()
  const shape = shapeOf('orders', 'list')
  const plan = planRead(shape, customer)
  assert.equal(planRead(shape, customer), plan)
  assert.equal(planRead({ ...shape }, { ...customer, id: 'another' }), plan)
  assert.deepEqual(compiled, [plan.key])
})

test('callers with different rules have different plans', () => {
  const { planRead } = counting()
  const shape = shapeOf('orders', 'list')
  const plans = [customer, staff, anonymous, system].map(caller => planRead(shape, caller))
  assert.notEqual(plans[0]!.key, plans[1]!.key)
  assert.notEqual(plans[0]!.tag, plans[1]!.tag)
  assert.notEqual(plans[1], plans[2])
  assert.equal(plans[3], plans[1], 'staff and the system read the same rows by the same text')
})

test('callers whose rules come to the same share the plan, and so a batch', () => {
  const { planRead, compiled } = counting()
  const shape = shapeOf('products', 'one')
  const plan = planRead(shape, customer)
  for (const caller of [staff, anonymous, system]) assert.equal(planRead(shape, caller), plan)
  assert.deepEqual(compiled, [plan.key])
})

test('forgets the least used plans', () => {
  const { planRead, compiled } = counting(2)
  const shapes = ['name', 'price', 'stock'].map(
    field => () => shapeOf('products', 'one', { fields: [field] }),
  )
  const plans = [...shapes, shapes[2]!, shapes[0]!].map(shape => planRead(shape(), customer))
  assert.equal(plans[3], plans[2])
  assert.deepEqual(
    compiled,
    [0, 1, 2, 4].map(at => plans[at]!.key),
  )
})

test('only roles that some rule names tell callers apart', () => {
  const accessKey = createAccessKey(shop)
  assert.equal(accessKey({ ...customer, roles: ['guest', 'visitor'] }), accessKey(customer))
  assert.equal(
    accessKey({ ...customer, roles: ['staff', 'admin'] }),
    accessKey({ ...customer, roles: ['admin', 'guest', 'staff'] }),
  )
  assert.notEqual(accessKey(staff), accessKey(customer))
  assert.equal(accessKey({ ...anonymous, roles: ['staff'] }), 'anonymous')
})
