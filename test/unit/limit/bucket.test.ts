/** Buckets: exact at every millisecond, whatever comes in between. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { createBuckets } from '../../../src/engine/limit/bucket.ts'

/** A clock of whole milliseconds as a real one shows them: with a part that does not count. */
function bucketsAt() {
  const time = { ms: 0 }
  let shown = 0
  const clock = { now: () => time.ms, monotonic: () => time.ms + (9 - (shown++ % 10)) / 10 }
  return { time, buckets: createBuckets({ clock }) }
}

test('allows what exact arithmetic allows, never one more or less', () => {
  const takes = fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 1, maxLength: 200 })
  const quotas = fc.integer({ min: 1, max: 50 })
  const windows = fc.integer({ min: 1, max: 20 })
  fc.assert(
    fc.property(takes, quotas, windows, (pauses, quota, windowSeconds) => {
      const { time, buckets } = bucketsAt()
      const policy = { name: 'p', quota, windowSeconds }
      // The rival counts in rationals: requests * windowMs as bigint, from the sum of all pauses.
      const windowMs = BigInt(windowSeconds) * 1000n
      let level = BigInt(quota) * windowMs
      for (const pause of pauses) {
        time.ms += pause
        level += BigInt(pause) * BigInt(quota)
        if (level > BigInt(quota) * windowMs) level = BigInt(quota) * windowMs
        const expected = level >= windowMs
        if (expected) level -= windowMs
        const decision = buckets.take('k', policy)
        assert.equal(decision.allowed, expected)
        assert.equal(decision.remaining, Number(level / windowMs))
      }
    }),
  )
})

test('holds in any window of any length: quota and what that time refills', () => {
  const pauses = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 2, maxLength: 120 })
  fc.assert(
    fc.property(pauses, list => {
      const { time, buckets } = bucketsAt()
      const policy = { name: 'p', quota: 7, windowSeconds: 3 }
      const allowedAt: number[] = []
      for (const pause of list) {
        time.ms += pause
        if (buckets.take('k', policy).allowed) allowedAt.push(time.ms)
      }
      for (let from = 0; from < allowedAt.length; from++) {
        for (let to = from; to < allowedAt.length; to++) {
          const elapsedMs = allowedAt[to]! - allowedAt[from]!
          assert.ok(to - from + 1 <= 7 + (elapsedMs * 7) / 3_000)
        }
      }
    }),
  )
})

test('a refused caller is allowed exactly after Retry-After and told when all is back', () => {
  const { time, buckets } = bucketsAt()
  const policy = { name: 'p', quota: 3, windowSeconds: 60 }
  for (let count = 0; count < 3; count++) assert.ok(buckets.take('k', policy).allowed)
  const refused = buckets.take('k', policy)
  assert.deepEqual(refused, {
    policy,
    allowed: false,
    remaining: 0,
    resetSeconds: 60,
    retryAfterSeconds: 20,
  })
  time.ms += 19_999
  assert.equal(buckets.take('k', policy).allowed, false)
  time.ms += 1
  assert.equal(buckets.take('k', policy).allowed, true)
})

test('keys and policies do not touch each other', () => {
  const { buckets } = bucketsAt()
  const one = { name: 'one', quota: 1, windowSeconds: 60 }
  const two = { name: 'two', quota: 1, windowSeconds: 60 }
  assert.ok(buckets.take('a', one).allowed)
  assert.ok(buckets.take('b', one).allowed)
  assert.ok(buckets.take('a', two).allowed)
  assert.equal(buckets.take('a', one).allowed, false)
})

test('remembers no more keys than it may', () => {
  const clock = { now: () => 0, monotonic: () => 0 }
  const buckets = createBuckets({ clock, bucketsMax: 2 })
  const policy = { name: 'p', quota: 1, windowSeconds: 60 }
  for (const key of ['a', 'b', 'c']) buckets.take(key, policy)
  assert.equal(buckets.take('b', policy).allowed, false)
  assert.equal(buckets.take('a', policy).allowed, true)
})
