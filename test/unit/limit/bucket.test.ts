/** Buckets: exact at every millisecond, whatever comes in between. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { createBuckets } from '../../../src/engine/limit/bucket.ts'
import { remaining, resetSeconds, retryAfterSeconds } from '../../../src/engine/limit/policy.ts'
import { policy as policyOf } from './policies.ts'

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
      const policy = policyOf('p', quota, windowSeconds)
      // The rival counts in rationals: requests * windowMs as bigint, from the sum of all pauses.
      const windowMs = BigInt(windowSeconds) * 1000n
      let level = BigInt(quota) * windowMs
      for (const pause of pauses) {
        time.ms += pause
        level += BigInt(pause) * BigInt(quota)
        if (level > BigInt(quota) * windowMs) level = BigInt(quota) * windowMs
        const expected = level >= windowMs
        if (expected) level -= windowMs
        const { allowed, levels } = buckets.take([policy], ['k'])
        assert.equal(allowed, expected)
        assert.deepEqual(levels, [Number(level)])
      }
    }),
  )
})

test('holds in any window of any length: quota and what that time refills', () => {
  const pauses = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 2, maxLength: 120 })
  fc.assert(
    fc.property(pauses, list => {
      const { time, buckets } = bucketsAt()
      const policy = policyOf('p', 7, 3)
      const allowedAt: number[] = []
      for (const pause of list) {
        time.ms += pause
        if (buckets.take([policy], ['k']).allowed) allowedAt.push(time.ms)
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
  const policy = policyOf('p', 3)
  for (let count = 0; count < 3; count++) assert.ok(buckets.take([policy], ['k']).allowed)
  const { allowed, levels } = buckets.take([policy], ['k'])
  assert.equal(allowed, false)
  const level = levels[0]!
  assert.equal(remaining(policy, level), 0)
  assert.equal(resetSeconds(policy, level), 60)
  assert.equal(retryAfterSeconds(policy, level), 20)
  time.ms += 19_999
  assert.equal(buckets.take([policy], ['k']).allowed, false)
  time.ms += 1
  assert.equal(buckets.take([policy], ['k']).allowed, true)
})

test('a request takes from all of its buckets or from none', () => {
  const { buckets } = bucketsAt()
  const policies = [policyOf('burst', 2), policyOf('daily', 3)]
  const take = (burst: string) => buckets.take(policies, [burst, 'daily']).allowed
  assert.deepEqual([take('a'), take('a'), take('a')], [true, true, false])
  // what was refused by the burst has cost nothing of the day
  assert.deepEqual([take('b'), take('b')], [true, false])
  assert.equal(buckets.take([policies[0]!], ['b']).allowed, true)
})

test('a batch is decided as its requests would be, one after the other', () => {
  const quotas = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 })
  const groups = fc.array(
    fc.record({
      buckets: fc.uniqueArray(fc.nat(3), { minLength: 1, maxLength: 4 }),
      requests: fc.integer({ min: 1, max: 12 }),
    }),
    { maxLength: 6 },
  )
  fc.assert(
    fc.property(quotas, groups, (list, wanted) => {
      const forms = list.map((quota, at) => ({ key: `k${at}`, quota, windowSeconds: 60 }))
      const policies = list.map((quota, at) => policyOf(`p${at}`, quota))
      const known = wanted.map(({ buckets, requests }) => {
        const own = buckets.filter(place => place < list.length)
        return { buckets: own.length === 0 ? [0] : own, requests }
      })
      const together = bucketsAt().buckets.takeBatch({ buckets: forms, groups: known })
      const { buckets: single } = bucketsAt()
      for (const [at, { buckets: places, requests }] of known.entries()) {
        let allowed = 0
        let levels: readonly number[] = []
        for (let count = 0; count < requests; count++) {
          const keys = places.map(place => `k${place}`)
          const taken = single.take(
            places.map(place => policies[place]!),
            keys,
          )
          levels = taken.levels
          if (taken.allowed) allowed += 1
        }
        assert.deepEqual(together[at], { allowed, levels })
      }
    }),
  )
})

test('subjects and policies do not touch each other', () => {
  const { buckets } = bucketsAt()
  const one = policyOf('one', 1)
  const two = policyOf('two', 1)
  assert.ok(buckets.take([one], ['a']).allowed)
  assert.ok(buckets.take([one], ['b']).allowed)
  assert.ok(buckets.take([two], ['a']).allowed)
  assert.equal(buckets.take([one], ['a']).allowed, false)
})

test('remembers no more subjects than it may', () => {
  const clock = { now: () => 0, monotonic: () => 0 }
  const buckets = createBuckets({ clock, bucketsMax: 2 })
  const policy = policyOf('p', 1)
  for (const key of ['a', 'b', 'c']) buckets.take([policy], [key])
  assert.equal(buckets.take([policy], ['b']).allowed, false)
  assert.equal(buckets.take([policy], ['a']).allowed, true)
})
