/** What a call fails with: the problem that the backend answered, or none that could be had. */

import type { ProblemCode } from '../base/errors.ts'

/** Failures that no backend told. */
export type TransportCode =
  /** The connection failed or was lost: a change may have happened or not. */
  | 'client.unreachable'
  /** No answer within `timeoutMs`: a change may have happened or not. */
  | 'client.timeout'
  /** Something else answered, such as a proxy. */
  | 'client.unexpected-answer'

/** A faulty place: `pointer` (RFC 6901) into the input, or the `parameter` of a list. */
export interface Fault {
  readonly pointer?: string
  readonly parameter?: string
  readonly code: string
  readonly detail: string
}

export interface ProblemBody {
  readonly code: string
  readonly title?: string
  readonly detail?: string
  readonly hint?: string
  readonly requestId?: string
  readonly errors?: readonly Fault[]
  readonly data?: Readonly<Record<string, unknown>>
  readonly operation?: number
}

/** Thrown by every call; branch on `code`, which is stable, and never on the message. */
export class ClientProblem extends Error {
  readonly code: string
  /** Of the answer; 0 where there was none. */
  readonly status: number
  readonly title: string
  readonly hint: string | undefined
  readonly detail: string | undefined
  /** Finds the request in the log of the backend. */
  readonly requestId: string | undefined
  readonly errors: readonly Fault[]
  readonly retryAfterSeconds: number | undefined
  /** The members of a declared error. */
  readonly data: object
  /** Of an atomic batch: the number of the operation that failed. */
  readonly operation: number | undefined

  constructor(
    body: ProblemBody,
    status: number,
    options: { readonly cause?: unknown; readonly retryAfterSeconds?: number } = {},
  ) {
    super(messageOf(body), { cause: options.cause })
    this.name = 'ClientProblem'
    this.code = body.code
    this.status = status
    this.title = body.title ?? body.code
    this.hint = body.hint
    this.detail = body.detail
    this.requestId = body.requestId
    this.errors = body.errors ?? []
    this.retryAfterSeconds = options.retryAfterSeconds
    this.data = body.data ?? {}
    this.operation = body.operation
  }
}

/** What a person reads of an uncaught one: with the faulty places, which a log would fold away. */
function messageOf({ code, title, detail, operation, errors = [] }: ProblemBody): string {
  const where = operation === undefined ? '' : `, operation ${operation}`
  const places = errors.map(
    fault => `\n  ${fault.pointer ?? fault.parameter ?? ''} ${fault.detail}`,
  )
  return `${detail ?? title ?? code} (${code}${where})${places.join('')}`
}

/** What every call may fail with. */
export type KnownProblem = ClientProblem & { readonly code: ProblemCode | TransportCode }

/** Told apart by `code`; `data` is typed for each. `Errors`: data by code, one or several such. */
export type ProblemOf<Errors> = KnownProblem | DeclaredProblem<Errors>

type DeclaredProblem<Errors> = Errors extends object
  ? {
      readonly [Code in keyof Errors]: ClientProblem & {
        readonly code: Code
        readonly data: Errors[Code]
      }
    }[keyof Errors]
  : never

/** Of an operation that only hooks give errors to. */
export type FailureOf<Errors, Name extends string> = Name extends keyof Errors
  ? ProblemOf<Errors[Name]>
  : KnownProblem

export type Outcome<Value, Failure> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly problem: Failure }

/** A promise that rejects with `ClientProblem`; `outcome()` tells the problem as a value. */
export interface Call<Value, Failure = KnownProblem> extends Promise<Value> {
  /** Rejects only where no problem came: on the abort of the caller's own signal. */
  outcome(): Promise<Outcome<Value, Failure>>
}

export function callOf<Value>(promise: Promise<Value>): Call<Value, ClientProblem> {
  const outcome = (): Promise<Outcome<Value, ClientProblem>> =>
    promise.then(
      value => ({ ok: true, value }),
      (error: unknown) => {
        if (error instanceof ClientProblem) return { ok: false, problem: error }
        throw error
      },
    )
  return Object.assign(promise, { outcome })
}
