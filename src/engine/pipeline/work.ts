/** What the validate stage leaves for the run stage to do. */

import type { Caller } from '../../base/caller.ts'
import type { Isolation } from '../../model/model.ts'
import type { Row } from '../../ports/database.ts'
import type { ReadPlan, WritePlan } from '../../sql/plan.ts'
import type { DataScope, WriteInput, WriteResult } from '../data/data.ts'
import type { Answer } from '../operation.ts'

/** Where a plan runs: among the plans of other requests, or in a transaction of its own. */
export interface Store {
  read(
    plan: ReadPlan,
    values: readonly unknown[],
    caller: Caller,
    signal?: AbortSignal | null,
  ): Promise<Row | undefined>
  write(
    plan: WritePlan,
    input: WriteInput,
    caller: Caller,
    signal?: AbortSignal | null,
  ): Promise<WriteResult>
}

/** What hooks may look at and change. */
interface Hookable {
  /** As user code sees it; undefined where the operation has none. */
  readonly input: unknown
  /** The answer as user code sees it. */
  output(answer: Answer): unknown
}

/** One statement: it shares statement and commit with what arrives together with it. */
export interface Statement extends Hookable {
  readonly kind: 'statement'
  /** Of the row that the operation names, else null. */
  readonly id: string | null
  /** The same work on another input, checked as if it had come from the caller. */
  withInput(input: unknown): Statement
  /** Without the idempotency key, when a transaction around it claims the key. */
  run(store: Store, keyed: boolean): Promise<Answer>
}

/** User code in a transaction of its own. */
export interface Program extends Hookable {
  readonly kind: 'program'
  readonly id: null
  /** The same work on another input. */
  withInput(input: unknown): Program
  readonly isolation: Isolation
  run(scope: DataScope): Promise<Answer>
}

export type Work = Statement | Program

/** The store of a transaction. */
export function storeOf(scope: DataScope): Store {
  return {
    read: (plan, values, caller) => scope.read(plan, values, caller),
    write: async (plan, input, caller) => (await scope.write(plan, [input], caller))[0]!,
  }
}
