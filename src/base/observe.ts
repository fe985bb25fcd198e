/**
 * What the engine tells about itself: one union; logger, metrics and tracer decide what to show.
 */

export type Observation =
  | {
      readonly kind: 'request'
      readonly requestId: string
      readonly surface: string
      readonly method: string
      /** The operation's name, never a URL: a bounded label. */
      readonly operation: string
      readonly status: number
      readonly code: string | null
      readonly durationMs: number
      readonly caller: string | null
    }
  | {
      readonly kind: 'fault'
      readonly requestId: string | null
      readonly where: string
      readonly error: unknown
    }
  | { readonly kind: 'stage'; readonly stage: string; readonly durationMs: number }
  | { readonly kind: 'plan'; readonly key: string }
  | {
      readonly kind: 'batch'
      readonly route: 'read' | 'write'
      readonly size: number
      readonly alone: number
      readonly durationMs: number
    }
  | {
      readonly kind: 'transaction'
      readonly attempts: number
      readonly outcome: 'committed' | 'failed'
    }
  | { readonly kind: 'horizon'; readonly settled: bigint; readonly lagMs: number }
  | { readonly kind: 'hash'; readonly durationMs: number; readonly waiting: number }
  | { readonly kind: 'limit'; readonly policy: string; readonly allowed: boolean }
  | {
      readonly kind: 'lifecycle'
      readonly part: string
      readonly event: string
      readonly detail?: string
    }

export type Observe = (observation: Observation) => void
