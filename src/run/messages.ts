/** What the supervisor and its workers tell each other. */

import type { Snapshot } from '../adapters/prometheus/snapshot.ts'
import type { Config } from './config.ts'

/** What a worker needs to know; the first message that it gets. */
export interface WorkerSetup {
  /** The user's backend file, absolute. */
  readonly backend: string
  /** With the port that was chosen where any would do. */
  readonly config: Config
  readonly databaseUrl: string
  readonly secret: string
  /**
   * One worker of each generation leads: it starts first and prepares the database before the
   * others come, and later keeps it tidy.
   */
  readonly leads: boolean
}

/** What a ready worker tells of its backend. */
export interface WorkerSummary {
  readonly name: string
  readonly resources: readonly string[]
  /** A resource that anyone may read, for a first look; null where there is none. */
  readonly openResource: string | null
  readonly commands: readonly string[]
  readonly queries: readonly string[]
  /** Accounts that the seed made, with their passwords; only in development. */
  readonly accounts: readonly DemoAccount[]
  /** What was done to the database at this start: lines for a person. */
  readonly notes: readonly string[]
}

export interface DemoAccount {
  readonly email: string
  readonly password: string
  readonly roles: readonly string[]
}

/** Why a worker cannot start. */
export interface Refusal {
  /** For a person. */
  readonly message: string
  /** Whether a change of the user's sources can mend it. */
  readonly bySaving: boolean
}

export type FromWorker =
  | { readonly type: 'ready'; readonly summary: WorkerSummary }
  | { readonly type: 'refused'; readonly refusal: Refusal }
  /** It starts when somebody has done what the message asks for. */
  | { readonly type: 'held'; readonly message: string }
  /** Asks for the metrics of all workers. */
  | { readonly type: 'scrape'; readonly id: number }
  /** Its own metrics: an answer to `measure`, or its last. */
  | { readonly type: 'measured'; readonly snapshot: Snapshot }

export type FromSupervisor =
  | { readonly type: 'setup'; readonly setup: WorkerSetup }
  | { readonly type: 'drain' }
  | { readonly type: 'measure' }
  | { readonly type: 'scraped'; readonly id: number; readonly text: string }

type Message = FromWorker | FromSupervisor

/**
 * Whether something that came over the line is one of the messages above; other parts use the same
 * line.
 */
export function isMessage<T extends Message['type']>(
  message: unknown,
  type: T,
): message is Extract<Message, { type: T }> {
  return (
    typeof message === 'object' && message !== null && 'type' in message && message.type === type
  )
}
