/** What a protocol turns a batch into, and what it gets back. */

import type { Problem } from '../base/errors.ts'
import type { Answer, Operation, OperationRequest } from './operation.ts'

/** One operation of a batch. */
export interface BatchStep {
  /** What is to be done; values that refer to earlier results are not in it yet. */
  readonly operation: Operation
  /** The numbers of the earlier operations that it refers to. */
  readonly needs: readonly number[]
  /**
   * The request with what it refers to. `answerOf` gives the answer of an operation among `needs`.
   * Throws the problems of a request that comes alone.
   */
  resolve(answerOf: (at: number) => Answer, signal: AbortSignal): OperationRequest
  /** A failure of this operation, its places told as those of the whole batch. */
  place(failure: Problem): Problem
}

export interface BatchRequest extends Pick<
  OperationRequest,
  'credentials' | 'requestId' | 'idempotencyKey' | 'trail'
> {
  readonly steps: readonly BatchStep[]
  /** All in one transaction, in their order, or none; otherwise each for itself. */
  readonly atomic: boolean
  /** What the idempotency key stands for: plain JSON. */
  readonly content: unknown
  readonly signal: AbortSignal
}

/** What became of one operation. */
export type BatchResult = Answer | Problem

export interface BatchAnswer {
  /** In the order of the operations. */
  readonly results: readonly BatchResult[]
  /** Whether the whole is a stored answer that was given again. */
  readonly replayed: boolean
  /** RateLimit headers and the like, lower case. */
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Rejects with `Problem` only: with that of the operation that failed where the batch is atomic,
 * and with what concerns the whole. Nothing was done then.
 */
export type ExecuteBatch = (request: BatchRequest) => Promise<BatchAnswer>
