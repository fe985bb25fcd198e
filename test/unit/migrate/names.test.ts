/** Names of constraints stay apart however long they are. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { quoteName, quoteText } from '../../../src/base/quote.ts'
import { constraintName, isOwnConstraint, successorName } from '../../../src/migrate/names.ts'

test('a long name keeps its purpose and ends apart from its neighbour', () => {
  const [table, column] = ['t'.repeat(50), 'c'.repeat(40)]
  const first = constraintName(table, `${column}1`, 'length')
  const second = constraintName(table, `${column}2`, 'length')
  assert.equal(first.length, 63)
  assert.notEqual(first, second)
  assert.ok(isOwnConstraint(first, table))
  const successor = successorName(first)
  assert.equal(successor.length, 63)
  assert.notEqual(successor, successorName(second))
  assert.ok(isOwnConstraint(successor, table))
})

test('only our own constraints are known as ours', () => {
  assert.ok(isOwnConstraint(constraintName('orders', 'total', 'range'), 'orders'))
  assert.ok(!isOwnConstraint('orders_total_check', 'orders'))
  assert.ok(!isOwnConstraint('users_total_range', 'orders'))
})

test('quotes are doubled', () => {
  assert.equal(quoteName('a"b'), '"a""b"')
  assert.equal(quoteText("it's"), "'it''s'")
})
