/** Medians, and whether two samples are told apart by their ranks. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { medianOf, separation } from '../../../src/prove/samples.ts'

test('the median is the middle, or between the two', () => {
  assert.equal(medianOf([9, 1, 5]), 5)
  assert.equal(medianOf([4, 1, 3, 2]), 2.5)
})

test('samples that mix lie together, others apart by sign', () => {
  const low = Array.from({ length: 20 }, (_, at) => at)
  const high = low.map(each => each + 100)
  assert.equal(separation(low, low), 0)
  // Mann and Whitney: (400 - 200) / sqrt(400 * 41 / 12)
  assert.equal(separation(high, low).toFixed(2), '5.41')
  assert.equal(separation(low, high).toFixed(2), '-5.41')
})
