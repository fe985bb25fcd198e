/** The data service: plans in, rows out; what arrives together travels together. */

import type { Caller } from '../../base/caller.ts'
import type { Problem } from '../../base/errors.ts'
import type { DatabaseError, Row, Transaction, TransactionOptions } from '../../ports/database.ts'
import type { ReadPlan, WriteOutcome, WritePlan } from '../../sql/plan.ts'

/**
 * What became of a write. A row that stays busy or in conflict rejects with `run.busy` or
 * `run.conflict`.
 */
export interface WriteResult {
  readonly outcome: Exclude<WriteOutcome, 'busy' | 'conflict'>
  /** The field that a `reference` names, the resource that a `referenced` names or null. */
  readonly detail: string | null
  readonly body: string | null
  readonly version: number | null
}

/** One row of a write. */
export interface WriteInput {
  readonly id: string
  /** In the order of the shape's fields, as the driver takes them. */
  readonly values: readonly unknown[]
  readonly version: number | null
  /** The idempotency key and the hash of the request it belongs to. */
  readonly key: { readonly key: string; readonly hash: string } | null
  readonly trace: string
}

export interface Data {
  /**
   * The first row of a `one` plan or the row of a `list` plan, undefined where there is none.
   * Coalesced when bounded.
   */
  read(
    plan: ReadPlan,
    values: readonly unknown[],
    caller: Caller,
    signal?: AbortSignal | null,
  ): Promise<Row | undefined>
  /**
   * Group-committed with what waits for the same plan; busy rows are retried alone until
   * `limits.lockTimeoutMs`.
   */
  write(
    plan: WritePlan,
    input: WriteInput,
    caller: Caller,
    signal?: AbortSignal | null,
  ): Promise<WriteResult>
  /**
   * A transaction with retry of serialization failures and deadlocks; `work` may run several times.
   */
  transaction<T>(
    options: TransactionOptions,
    work: (scope: DataScope) => Promise<T>,
    signal?: AbortSignal | null,
  ): Promise<T>
}

/**
 * The same words inside one transaction: nothing is coalesced. What the database throws is thrown
 * as `Problem` here.
 */
export interface DataScope {
  readonly transaction: Transaction
  /**
   * The transaction will not be committed but reject with this, even if whoever catches it goes on.
   */
  doom(reason: Problem | DatabaseError): void
  /**
   * Throws while a statement has no answer. Called where user code has ended: what it did not await
   * may have more to do.
   */
  checkAwaited(): void
  read(plan: ReadPlan, values: readonly unknown[], caller: Caller): Promise<Row | undefined>
  write(
    plan: WritePlan,
    inputs: readonly WriteInput[],
    caller: Caller,
  ): Promise<readonly WriteResult[]>
}
