/** What PostgreSQL refuses reaches the caller as a problem that tells what to do. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Problem } from '../../../src/base/errors.ts'
import { createExplain } from '../../../src/engine/data/refusals.ts'
import { DatabaseError } from '../../../src/ports/database.ts'
import { warehouse } from '../../contract/data/warehouse.ts'
import { refused } from './scripted-database.ts'

const explain = createExplain(warehouse)

function explained(error: DatabaseError, way: 'read' | 'write' = 'write'): Problem {
  const found = explain[way](error)
  assert.ok(found instanceof Problem)
  assert.equal(found.cause, error)
  return found
}

const codes = {
  '22001': 'validate.invalid',
  '22003': 'validate.invalid',
  '22021': 'validate.invalid',
  '22P02': 'validate.invalid',
  '22P05': 'validate.invalid',
  '23502': 'validate.invalid',
  '23503': 'validate.invalid',
  '23505': 'run.conflict',
  '23514': 'validate.invalid',
  '25006': 'run.unavailable',
  '25P03': 'run.timeout',
  '25P04': 'run.timeout',
  '40001': 'run.retry-exhausted',
  '40P01': 'run.retry-exhausted',
  '53100': 'run.unavailable',
  '53300': 'run.unavailable',
  '55P03': 'run.busy',
  '57014': 'run.timeout',
  '57P03': 'run.unavailable',
} as const

test('each state has its code, and says when to come back where others were in the way', () => {
  const faultsOfInput = new Set(['validate.invalid', 'run.conflict'])
  for (const [sqlState, code] of Object.entries(codes)) {
    const found = explained(refused(sqlState, { constraint: 'some' }))
    assert.equal(found.code, code, sqlState)
    assert.equal(found.retryAfterSeconds, faultsOfInput.has(code) ? undefined : 1, sqlState)
    assert.doesNotMatch(JSON.stringify([found.detail, found.errors]), new RegExp(sqlState))
  }
})

test('a fault of our own statement stays an error of ours', () => {
  for (const sqlState of ['42601', '42P01', '42501', 'XX000', '0A000']) {
    const error = refused(sqlState)
    assert.equal(explain.write(error), error)
  }
  const withoutPartition = refused('23514', { table: 'events' })
  assert.equal(explain.write(withoutPartition), withoutPartition)
  const other = new TypeError('not of the database')
  assert.equal(explain.read(other), other)
})

function pointers(error: DatabaseError): (string | undefined)[] {
  return explained(error).errors.map(fault => fault.pointer)
}

test('a constraint is told as the fields that it binds', () => {
  const named = (sqlState: string, constraint: string) =>
    pointers(refused(sqlState, { constraint }))
  const unique = warehouse.resources.get('items')?.indexes.find(index => index.origin === 'unique')
  assert.deepEqual(named('23505', unique!.name), ['/code'])
  assert.deepEqual(named('23514', 'items_stock_range'), ['/stock'])
  assert.deepEqual(named('23514', 'items_stock_range__next'), ['/stock'])
  assert.deepEqual(named('23503', 'items_category_id_reference'), ['/category'])
  assert.deepEqual(named('23514', 'added_by_somebody_else'), [])
  const missing = new DatabaseError('refused', 'null', {
    sqlState: '23502',
    table: 'items',
    column: 'holder_id',
  })
  assert.deepEqual(pointers(missing), ['/holder'])
})

test('a lost connection leaves a write unknown and a read simply unread', () => {
  const lost = new DatabaseError('unknown', 'the connection was lost')
  assert.equal(explained(lost, 'write').code, 'run.outcome-unknown')
  assert.equal(explained(lost, 'read').code, 'run.unavailable')
  assert.equal(explained(new DatabaseError('unavailable', 'no connection')).code, 'run.unavailable')
  assert.equal(explained(new DatabaseError('full', 'the queue is full')).code, 'admit.overloaded')
})
