/** What a follower of the log and the runner tell each other. */

/** An event as a reader of the log was given it. */
export interface Followed {
  /** Fits a number: a log of a scratch database is short. */
  readonly position: number
  readonly type: string
  readonly key: string
  readonly version: number
  readonly trace: string | null
}

export interface ToFollower {
  /** Follow from behind this position. */
  readonly after: number
}

export type FromFollower =
  | { readonly type: 'events'; readonly events: readonly Followed[] }
  /** Whoever follows was given everything up to here. */
  | { readonly type: 'reached'; readonly position: number }
