/** The Database port: what the engine asks of PostgreSQL. */

import type { LongLived } from '../base/lifecycle.ts'
import type { PlaceLevels } from '../base/observe.ts'

/** One SQL text with its values. Rows come back as arrays in the order of the select list. */
export interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
  /**
   * Takes each row as it comes, and the answer has none: for a `read` whose rows are worth
   * something one by one. A read that runs twice gives them again.
   */
  readonly each?: (row: Row) => void
}

/** Values as PostgreSQL's text format gave them, except int4 (number), bool and null. */
export type Row = readonly unknown[]

/**
 * `read` and `write` are pipelined lanes for bounded statements, each its own transaction. `scan`
 * is for reads that may be slow: they have a few connections to themselves, so that no crowd of
 * them keeps a write waiting. `pool` is for whatever else may be slow.
 */
export type Route = 'read' | 'write' | 'scan' | 'pool'

export interface TransactionOptions {
  readonly isolation: 'read committed' | 'repeatable read' | 'serializable'
  readonly readOnly?: boolean
  /** Milliseconds after which a statement is ended by the server. */
  readonly statementTimeoutMs?: number
  /** Milliseconds after which a statement gives up a lock that it waits for (55P03). */
  readonly lockTimeoutMs?: number
}

export interface Transaction {
  run(statement: Statement): Promise<readonly Row[]>
}

export interface Database extends LongLived {
  /**
   * One statement, a transaction of its own. Rejects with `DatabaseError`. `signal` gives up
   * waiting for a place in the queue; of work that was sent it cancels a `scan` only (57014). A
   * `read` may run twice. A `read` or `scan` that would change anything is refused (25006). A
   * `write` waits for a lock only as long as its neighbours in the lane can bear (55P03).
   */
  run(statement: Statement, route: Route, signal?: AbortSignal): Promise<readonly Row[]>
  /**
   * One attempt: commits when `work` resolves, rolls back and rethrows when it rejects. Also
   * rejects (25P02) when a statement failed although `work` resolved. `unknown` only if the
   * connection was lost during the commit.
   */
  transaction<T>(
    options: TransactionOptions,
    work: (transaction: Transaction) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T>
  /**
   * A session of its own outside the pool, without timeouts (migrations, advisory locks); closed
   * when `work` ends. Each statement is its own transaction unless the session begins one.
   */
  session<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>
  /** Whether a trivial statement answers now. */
  ping(): Promise<void>
  /** Connections of each route, and who waits for one. */
  levels(): Readonly<Record<Route, PlaceLevels>>
}

/** Why a statement failed; `kind` decides what the engine does next. */
export type DatabaseErrorKind =
  /** PostgreSQL refused the statement: `sqlState` says why; nothing was changed. */
  | 'refused'
  /** No connection, or it was lost before the statement was sent: nothing was changed. */
  | 'unavailable'
  /** The connection was lost after the statement was sent: nobody knows. */
  | 'unknown'
  /** The queue was full or the signal ended the wait: the statement was never sent. */
  | 'full'

export class DatabaseError extends Error {
  readonly kind: DatabaseErrorKind
  /** Five characters (PostgreSQL appendix A), null unless `refused`. */
  readonly sqlState: string | null
  readonly constraint: string | null
  readonly table: string | null
  readonly column: string | null

  constructor(
    kind: DatabaseErrorKind,
    message: string,
    details: {
      sqlState?: string
      constraint?: string
      table?: string
      column?: string
      cause?: unknown
    } = {},
  ) {
    super(message, { cause: details.cause })
    this.name = 'DatabaseError'
    this.kind = kind
    this.sqlState = details.sqlState ?? null
    this.constraint = details.constraint ?? null
    this.table = details.table ?? null
    this.column = details.column ?? null
  }
}
