/** Takes of many requests gathered into batches, for buckets that lie in another process. */

import { costOf } from '../../ports/buckets.ts'
import type { BucketForm, GroupOutcome, SharedBuckets, TakeBatch } from '../../ports/buckets.ts'
import type { BucketStore, Taken } from './bucket.ts'
import type { LimitPolicy } from './policy.ts'

interface Waiting {
  readonly policies: readonly LimitPolicy[]
  readonly keys: readonly string[]
  readonly resolve: (taken: Taken) => void
  readonly reject: (reason: unknown) => void
}

/** Buckets that answer later. */
interface DistantBuckets extends BucketStore {
  take(policies: readonly LimitPolicy[], subjects: readonly string[]): Promise<Taken>
}

/**
 * What is asked in one turn of the event loop goes in one batch, and what comes while a batch is
 * under way waits for the next: the cost of asking falls as the load rises. Leasing requests ahead
 * would save the asking but not be exact: a lease that lies unspent in one process is missing in
 * another.
 */
export function gatherTakes(shared: SharedBuckets): DistantBuckets {
  let gathering: Waiting[] = []
  let busy = false

  async function ask(): Promise<void> {
    const waiting = gathering
    gathering = []
    const likes = groupAlike(waiting)
    try {
      const outcomes = await shared.take(batchOf(likes))
      for (const [at, alike] of likes.entries()) deal(alike, outcomes[at]!)
    } catch (error) {
      for (const one of waiting) one.reject(error)
    }
    if (gathering.length > 0) setImmediate(() => void ask())
    else busy = false
  }

  return {
    take(policies, subjects) {
      const keys = policies.map(({ prefix }, at) => prefix + subjects[at]!)
      const { promise, resolve, reject } = Promise.withResolvers<Taken>()
      gathering.push({ policies, keys, resolve, reject })
      if (!busy) {
        busy = true
        setImmediate(() => void ask())
      }
      return promise
    },
  }
}

/** Requests that take from the same buckets are one group. */
function groupAlike(waiting: readonly Waiting[]): readonly (readonly Waiting[])[] {
  const likes = new Map<string, Waiting[]>()
  for (const one of waiting) {
    const key = one.keys.length === 1 ? one.keys[0]! : one.keys.join('\n')
    const alike = likes.get(key)
    if (alike === undefined) likes.set(key, [one])
    else alike.push(one)
  }
  return [...likes.values()]
}

function batchOf(likes: readonly (readonly Waiting[])[]): TakeBatch {
  const buckets: BucketForm[] = []
  const places = new Map<string, number>()
  const placeOf = (key: string, { quota, windowSeconds }: LimitPolicy): number => {
    const known = places.get(key)
    if (known !== undefined) return known
    places.set(key, buckets.length)
    return buckets.push({ key, quota, windowSeconds }) - 1
  }
  const groups = likes.map(alike => {
    const { policies, keys } = alike[0]!
    const own = keys.map((key, at) => placeOf(key, policies[at]!))
    return { buckets: own, requests: alike.length }
  })
  return { buckets, groups }
}

/** The first ones are allowed, each told what was left after it. */
function deal(alike: readonly Waiting[], { allowed, levels }: GroupOutcome): void {
  for (const [at, { policies, resolve }] of alike.entries()) {
    const after = Math.max(0, allowed - at - 1)
    resolve({
      allowed: at < allowed,
      levels: levels.map((level, place) => level + after * costOf(policies[place]!)),
    })
  }
}
