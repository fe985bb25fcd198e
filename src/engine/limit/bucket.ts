/** Token buckets in whole numbers: what one key may still do now, without any rounding. */

import { LRUCache } from 'lru-cache'

import type { Clock } from '../../base/clock.ts'
import { limits } from '../../base/limits.ts'
import { costOf } from '../../ports/buckets.ts'
import type { BucketForm, GroupOutcome, TakeBatch } from '../../ports/buckets.ts'
import type { LimitPolicy } from './policy.ts'

/** What became of one request. */
export interface Taken {
  readonly allowed: boolean
  /** What each bucket holds now, as `GroupOutcome.levels` counts. */
  readonly levels: readonly number[]
}

/** Takes one request from the bucket of each policy, or nothing where one of them has none left. */
export interface BucketStore {
  /** `keys` are those of the policies, in their order. */
  take(policies: readonly LimitPolicy[], keys: readonly string[]): Taken | Promise<Taken>
}

export interface Buckets extends BucketStore {
  take(policies: readonly LimitPolicy[], keys: readonly string[]): Taken
  /** As `SharedBuckets` does, at once. */
  takeBatch(batch: TakeBatch): readonly GroupOutcome[]
}

interface Bucket {
  level: number
  atMs: number
}

/** What most requests are held to is one policy. */
function takeOne(bucket: Bucket, policy: LimitPolicy): Taken {
  const cost = costOf(policy)
  const allowed = bucket.level >= cost
  if (allowed) bucket.level -= cost
  return { allowed, levels: [bucket.level] }
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

  function refill(key: string, form: Omit<BucketForm, 'key'>, nowMs: number): Bucket {
    const capacity = form.quota * costOf(form)
    const bucket = buckets.get(key)
    if (bucket === undefined) {
      const full = { level: capacity, atMs: nowMs }
      buckets.set(key, full)
      return full
    }
    bucket.level = Math.min(capacity, bucket.level + (nowMs - bucket.atMs) * form.quota)
    bucket.atMs = nowMs
    return bucket
  }

  return {
    take(policies, keys) {
      const nowMs = Math.floor(clock.monotonic())
      if (policies.length === 1) return takeOne(refill(keys[0]!, policies[0]!, nowMs), policies[0]!)
      const held = policies.map((policy, at) => refill(keys[at]!, policy, nowMs))
      const allowed = held.every(({ level }, at) => level >= costOf(policies[at]!))
      const levels = held.map((bucket, at) => {
        if (allowed) bucket.level -= costOf(policies[at]!)
        return bucket.level
      })
      return { allowed, levels }
    },
    takeBatch({ buckets: forms, groups }) {
      const nowMs = Math.floor(clock.monotonic())
      const held = forms.map(form => refill(form.key, form, nowMs))
      return groups.map(({ buckets: places, requests }) => {
        const fit = places.map(place => Math.floor(held[place]!.level / costOf(forms[place]!)))
        const allowed = Math.min(requests, ...fit)
        const levels = places.map(place => (held[place]!.level -= allowed * costOf(forms[place]!)))
        return { allowed, levels }
      })
    },
  }
}
