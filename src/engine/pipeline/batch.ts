/** Several operations in one request: each passes every guard as if it had come alone. */

import { hash } from 'node:crypto'
import type { Caller } from '../../base/caller.ts'
import { asProblem, Problem, problem } from '../../base/errors.ts'
import { limits } from '../../base/limits.ts'
import type { BatchAnswer, BatchRequest, ExecuteBatch } from '../batch.ts'
import { Duplicates } from '../data/duplicates.ts'
import type { Execute } from '../operation.ts'
import { Admission } from './admission.ts'
import { createAtomic } from './batch-atomic.ts'
import { createEach } from './batch-each.ts'
import type { Engine } from './engine.ts'
import { checkKeyOwner, type KeyClaim } from './idempotency.ts'
import { operationName } from './operations.ts'

/** The bounds of a batch, which a test may narrow. */
export type BatchLimits = Readonly<Record<BatchLimit, number>>
type BatchLimit = 'batchDeadlineMs' | 'batchAnswerCharsMax' | 'batchesInFlightMax'

/** `execute` is the way of an operation that comes alone. */
export function createBatch(
  engine: Engine,
  execute: Execute,
  bounds: BatchLimits = limits,
): ExecuteBatch {
  const admission = new Admission(bounds.batchesInFlightMax)
  const runs = {
    atomic: createAtomic(engine, bounds),
    each: createEach(engine, execute, bounds),
  }
  const duplicates = new Duplicates(limits.duplicateWaitMs)
  return async request => {
    admission.enter()
    const deadline = withDeadline(request, bounds.batchDeadlineMs)
    try {
      const caller = await engine.identify(request.credentials)
      request.trail.caller = caller
      checkKeyOwner(request, caller)
      const runSteps = request.atomic ? runs.atomic : runs.each
      const run: typeof runSteps = async (...given) => {
        const answer = await runSteps(...given)
        observeSteps(engine, request, answer)
        return answer
      }
      const claim = claimOf(request, caller)
      if (claim === null) return await run(deadline.request, caller, null)
      const { signal } = deadline.request
      return await duplicates.run(`${caller.id} ${claim.key}`, signal, () =>
        run(deadline.request, caller, claim),
      )
    } catch (error) {
      throw asProblem(error)
    } finally {
      deadline.clear()
      admission.leave()
    }
  }
}

/** What is answered again is not done again. */
function observeSteps(
  { observe }: Engine,
  { steps, requestId, trail: { caller } }: BatchRequest,
  { results, replayed }: BatchAnswer,
): void {
  if (replayed) return
  const told = { caller: caller?.id ?? null, apiKey: caller?.apiKey?.id ?? null }
  for (const [at, result] of results.entries()) {
    const operation = operationName(steps[at]!.operation)
    const code = result instanceof Problem ? result.code : null
    const { status } = result
    observe({ kind: 'step', requestId, operation, status, code, ...told })
  }
}

/** The same request, aborted when the batch has had its time. */
function withDeadline(
  request: BatchRequest,
  deadlineMs: number,
): { readonly request: BatchRequest; clear(): void } {
  const controller = new AbortController()
  const late = () => controller.abort(problem('run.timeout', { retryAfterSeconds: 1 }))
  const timer = setTimeout(late, deadlineMs)
  const signal = AbortSignal.any([request.signal, controller.signal])
  return { request: { ...request, signal }, clear: () => clearTimeout(timer) }
}

function claimOf({ idempotencyKey, content }: BatchRequest, caller: Caller): KeyClaim | null {
  if (idempotencyKey === null) return null
  const fingerprint = hash('sha256', JSON.stringify(content), 'base64url')
  return { key: idempotencyKey, hash: fingerprint, caller, operation: 'batch' }
}
