/** The limiter: how often a caller may ask, and the headers that say so. */

import { asProblem, problem, withHeaders } from '../../base/errors.ts'
import type { Problem } from '../../base/errors.ts'
import type { Observe } from '../../base/observe.ts'
import { costOf } from '../../ports/buckets.ts'
import type { BucketStore, Taken } from './bucket.ts'
import { remaining, resetSeconds, retryAfterSeconds, subjectsOf } from './policy.ts'
import type { Counted, LimitPolicy, Policies, PolicySet } from './policy.ts'

/** What became of one request. */
export interface Decision extends Taken {
  readonly set: Policies
}

export interface Limiter {
  /**
   * Takes one request from a bucket of each policy that is for the caller, or nothing where one has
   * none left. Answers at once where the buckets are in this process; otherwise by a promise, which
   * rejects with `admit.overloaded` when their owner cannot be asked.
   */
  take(set: PolicySet, caller: Counted, address: string): Decision | Promise<Decision>
}

export function createLimiter(options: {
  readonly store: BucketStore
  readonly observe: Observe
}): Limiter {
  const { store, observe } = options
  const decide = (set: Policies, { allowed, levels }: Taken): Decision => {
    const decision = { set, allowed, levels }
    // A refusal is worth a count; what is allowed is counted as a request anyway.
    if (!allowed) {
      for (const { name } of violated(decision)) {
        observe({ kind: 'limit', policy: name, allowed })
      }
    }
    return decision
  }
  return {
    take(all, caller, address) {
      const set = caller.apiKey === null ? all.keyless : all
      const taken = store.take(set.policies, subjectsOf(set, caller, address))
      if (taken instanceof Promise) return taken.then(later => decide(set, later))
      return decide(set, taken)
    },
  }
}

/** The policies whose buckets have no request left. */
function violated({ set, levels }: Decision): readonly LimitPolicy[] {
  return set.policies.filter((policy, at) => levels[at]! < costOf(policy))
}

/**
 * The RateLimit-Policy and RateLimit fields of draft-ietf-httpapi-ratelimit-headers (structured
 * fields, RFC 9651): `q` requests in `w` seconds, of which `r` are left, the whole of them again in
 * `t` seconds.
 */
export function rateLimitHeaders({
  set,
  levels,
}: Decision): Record<'ratelimit-policy' | 'ratelimit', string> {
  const { policies, header } = set
  let ratelimit = stateOf(policies[0]!, levels[0]!)
  for (let at = 1; at < policies.length; at++) {
    ratelimit += `, ${stateOf(policies[at]!, levels[at]!)}`
  }
  return { 'ratelimit-policy': header, ratelimit }
}

function stateOf(policy: LimitPolicy, level: number): string {
  return `"${policy.name}";r=${remaining(policy, level)};t=${resetSeconds(policy, level)}`
}

/** What a request came to that was counted: its caller is told of the limit like any other. */
export function countedFailure(failure: unknown, decision: Decision): Problem {
  return withHeaders(asProblem(failure), rateLimitHeaders(decision))
}

/** The 429 of a decision that does not allow. */
export function limitExceeded(decision: Decision): Problem {
  const { set, levels } = decision
  const policies = violated(decision)
  const told = policies.map(
    ({ quota, windowSeconds }) => `${quota} requests in ${windowSeconds} seconds`,
  )
  const waits = set.policies.map((policy, at) => retryAfterSeconds(policy, levels[at]!))
  return problem('limit.exceeded', {
    detail: `At most ${told.join(', and ')}.`,
    retryAfterSeconds: Math.max(...waits),
    headers: rateLimitHeaders(decision),
    members: { 'violated-policies': policies.map(({ name }) => name) },
  })
}
