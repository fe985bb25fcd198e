/** What the supervisor and its workers tell each other. */

/** Given to a worker when it is forked, as JSON in the environment variable `METTLE_WORKER`. */
export interface WorkerSetup {
  /** The user's backend file, absolute. */
  readonly backend: string
  readonly databaseUrl: string
  readonly secret: string
  /** Development applies safe migrations and seeds an empty database by itself. */
  readonly mode: 'development' | 'production'
}

/** What a ready worker tells of its backend. */
export interface WorkerSummary {
  readonly name: string
  /** Where it listens. */
  readonly port: number
  readonly resources: readonly string[]
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

export type FromWorker =
  | { readonly type: 'ready'; readonly summary: WorkerSummary }
  /** It cannot start and says why, in words for a person; trying again without a change is of no use. */
  | { readonly type: 'refused'; readonly message: string }
  /** Asks for the metrics of all workers. */
  | { readonly type: 'scrape'; readonly id: number }

export type FromSupervisor =
  | { readonly type: 'drain' }
  | { readonly type: 'scraped'; readonly id: number; readonly text: string }

/** Whether something that came over the line is one of the messages above; other parts use the same line. */
export function isMessage<M extends { readonly type: string }>(
  message: unknown,
  type: M['type'],
): message is M {
  return (
    typeof message === 'object' && message !== null && 'type' in message && message.type === type
  )
}

/** The environment variable that holds the setup of a worker. */
export const workerVariable = 'METTLE_WORKER'
