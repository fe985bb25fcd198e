/** Decimals: exact, and refused where operators would make them inexact. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { decimal } from '../../../src/base/decimal.ts'

test('sums, differences and products are exact', () => {
  assert.equal(decimal('0.1').plus('0.2').toString(), '0.3')
  assert.equal(decimal('19.99').times(3).toString(), '59.97')
  assert.equal(decimal('1').minus('0.01').toString(), '0.99')
  assert.equal(decimal('-0.5').times('-0.5').toString(), '0.25')
})

test('they agree with whole numbers of any size', () => {
  const unit = fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n })
  fc.assert(
    fc.property(unit, unit, (left, right) => {
      assert.equal(decimal(left).plus(right).toString(), String(left + right))
      assert.equal(decimal(left).times(right).toString(), String(left * right))
      assert.equal(decimal(left).compare(right), left < right ? -1 : left > right ? 1 : 0)
    }),
  )
})

test('rounding goes half away from zero, as numeric does', () => {
  const rounded = (text: string) => decimal(text).toScale(2).toString()
  assert.deepEqual(['1.005', '-1.005', '1.004', '2', '-0.001'].map(rounded), [
    '1.01',
    '-1.01',
    '1.00',
    '2.00',
    '0.00',
  ])
})

test('comparing ignores trailing zeros', () => {
  assert.ok(decimal('1.50').equals('1.5'))
  assert.equal(decimal('1.5').compare('1.49'), 1)
})

test('operators, and what is not a plain decimal, are refused', () => {
  assert.throws(() => Number(decimal('1')), /use compare, plus, minus, times/)
  for (const text of ['', '1e3', '.5', '1.', 'NaN', '0x1', ' 1']) {
    assert.throws(() => decimal(text), RangeError)
  }
  assert.throws(() => decimal(0.1), /write it as a string/)
})
