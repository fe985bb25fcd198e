/** The limiter: what it tells the caller, in the grammar that others parse. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Observation } from '../../../src/base/observe.ts'
import { createBuckets } from '../../../src/engine/limit/bucket.ts'
import {
  createLimiter,
  limitExceeded,
  rateLimitHeaders,
} from '../../../src/engine/limit/limiter.ts'

const clock = { now: () => 0, monotonic: () => 0 }

function limiterOf(quota: number, observe: (seen: Observation) => void = () => {}) {
  const policies = { default: { quota, windowSeconds: 60 } }
  return createLimiter({ store: createBuckets({ clock }), policies, observe })
}

test('answers at once where the buckets are in this process', () => {
  const decision = limiterOf(2).take('k', 'default')
  assert.ok(!(decision instanceof Promise))
  assert.equal(decision.allowed, true)
})

test('says what is left in structured fields', async () => {
  const limiter = limiterOf(100)
  const headers = rateLimitHeaders(await limiter.take('k', 'default'))
  assert.deepEqual(headers, {
    'ratelimit-policy': '"default";q=100;w=60',
    ratelimit: '"default";r=99;t=1',
  })
  const form = /^"[\w-]+"(;(q|w|r|t)=\d+)+$/
  for (const value of Object.values(headers)) assert.match(value, form)
})

test('a refusal is a 429 with Retry-After and is observed', async () => {
  const seen: Observation[] = []
  const limiter = limiterOf(1, one => seen.push(one))
  await limiter.take('k', 'default')
  const refusal = limitExceeded(await limiter.take('k', 'default'))
  assert.equal(refusal.status, 429)
  assert.equal(refusal.retryAfterSeconds, 60)
  assert.equal(refusal.headers['ratelimit'], '"default";r=0;t=60')
  assert.deepEqual(seen, [{ kind: 'limit', policy: 'default', allowed: false }])
})

test('a policy that cannot be counted exactly is refused when it is made', () => {
  assert.throws(() => limiterOf(1.5), RangeError)
  assert.throws(() => limiterOf(0), RangeError)
  assert.throws(() => limiterOf(2 ** 50), RangeError)
})
