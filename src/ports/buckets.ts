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
export interface TakeGroup {
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

export interface SharedBuckets {
  /**
   * Decides the groups in their order, exactly, whoever else takes at the same moment. Rejects
   * where the keeper cannot be asked; what was taken then is not known.
   */
  take(batch: TakeBatch): Promise<readonly GroupOutcome[]>
}
