/** The limiter: how often a caller may ask, and the headers that say so. */

import { problem } from '../../base/errors.ts'
import type { Problem } from '../../base/errors.ts'
import type { Observe } from '../../base/observe.ts'
import type { BucketStore, Decision, LimitPolicy } from './bucket.ts'

export interface Limiter<Name extends string = string> {
  /**
   * Takes one request of `key` (a caller's id, or `addressKey` of an address). Answers at once
   * where the buckets are in this process; otherwise by a promise, which rejects with
   * `admit.overloaded` when their owner cannot be asked.
   */
  take(key: string, policy: Name): Decision | Promise<Decision>
}

/** The policies by name. Several limiters may share one store: keys are counted for each policy. */
export function createLimiter<Name extends string>(options: {
  readonly store: BucketStore
  readonly policies: Readonly<Record<Name, Omit<LimitPolicy, 'name'>>>
  readonly observe: Observe
}): Limiter<Name> {
  const { store, observe } = options
  const policies = new Map<string, LimitPolicy>()
  for (const [name, policy] of Object.entries<Omit<LimitPolicy, 'name'>>(options.policies)) {
    policies.set(name, checkPolicy({ name, ...policy }))
  }
  const observed = (decision: Decision): Decision => {
    // A refusal is worth a count; what is allowed is counted as a request anyway.
    if (!decision.allowed) {
      observe({ kind: 'limit', policy: decision.policy.name, allowed: decision.allowed })
    }
    return decision
  }
  return {
    take(key, name) {
      const decision = store.take(key, policies.get(name)!)
      return decision instanceof Promise ? decision.then(observed) : observed(decision)
    },
  }
}

/** A level must stay a whole number that a double holds exactly. */
function checkPolicy(policy: LimitPolicy): LimitPolicy {
  const { name, quota, windowSeconds } = policy
  const whole = [quota, windowSeconds].every(value => Number.isInteger(value) && value > 0)
  if (!whole || !Number.isSafeInteger(quota * windowSeconds * 1_000)) {
    throw new RangeError(
      `the limit ${name} needs whole positive figures, not ${quota} in ${windowSeconds} s`,
    )
  }
  return Object.freeze(policy)
}

/**
 * The RateLimit-Policy and RateLimit fields of draft-ietf-httpapi-ratelimit-headers (structured
 * fields, RFC 9651): `q` requests in `w` seconds, of which `r` are left, the whole of them again in
 * `t` seconds.
 */
export function rateLimitHeaders(
  decision: Decision,
): Record<'ratelimit-policy' | 'ratelimit', string> {
  const { policy, remaining, resetSeconds } = decision
  return {
    'ratelimit-policy': `"${policy.name}";q=${policy.quota};w=${policy.windowSeconds}`,
    ratelimit: `"${policy.name}";r=${remaining};t=${resetSeconds}`,
  }
}

/** The 429 of a decision that does not allow. */
export function limitExceeded(decision: Decision): Problem {
  const { policy, retryAfterSeconds } = decision
  return problem('limit.exceeded', {
    detail: `At most ${policy.quota} requests in ${policy.windowSeconds} seconds.`,
    retryAfterSeconds,
    headers: rateLimitHeaders(decision),
  })
}
