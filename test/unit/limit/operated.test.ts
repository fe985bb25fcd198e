/** What an operator says of the declared policies. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asOperated } from '../../../src/engine/limit/policy.ts'
import type { LimitModel } from '../../../src/model/model.ts'

const policy = (name: string, quota: number, windowSeconds: number): LimitModel => {
  return { name, by: 'caller', quota, windowSeconds, operations: null }
}
const declared = [policy('default', 10, 30), policy('daily', 500, 86_400)]
const quotas = (rateLimit: number | null, rateLimitFactor: number) =>
  asOperated(declared, { rateLimit, rateLimitFactor }).map(
    ({ quota, windowSeconds }) => `${quota}/${windowSeconds}`,
  )

test('RATE_LIMIT is a minute of default, and RATE_LIMIT_FACTOR multiplies each', () => {
  assert.deepEqual(quotas(null, 1), ['10/30', '500/86400'])
  assert.deepEqual(quotas(7, 1), ['7/60', '500/86400'])
  assert.deepEqual(quotas(null, 1_000), ['10000/30', '500000/86400'])
  assert.deepEqual(quotas(7, 2), ['14/60', '1000/86400'])
})

test('a quota stays one that can be counted exactly', () => {
  const [, daily = ''] = quotas(null, 1_000_000_000)
  const [quota = 0, seconds = 0] = daily.split('/').map(Number)
  assert.ok(Number.isSafeInteger(quota * seconds * 1_000) && quota > 100_000_000, daily)
})
