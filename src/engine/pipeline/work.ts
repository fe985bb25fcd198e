/** What the validate stage leaves for the run stage to do. */

import type { Isolation } from '../../model/model.ts'
import type { StoredAnswer } from '../../sql/write/idempotency.ts'
import type { Data, DataScope } from '../data/data.ts'
import type { Answer } from '../operation.ts'

/** Where a plan runs: among the plans of other requests, or in a transaction of its own. */
type Store = Pick<Data, 'read' | 'write'>

/** How an idempotency key makes a change run once. */
export interface Once {
  /** What keys are stored under: PUT and PATCH of a row share one. */
  readonly operation: string
  /** Gives the answer of the run that had the key again. */
  readonly replay: (stored: StoredAnswer) => Answer
}

/** Of an operation that takes none. */
export function noInput(): undefined {}

/** What hooks may look at and change. */
export interface Hookable<Self> {
  /** Of the row that the operation names, else null. */
  readonly id: string | null
  /** As user code sees it; undefined where the operation has none. */
  input(): unknown
  /** The same work on another input, checked as if it had come from the caller. */
  withInput(input: unknown): Self
  /** The answer as user code sees it. */
  output(answer: Answer): unknown
}

/** One statement: it shares statement and commit with what arrives together with it. */
export interface Statement extends Hookable<Statement> {
  readonly kind: 'statement'
  /** Null for a read, which may run as often as it likes. */
  readonly once: Once | null
  /** Without the idempotency key, when a transaction around it claims the key. */
  run(store: Store, keyed: boolean): Promise<Answer>
}

/** User code in a transaction of its own. */
export interface Program extends Hookable<Program> {
  readonly kind: 'program'
  readonly once: Once
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
