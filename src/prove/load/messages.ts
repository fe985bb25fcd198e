/** What a drill and its load generator tell each other. */

import type { JsonValue } from '../../declare/json.ts'
import type { Entry } from '../ledger.ts'

export interface LoadPlan {
  /** The file of the drill, and the name of its client. */
  readonly file: string
  readonly client: string
  readonly clients: number
  readonly data: unknown
  readonly url: string
  readonly seed: number
  /** Whether every second client opens a connection for each request. */
  readonly fresh: boolean
}

export type ToLoad =
  | { readonly type: 'begin'; readonly plan: LoadPlan }
  /** Send no more, wait for what is under way, tell the rest and end. */
  | { readonly type: 'stop' }

export type FromLoad =
  | {
      readonly type: 'told'
      readonly entries: readonly Entry[]
      readonly facts: readonly JsonValue[]
    }
  /** Every client is done; what they wrote came before. */
  | { readonly type: 'done' }
  /** A client threw. */
  | { readonly type: 'crashed'; readonly message: string }
