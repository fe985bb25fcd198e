/**
 * What the engine tells about itself: one union; logger, metrics and tracer decide what to show.
 */

export type Observation =
  | {
      readonly kind: 'request'
      readonly requestId: string
      /** The caller's, where he sent one (W3C Trace Context). */
      readonly traceId: string | null
      readonly surface: string
      readonly method: string
      /** The operation's name, never a URL: a bounded label. */
      readonly operation: string
      readonly status: number
      readonly code: string | null
      readonly durationMs: number
      readonly caller: string | null
      /** The id of the API key that the caller came with. */
      readonly apiKey: string | null
    }
  | {
      readonly kind: 'fault'
      readonly requestId: string | null
      readonly traceId?: string | null
      readonly where: string
      readonly error: unknown
    }
  | { readonly kind: 'stage'; readonly stage: string; readonly durationMs: number }
  | { readonly kind: 'plan'; readonly route: 'read' | 'write'; readonly key: string }
  | {
      readonly kind: 'batch'
      readonly route: 'read' | 'write'
      readonly size: number
      readonly alone: number
      readonly durationMs: number
    }
  | {
      /** One operation of several that came in one request. */
      readonly kind: 'step'
      readonly requestId: string
      readonly operation: string
      readonly status: number
      readonly code: string | null
      readonly caller: string | null
      readonly apiKey: string | null
    }
  | {
      readonly kind: 'transaction'
      readonly attempts: number
      readonly outcome: 'committed' | 'failed'
    }
  | {
      /** Somebody waited for a connection and has it now. */
      readonly kind: 'wait'
      readonly place: 'read' | 'write' | 'scan' | 'pool'
      readonly durationMs: number
    }
  | {
      readonly kind: 'horizon'
      /** The farthest position that was seen, settled or not. */
      readonly reached: bigint
      readonly settled: bigint
      readonly lagMs: number
    }
  | { readonly kind: 'hash'; readonly durationMs: number; readonly waitedMs: number }
  | { readonly kind: 'limit'; readonly policy: string; readonly allowed: boolean }
  /** A request was counted by this machine alone: the keeper of the shared buckets is away. */
  | { readonly kind: 'limit-alone' }
  | {
      readonly kind: 'lifecycle'
      readonly part: string
      readonly event: string
      readonly detail?: string
    }

export type ObservationOf<Kind extends Observation['kind']> = Extract<Observation, { kind: Kind }>

/** What is held at this moment; asked for when somebody looks. */
export interface Levels {
  /** Requests whose answer is still to come. */
  readonly requestsInFlight: number
  readonly database: Readonly<Record<string, PlaceLevels>>
  readonly hashes: { readonly running: number; readonly waiting: number }
  /** By what a caller came with. */
  readonly sessionCaches: Readonly<Record<string, CacheLevels>>
}

/** Connections of one kind, and who waits for one. */
export interface PlaceLevels {
  readonly open: number
  readonly busy: number
  readonly waiting: number
}

/** Hits and misses are counted from the start of the process. */
export interface CacheLevels {
  readonly entries: number
  readonly hits: number
  readonly misses: number
}

export type Observe = (observation: Observation) => void
