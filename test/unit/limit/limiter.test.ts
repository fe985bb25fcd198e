/** The limiter: what it tells the caller, in the grammar that others parse. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Observation } from '../../../src/base/observe.ts'
import { createBuckets } from '../../../src/engine/limit/bucket.ts'
import {
  createLimiter,
  type Decision,
  limitExceeded,
  rateLimitHeaders,
} from '../../../src/engine/limit/limiter.ts'
import { createPolicySets, type PolicySet } from '../../../src/engine/limit/policy.ts'
import { wholeView } from '../../../src/engine/operation.ts'
import type { LimitModel } from '../../../src/model/model.ts'
import { limit } from './policies.ts'

const clock = { now: () => 0, monotonic: () => 0 }
const ada = '0190c5f0-5f9c-7000-8000-0123456789ab'

function limiterOf(models: readonly LimitModel[]) {
  const seen: Observation[] = []
  const limiter = createLimiter({
    store: createBuckets({ clock }),
    observe: one => void seen.push(one),
  })
  const take = (set: PolicySet, id: string | null = ada, address = '::1', key = ''): Decision => {
    const apiKey = key === '' ? null : { id: key, scopes: null }
    const decision = limiter.take(set, { id, apiKey }, address)
    assert.ok(!(decision instanceof Promise), 'buckets of this process answer at once')
    return decision
  }
  return { sets: createPolicySets(models), take, seen }
}

const burstAndDaily = [
  limit('default', 100),
  limit('daily', 1_000, { windowSeconds: 86_400 }),
  limit('authentication', 60, { by: 'address' }),
]

test('says what is left of every policy in structured fields', () => {
  const { sets, take } = limiterOf(burstAndDaily)
  const headers = rateLimitHeaders(take(sets.ordinary))
  assert.deepEqual(headers, {
    'ratelimit-policy': '"default";q=100;w=60, "daily";q=1000;w=86400',
    ratelimit: '"default";r=99;t=1, "daily";r=999;t=87',
  })
  const item = '"[a-z0-9-]+"(;[qwrt]=(0|[1-9]\\d{0,14}))+'
  for (const value of Object.values(headers)) {
    assert.match(value, new RegExp(`^${item}(, ${item})*$`))
  }
})

test('a refusal is a 429 of the type quota-exceeded that names what was violated', () => {
  const { sets, take, seen } = limiterOf([
    limit('default', 100),
    limit('daily', 1, { windowSeconds: 86_400 }),
  ])
  take(sets.ordinary)
  const refusal = limitExceeded(take(sets.ordinary))
  assert.equal(refusal.status, 429)
  assert.equal(refusal.type, 'https://iana.org/assignments/http-problem-types#quota-exceeded')
  assert.deepEqual(refusal.members, { 'violated-policies': ['daily'] })
  assert.equal(refusal.retryAfterSeconds, 86_400)
  assert.equal(refusal.headers['ratelimit'], '"default";r=99;t=1, "daily";r=0;t=86400')
  assert.deepEqual(seen, [{ kind: 'limit', policy: 'daily', allowed: false }])
})

test('who is counted together is what the policy says', () => {
  const { sets, take } = limiterOf([
    limit('default', 2),
    limit('home', 3, { by: 'address' }),
    limit('shared', 5, { by: 'everyone' }),
  ])
  const allowed = (caller: string | null, address: string) =>
    take(sets.ordinary, caller, address).allowed
  assert.deepEqual([allowed(ada, 'a'), allowed(ada, 'b'), allowed(ada, 'c')], [true, true, false])
  // nobody in particular counts by address, which the user's own requests have used too
  assert.deepEqual(
    [allowed(null, 'a'), allowed(null, 'a'), allowed(null, 'a')],
    [true, true, false],
  )
  assert.deepEqual([allowed('lin', 'a'), allowed('lin', 'd')], [false, true])
  assert.equal(allowed('eve', 'e'), false)
})

test('a policy by key counts each key for itself, and nobody who has none', () => {
  const { sets, take } = limiterOf([
    limit('default', 100),
    limit('integrations', 2, { by: 'key' }),
    limit('ringing', 1, { by: 'key', operations: new Set(['ring']) }),
  ])
  const ring = sets.of({ kind: 'command', name: 'ring', input: {} })
  const policy = (decision: Decision) => rateLimitHeaders(decision)['ratelimit-policy']
  const one = () => take(sets.ordinary, ada, '::1', 'one')
  assert.equal(policy(one()), '"default";q=100;w=60, "integrations";q=2;w=60')
  assert.deepEqual([one().allowed, one().allowed], [true, false])
  assert.ok(take(sets.ordinary, ada, '::1', 'two').allowed)
  const without = take(sets.ordinary, ada)
  assert.equal(rateLimitHeaders(without).ratelimit, '"default";r=96;t=3')
  assert.equal(policy(without), '"default";q=100;w=60')
  assert.ok(take(ring, ada, '::1', 'three').allowed)
  assert.deepEqual(limitExceeded(take(ring, ada, '::1', 'three')).members, {
    'violated-policies': ['ringing'],
  })
  for (let asked = 0; asked < 5; asked++) assert.ok(take(ring, null).allowed)
})

test('an operation is held to the policies on it beside those on all', () => {
  const { sets } = limiterOf([
    limit('default', 9),
    limit('checkout', 1, { operations: new Set(['checkout', 'orders.create']) }),
    limit('orders', 2, { operations: new Set(['orders']) }),
    limit('authentication', 60, { by: 'address' }),
  ])
  const row = { resource: 'orders', view: wholeView }
  const held = {
    checkout: sets.of({ kind: 'command', name: 'checkout', input: {} }),
    create: sets.of({ ...row, kind: 'create', input: {} }),
    read: sets.of({ ...row, kind: 'read', id: ada }),
    other: sets.of({ ...row, resource: 'products', kind: 'read', id: ada }),
    authentication: sets.authentication,
    ordinary: sets.ordinary,
  }
  const names = Object.entries(held).map(([what, { policies }]) => [
    what,
    policies.map(({ name }) => name),
  ])
  assert.deepEqual(Object.fromEntries(names), {
    checkout: ['default', 'checkout'],
    create: ['default', 'checkout', 'orders'],
    read: ['default', 'orders'],
    other: ['default'],
    authentication: ['authentication'],
    ordinary: ['default'],
  })
})
