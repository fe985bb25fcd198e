/** The text form of values. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { columnsOf, decodeRow, encodeValue } from '../../../src/adapters/postgres/values.ts'

test('scalars become their text, null and undefined become null', () => {
  const values = ['text', '', 7, -0.5, 9007199254740993n, true, false, null, undefined]
  const texts = ['text', '', '7', '-0.5', '9007199254740993', 'true', 'false', null, null]
  assert.deepEqual(values.map(encodeValue), texts)
})

test('bytes go out as they are', () => {
  const bytes = new Uint8Array([9, 0, 255, 1]).subarray(1, 3)
  assert.deepEqual(encodeValue(bytes), Buffer.from([0, 255]))
})

test('in an array every text is quoted, and what could end a quote is escaped', () => {
  const elements = ['a', '', 'NULL', '"', '\\', 'a"b\\c"', '{1,2}', ' ', null, undefined]
  const literal = String.raw`{"a","","NULL","\"","\\","a\"b\\c\"","{1,2}"," ",NULL,NULL}`
  assert.equal(encodeValue(elements), literal)
})

test('arrays hold numbers, booleans, bytes and arrays', () => {
  assert.equal(
    encodeValue([1, 2n, true, new Uint8Array([1, 171])]),
    String.raw`{1,2,true,"\\x01ab"}`,
  )
  assert.equal(encodeValue([['a'], [null]]), '{{"a"},{NULL}}')
  assert.equal(encodeValue([]), '{}')
})

test('what has no text form is refused by name, before anything is sent', () => {
  assert.throws(() => encodeValue(new Date(0)), /cannot take a value of type Date/)
  assert.throws(() => encodeValue([{ a: 1 }]), /cannot take a value of type Object/)
  assert.throws(() => encodeValue(Symbol('s')), /cannot take a value of type symbol/)
})

test('of a row, int4 becomes a number and bool a boolean; all else stays text', () => {
  const columns = columnsOf([23, 16, 20, 1700, 25, 23, 16])
  const row: unknown[] = ['-7', 't', '9007199254740993', '1.50', 't', null, null]
  decodeRow(row, columns)
  assert.deepEqual(row, [-7, true, '9007199254740993', '1.50', 't', null, null])
  const other: unknown[] = ['0', 'f', '1', '1', 'f', '5', 'f']
  decodeRow(other, columns)
  assert.deepEqual(other, [0, false, '1', '1', 'f', 5, false])
})
