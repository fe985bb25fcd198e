/** What the limiter asks of whoever keeps its buckets for several processes. */

/**
 * A bucket is what `key` names; it holds `quota` requests and is refilled evenly in
 * `windowSeconds`. What nobody has taken from yet is full.
 */
export interface BucketForm {
  readonly key: string
  readonly quota: number
  readonly windowSeconds: number
}

/**
 * Requests that are alike: each takes one from every bucket of theirs, or nothing where one of them
 * has none left.
 */
interface TakeGroup {
  /** Places in the batch's buckets, none twice. */
  readonly buckets: readonly number[]
  readonly requests: number
}

export interface TakeBatch {
  /** No key stands twice. */
  readonly buckets: readonly BucketForm[]
  readonly groups: readonly TakeGroup[]
}

export interface GroupOutcome {
  /** How many of the requests were allowed; the others took nothing. */
  readonly allowed: number
  /**
   * What is left in each bucket of the group, in whole units: a request costs `windowSeconds *
   * 1000`, and a millisecond refills `quota`. No fraction of a request is ever lost or won.
   */
  readonly levels: readonly number[]
}

/** Units that one request costs. */
export function costOf({ windowSeconds }: Pick<BucketForm, 'windowSeconds'>): number {
  return windowSeconds * 1_000
}

/**
 * What a keeper answers as one list of numbers: for each group how many were allowed, then the
 * level of each of its buckets.
 */
export function readOutcomes(
  { groups }: TakeBatch,
  flat: readonly number[],
): readonly GroupOutcome[] {
  let at = 0
  return groups.map(({ buckets }) => {
    const allowed = flat[at]!
    const levels = flat.slice(at + 1, at + 1 + buckets.length)
    at += 1 + buckets.length
    return { allowed, levels }
  })
}

export interface SharedBuckets {
  /**
   * Decides the groups in their order, exactly, whoever else takes at the same moment. Rejects
   * where the keeper cannot be asked; what was taken then is not known.
   */
  take(batch: TakeBatch): Promise<readonly GroupOutcome[]>
}
