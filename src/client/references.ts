/** Operations that are not sent yet, and the values of their answers that later ones refer to. */

import type { KnownProblem } from './problem.ts'

/** As it is written into a batch. */
export interface SentOperation {
  readonly operation: string
  readonly id?: unknown
  readonly input?: unknown
  readonly query?: object
  readonly ifMatch?: unknown
  readonly idempotencyKey?: string
}

export interface AnyOperation {
  readonly sent: SentOperation
  /** What its caller gets, from the body of its result. */
  readonly answer: (body: unknown) => unknown
}

/** What stands in an input, a filter or an id for a value that is not known yet. */
export class Reference<Value = unknown> {
  readonly of: AnyOperation
  /** From the body of the result. */
  readonly path: string
  /** Never present at run time. */
  declare readonly stands?: Value

  constructor(of: AnyOperation, path: string) {
    this.of = of
    this.path = path
  }
}

/** One operation of a batch; each may stand in one batch only once. */
export class Operation<Value = unknown, Failure = KnownProblem> implements AnyOperation {
  readonly sent: SentOperation
  readonly answer: (body: unknown) => Value
  /** Never present at run time. */
  declare readonly failure?: Failure

  constructor(sent: SentOperation, answer: (body: unknown) => Value) {
    this.sent = sent
    this.answer = answer
  }

  /** Stands for a value of its answer: `'id'`, or a path into it such as `'data/0/id'`. */
  ref<Name extends keyof Value & string>(name: Name): Reference<Value[Name]>
  ref(path: `${string}/${string}`): Reference<never>
  ref(path: string): Reference {
    return new Reference(this, path)
  }
}
