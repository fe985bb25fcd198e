/** Shapes of requests: what is part of a plan's key, and what no crafted name can make of it. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { access, backend, field, query, sql } from 'mettle'
import { anonymous } from '../../../src/base/caller.ts'
import { buildModel } from '../../../src/model/build.ts'
import { wholeView } from '../../../src/engine/operation.ts'
import { shapeOfList, shapeOfOne } from '../../../src/engine/pipeline/read-shapes.ts'
import type { FilterShape, SortShape } from '../../../src/sql/plan.ts'
import { createPlanRead } from '../../../src/sql/plan-cache.ts'
import { createPlanQuery } from '../../../src/sql/query.ts'
import { shop } from '../sql/shop.ts'

const list = (filters: readonly FilterShape[], sort: readonly SortShape[] = []) =>
  shapeOfList('products', wholeView, filters, sort, false)

test('values of filters are no part of a shape: one plan for all of them', () => {
  let compiled = 0
  const planRead = createPlanRead(shop, { onCompiled: () => (compiled += 1) })
  const plans = ['1', '2', "'; drop table products; --"].map(value => {
    const filter = { field: 'price', operator: 'eq', value } as const
    assert.deepEqual(list([filter]).filters, [{ field: 'price', operator: 'eq' }])
    return planRead(list([filter]), anonymous)
  })
  assert.equal(new Set(plans).size, 1)
  assert.equal(compiled, 1)
})

/** Names that would read like a shape that is known, if shapes were told apart by joined words. */
const crafted: readonly (() => ReturnType<typeof list>)[] = [
  () => list([{ field: 'name:eq,price', operator: 'eq' }]),
  () => list([{ field: 'name"},{"field":"price', operator: 'eq' }]),
  () => list([{ field: 'name","operator":"eq"},{"field":"price', operator: 'eq' }]),
  () => list([], [{ field: 'name,price', descending: false }]),
  () => list([], [{ field: 'name","descending":false},{"field":"price', descending: false }]),
  () => shapeOfOne('products', { fields: ['name,price'], expand: [] }),
  () => shapeOfOne('products', { fields: ['name","price'], expand: [] }),
  () =>
    shapeOfOne('products', { fields: null, expand: [{ name: 'a","b', fields: null, expand: [] }] }),
]

test('a crafted name is refused even where the plan that it imitates is known', () => {
  const planRead = createPlanRead(shop)
  const two = [
    { field: 'name', operator: 'eq' },
    { field: 'price', operator: 'eq' },
  ] as const
  planRead(list(two), anonymous)
  planRead(shapeOfOne('products', { fields: ['name', 'price'], expand: [] }), anonymous)
  planRead(
    list([{ field: 'name', operator: 'eq' }], [{ field: 'price', descending: false }]),
    anonymous,
  )
  for (const make of crafted) {
    assert.throws(() => planRead(make(), anonymous), { code: 'validate.query' })
    assert.throws(() => planRead(make(), anonymous), { code: 'validate.query' }, 'nor kept')
  }
})

test('the same view gives the same shape, so that its plan is found by identity', () => {
  assert.equal(shapeOfOne('products', wholeView), shapeOfOne('products', wholeView))
  assert.notEqual(shapeOfOne('products', wholeView), shapeOfOne('orders', wholeView))
})

test('queries of one name and one text are told apart by what they answer', () => {
  const planQuery = createPlanQuery()
  const source = sql`select 1 as answer`
  const [one, other] = [field.integer(), field.text()].map(answer => {
    const ask = query('ask', { output: { answer }, access: access.anyone, sql: () => source })
    const model = buildModel(backend('test', { parts: { ask } }))
    return planQuery(model.queries.get('ask')!, source).plan
  })
  assert.notEqual(one!.text, other!.text)
})
