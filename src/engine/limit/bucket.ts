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
  /** `subjects` are whom each policy counts, in their order. */
  take(policies: readonly LimitPolicy[], subjects: readonly string[]): Taken | Promise<Taken>
}

export interface Buckets extends BucketStore {
  take(policies: readonly LimitPolicy[], subjects: readonly string[]): Taken
  /** As `SharedBuckets` does, at once. */
  takeBatch(batch: TakeBatch): readonly GroupOutcome[]
}

/**
 * Of one policy, chained to those of the same subject's other policies. A key of both would be a
 * new text for each request, and to hash it costs more than everything else here.
 */
interface Bucket {
  readonly prefix: string
  level: number
  atMs: number
  readonly next: Bucket | null
}

function find(bucket: Bucket | undefined, prefix: string): Bucket | null {
  let at = bucket ?? null
  while (at !== null && at.prefix !== prefix) at = at.next
  return at
}

type Refilled = Omit<BucketForm, 'key'>

/** What most requests are held to is one policy. */
function takeOne(bucket: Bucket, policy: LimitPolicy): Taken {
  const cost = costOf(policy)
  const allowed = bucket.level >= cost
  if (allowed) bucket.level -= cost
  return { allowed, levels: [bucket.level] }
}

/**
 * Buckets of one process. At most `limits.rateBucketsMax` subjects are remembered; who rested
 * longest is forgotten first, which can only give him back what he mostly has again.
 */
export function createBuckets(options: {
  readonly clock: Clock
  readonly bucketsMax?: number
}): Buckets {
  const { clock, bucketsMax = limits.rateBucketsMax } = options
  const buckets = new LRUCache<string, Bucket>({ max: bucketsMax })

  function refill(prefix: string, subject: string, form: Refilled, nowMs: number): Bucket {
    const capacity = form.quota * costOf(form)
    const own = buckets.get(subject)
    const bucket = find(own, prefix)
    if (bucket === null) {
      const full = { prefix, level: capacity, atMs: nowMs, next: own ?? null }
      buckets.set(subject, full)
      return full
    }
    bucket.level = Math.min(capacity, bucket.level + (nowMs - bucket.atMs) * form.quota)
    bucket.atMs = nowMs
    return bucket
  }

  return {
    take(policies, subjects) {
      const nowMs = Math.floor(clock.monotonic())
      const refillFor = (policy: LimitPolicy, at: number) =>
        refill(policy.prefix, subjects[at]!, policy, nowMs)
      const [first] = policies
      if (policies.length === 1) return takeOne(refillFor(first!, 0), first!)
      const held = policies.map(refillFor)
      const allowed = held.every(({ level }, at) => level >= costOf(policies[at]!))
      const levels = held.map((bucket, at) => {
        if (allowed) bucket.level -= costOf(policies[at]!)
        return bucket.level
      })
      return { allowed, levels }
    },
    takeBatch({ buckets: forms, groups }) {
      const nowMs = Math.floor(clock.monotonic())
      const held = forms.map(form => refill('', form.key, form, nowMs))
      return groups.map(({ buckets: places, requests }) => {
        const fit = places.map(place => Math.floor(held[place]!.level / costOf(forms[place]!)))
        const allowed = Math.min(requests, ...fit)
        const levels = places.map(place => (held[place]!.level -= allowed * costOf(forms[place]!)))
        return { allowed, levels }
      })
    },
  }
}
