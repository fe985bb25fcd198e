/** What cannot be read is refused with the parameter at fault, all faults at once. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problem } from '../../../src/base/errors.ts'
import type { Caller } from '../../../src/base/caller.ts'
import { compileRead } from '../../../src/sql/read.ts'
import type { ExpandShape, ReadShape } from '../../../src/sql/plan.ts'
import { desk } from './desk.ts'
import { customer, shapeOf, shop, staff } from './shop.ts'

function faultsOf(shape: ReadShape, caller: Caller, model = shop): string[] {
  try {
    compileRead(model, shape, caller)
  } catch (error) {
    assert.ok(error instanceof Problem && error.code === 'validate.query')
    return error.errors.map(({ parameter, code, detail }) => `${parameter} ${code}: ${detail}`)
  }
  return []
}

const expand = (name: string, ...below: readonly ExpandShape[]): ExpandShape => ({
  name,
  fields: null,
  expand: below,
})

test('tells all faults at once', () => {
  const shape = shapeOf('orders', 'list', {
    fields: ['total', 'nothing'],
    expand: [expand('lines'), expand('nowhere')],
    filters: [
      { field: 'status', operator: 'contains' },
      { field: '__proto__', operator: 'eq' },
    ],
    sort: [{ field: 'constructor', descending: true }],
  })
  const all = 'id, version, createdAt, updatedAt, customer, status, total'
  assert.deepEqual(faultsOf(shape, staff), [
    `fields unknown-field: There is no field nothing; there are ${all}.`,
    'expand unknown-expand: nowhere cannot be expanded; there are customer, lines.',
    'status[contains] unknown-operator: status has no filter contains; it has eq, ne, in, isNull.',
    `__proto__ unknown-field: There is no field __proto__ to filter by; there are ${all}.`,
    `sort unknown-sort: constructor is nothing to sort by; there are ${all}.`,
  ])
})

test('a sort needs an index of its own for each caller', () => {
  const newest = shapeOf('orders', 'list', { sort: [{ field: 'createdAt', descending: true }] })
  assert.deepEqual(faultsOf(newest, customer), [])
  assert.deepEqual(faultsOf(newest, staff), [
    "sort unindexed-sort: No index gives this order; declare the index ['-createdAt'] of orders.",
  ])
  const held = { ...newest, filters: [{ field: 'customer', operator: 'eq' }] } as const
  assert.deepEqual(faultsOf(held, staff), [])
  const dearest = shapeOf('orders', 'list', { sort: [{ field: 'total', descending: false }] })
  assert.deepEqual(faultsOf(dearest, customer), [
    "sort unindexed-sort: No index gives this order; declare the index ['customer', 'total'] of orders.",
  ])
})

test('an index of all rows is none for whoever may read a few', () => {
  const bySubject = shapeOf('tickets', 'list', { sort: [{ field: 'subject', descending: false }] })
  assert.deepEqual(faultsOf(bySubject, staff, desk), [])
  assert.deepEqual(faultsOf(bySubject, customer, desk), [
    "sort unindexed-sort: No index gives this order; declare the index ['author', 'subject'] of tickets.",
  ])
})

test('a document is nothing to sort by and has one filter', () => {
  const sorted = shapeOf('products', 'list', { sort: [{ field: 'attributes', descending: false }] })
  assert.equal(faultsOf(sorted, staff).length, 1)
  const equal = shapeOf('products', 'list', { filters: [{ field: 'attributes', operator: 'eq' }] })
  assert.deepEqual(faultsOf(equal, staff), [
    'attributes unknown-operator: attributes has no filter eq; it has isNull.',
  ])
  const empty = shapeOf('products', 'list', {
    filters: [{ field: 'attributes', operator: 'isNull' }],
  })
  assert.deepEqual(faultsOf(empty, staff), [])
})

test('a field that the role may not read is not there', () => {
  const asks: readonly Partial<ReadShape>[] = [
    { fields: ['salary'] },
    { filters: [{ field: 'salary', operator: 'eq' }] },
    { sort: [{ field: 'salary', descending: false }] },
  ]
  for (const ask of asks) {
    const [fault = ''] = faultsOf(shapeOf('tickets', 'list', ask), customer, desk)
    assert.match(fault, /unknown|nothing to sort/)
    assert.doesNotMatch(fault.split(';')[1] ?? '', /salary/)
  }
})

test('a field that some rows hide may be asked for, but not filtered or sorted by', () => {
  assert.deepEqual(faultsOf(shapeOf('tickets', 'one', { fields: ['draft'] }), customer, desk), [])
  const filter = shapeOf('tickets', 'list', {
    filters: [{ field: 'draft', operator: 'startsWith' }],
  })
  assert.equal(faultsOf(filter, customer, desk).length, 1)
  const sort = shapeOf('tickets', 'list', { sort: [{ field: 'draft', descending: false }] })
  assert.equal(faultsOf(sort, customer, desk).length, 1)
})

test('one list shares a lane with others, a list in a list does not', () => {
  const isBounded = (form: ReadShape['form'], ...below: readonly ExpandShape[]) =>
    compileRead(shop, shapeOf('orders', form, { expand: below }), customer).bounded
  assert.equal(isBounded('list'), true)
  assert.equal(isBounded('list', expand('customer')), true)
  assert.equal(isBounded('one', expand('lines', expand('product'))), true)
  assert.equal(isBounded('list', expand('lines')), false)
})

test('expansion is bounded in depth and in lists of lists', () => {
  const deep = expand('ticket', expand('author', expand('written', expand('comments'))))
  assert.match(
    faultsOf(shapeOf('comments', 'one', { expand: [deep] }), staff, desk).join(),
    /too-deep/,
  )
  const lists = expand('comments', expand('likes'))
  assert.deepEqual(faultsOf(shapeOf('tickets', 'one', { expand: [lists] }), staff, desk), [])
  assert.match(
    faultsOf(shapeOf('tickets', 'list', { expand: [lists] }), staff, desk).join(),
    /too-many-lists/,
  )
  const twice = [expand('comments'), expand('comments')]
  assert.match(
    faultsOf(shapeOf('tickets', 'one', { expand: twice }), staff, desk).join(),
    /duplicate/,
  )
})
