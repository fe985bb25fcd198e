/** Token buckets in whole numbers: what one key may still do now, without any rounding. */

import { LRUCache } from 'lru-cache'

import type { Clock } from '../../base/clock.ts'
import { limits } from '../../base/limits.ts'

/**
 * `quota` requests for one key in `windowSeconds`, refilled evenly; a rested key may spend the
 * whole quota at once.
 */
export interface LimitPolicy {
  /** As in the headers: letters, digits and `-`. */
  readonly name: string
  readonly quota: number
  readonly windowSeconds: number
}

/** What became of one take. */
export interface Decision {
  readonly policy: LimitPolicy
  readonly allowed: boolean
  /** Whole requests left. */
  readonly remaining: number
  /** Seconds, rounded up, until the whole quota is there again. */
  readonly resetSeconds: number
  /** Seconds, rounded up, until one request is there; 0 where one is. */
  readonly retryAfterSeconds: number
}

/** Takes one request of a key; remembers keys of any number of policies. */
export interface BucketStore {
  take(key: string, policy: LimitPolicy): Decision | Promise<Decision>
}

export interface Buckets extends BucketStore {
  take(key: string, policy: LimitPolicy): Decision
}

/**
 * A level counts thousandths of a request for each second of the window, so that a millisecond
 * refills exactly `quota` units and a request costs exactly `windowSeconds * 1000`: no fraction is
 * ever lost or won.
 */
interface Bucket {
  level: number
  atMs: number
}

/**
 * Buckets of one process. At most `limits.rateBucketsMax` keys are remembered; the key that rested
 * longest is forgotten first, which can only give it back what it mostly has again.
 */
export function createBuckets(options: {
  readonly clock: Clock
  readonly bucketsMax?: number
}): Buckets {
  const { clock, bucketsMax = limits.rateBucketsMax } = options
  const buckets = new LRUCache<string, Bucket>({ max: bucketsMax })
  return {
    take(key, policy) {
      const cost = policy.windowSeconds * 1_000
      const capacity = policy.quota * cost
      const nowMs = Math.floor(clock.monotonic())
      const name = `${policy.name} ${key}`
      let bucket = buckets.get(name)
      if (bucket === undefined) {
        bucket = { level: capacity, atMs: nowMs }
        buckets.set(name, bucket)
      } else {
        bucket.level = Math.min(capacity, bucket.level + (nowMs - bucket.atMs) * policy.quota)
        bucket.atMs = nowMs
      }
      const allowed = bucket.level >= cost
      if (allowed) bucket.level -= cost
      return decide(bucket.level, allowed, policy, cost)
    },
  }
}

function decide(level: number, allowed: boolean, policy: LimitPolicy, cost: number): Decision {
  const { quota } = policy
  return {
    policy,
    allowed,
    remaining: Math.floor(level / cost),
    resetSeconds: Math.ceil((quota * cost - level) / quota / 1_000),
    retryAfterSeconds: level >= cost ? 0 : Math.ceil((cost - level) / quota / 1_000),
  }
}
