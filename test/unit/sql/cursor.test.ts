/** A cursor opens for the list that it was made for, and for no other. */

import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { Problem } from '../../../src/base/errors.ts'
import { openCursor, signCursor, type CursorBinding } from '../../../src/sql/cursor.ts'

const key = createSecretKey(Buffer.alloc(32, 7))
const binding: CursorBinding = {
  resource: 'products',
  filters: [{ field: 'price', operator: 'gte' }],
  filterValues: ['10.00'],
  order: ['-name', '-id'],
}
const values = ['Ünïcödé "quoted"', null] as const
const cursor = signCursor(key, binding, JSON.stringify(values))

const refused = (work: () => unknown) =>
  assert.throws(
    work,
    (error: unknown) => error instanceof Problem && error.code === 'validate.cursor',
  )

test('gives back what was signed', () => {
  assert.deepEqual(openCursor(key, binding, cursor), values)
  assert.match(cursor, /^[\w-]+$/)
})

test('is bound to resource, filters, their values, order and key', () => {
  refused(() => openCursor(createSecretKey(Buffer.alloc(32, 8)), binding, cursor))
  refused(() => openCursor(key, { ...binding, resource: 'orders' }, cursor))
  refused(() => openCursor(key, { ...binding, filterValues: ['11.00'] }, cursor))
  refused(() =>
    openCursor(key, { ...binding, filters: [{ field: 'price', operator: 'gt' }] }, cursor),
  )
  refused(() => openCursor(key, { ...binding, filters: [], filterValues: [] }, cursor))
  refused(() => openCursor(key, { ...binding, order: ['name', 'id'] }, cursor))
})

test('refuses whatever was not given out', () => {
  for (const text of [
    '',
    'a',
    cursor.slice(1),
    `${cursor}A`,
    `${cursor}=`,
    `${cursor} `,
    cursor.slice(0, 22),
  ]) {
    refused(() => openCursor(key, binding, text))
  }
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text =>
      refused(() => openCursor(key, binding, text)),
    ),
  )
})

test('refuses any change of one character', () => {
  for (let at = 0; at < cursor.length; at++) {
    const other = cursor[at] === 'A' ? 'B' : 'A'
    refused(() => openCursor(key, binding, cursor.slice(0, at) + other + cursor.slice(at + 1)))
  }
})
