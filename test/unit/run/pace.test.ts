/** How soon a dead worker is followed by another. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { limits } from '../../../src/base/limits.ts'
import { Pace } from '../../../src/run/pace.ts'

test('workers that die early follow each other later and later, up to a bound', () => {
  const pace = new Pace()
  const delays = Array.from({ length: 10 }, () => pace.next(100))
  assert.deepEqual(delays.slice(0, 3), [250, 500, 1_000])
  assert.equal(delays.at(-1), limits.workerRestartDelayMsMax)
})

test('one that lived well is followed at once, and the count begins again', () => {
  const pace = new Pace()
  pace.next(100)
  pace.next(100)
  assert.equal(pace.next(limits.workerSteadyMs), 0)
  assert.equal(pace.next(100), limits.workerRestartDelayMsMin)
})
