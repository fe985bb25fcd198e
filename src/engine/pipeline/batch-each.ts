/**
 * A batch whose operations stand each for itself: all at once, but for those that refer to others,
 * so that they share statements and commits with each other and with everybody else's.
 */

import type { Caller } from '../../base/caller.ts'
import { asProblem, Problem, problem } from '../../base/errors.ts'
import type { BatchRequest, BatchResult, BatchStep } from '../batch.ts'
import type { Answer, Execute, Operation, OperationRequest } from '../operation.ts'
import { bodyAnswer } from './answers.ts'
import type { RunBatch } from './batch-atomic.ts'
import type { Engine } from './engine.ts'
import { type KeyClaim, runOnce } from './idempotency.ts'
import { operationName } from './operations.ts'

/** Never rejects. */
type RunStep = (step: BatchStep, at: number) => Promise<BatchResult>

export function createEach(
  engine: Engine,
  execute: Execute,
  { batchAnswerCharsMax }: { readonly batchAnswerCharsMax: number },
): RunBatch {
  return async (batch, caller, claim) => {
    if (claim !== null) await begin(engine, batch, caller, claim)
    const late = whenAborted(batch.signal)
    let chars = 0

    const started: Promise<BatchResult>[] = []
    const runStep: RunStep = async (step, at) => {
      const answers = new Map<number, Answer>()
      for (const need of step.needs) {
        const result = await started[need]!
        if (result instanceof Problem) return step.place(unmet(need))
        answers.set(need, result)
      }
      try {
        const request = keyed(
          step.resolve(need => answers.get(need)!, batch.signal),
          claim,
          at,
        )
        const answer = await Promise.race([execute(request), late])
        if (answer === 'late') return step.place(tooLate(step.operation))
        const size = answer.body?.length ?? 0
        if (chars + size > batchAnswerCharsMax) return beyondSize(step, answer)
        chars += size
        return answer
      } catch (error) {
        return step.place(noted(engine, batch, step, asProblem(error)))
      }
    }

    for (const [at, step] of batch.steps.entries()) started.push(runStep(step, at))
    const results = await Promise.all(started)
    const told = results.findLast(({ headers }) => Object.hasOwn(headers, 'ratelimit'))
    return { results, replayed: false, headers: told?.headers ?? {} }
  }
}

/**
 * The key of the whole is bound to its content first, and then stands for a key of each operation:
 * sent again, what was done is answered again, and what was not done is done. Throws
 * `run.idempotency-mismatch`.
 */
async function begin(
  engine: Engine,
  { signal }: BatchRequest,
  caller: Caller,
  claim: KeyClaim,
): Promise<void> {
  const begun = bodyAnswer(null, caller)
  await engine.data.transaction(
    { isolation: 'read committed' },
    scope =>
      runOnce(
        scope,
        claim,
        () => begun,
        () => Promise.resolve(begun),
      ),
    signal,
  )
}

/** No caller's own key has a line break. */
function keyed(request: OperationRequest, claim: KeyClaim | null, at: number): OperationRequest {
  if (claim === null || request.idempotencyKey !== null) return request
  return { ...request, idempotencyKey: `${claim.key}\n${at}` }
}

function whenAborted(signal: AbortSignal): Promise<'late'> {
  return new Promise(resolve => {
    if (signal.aborted) resolve('late')
    else signal.addEventListener('abort', () => resolve('late'), { once: true })
  })
}

const readings: Readonly<Record<Operation['kind'], boolean>> = {
  list: true,
  aggregate: true,
  read: true,
  query: true,
  create: false,
  replace: false,
  update: false,
  delete: false,
  command: false,
}

function isReading({ kind }: Operation): boolean {
  return readings[kind]
}

/** What was changed is told, but not shown. */
function beyondSize(step: BatchStep, answer: Answer): BatchResult {
  if (isReading(step.operation)) return step.place(problem('run.answer-too-large'))
  return { ...answer, body: null }
}

/** A change may be committed at this very moment. */
function tooLate(operation: Operation): Problem {
  const code = isReading(operation) ? 'run.timeout' : 'run.outcome-unknown'
  return problem(code, { retryAfterSeconds: 1 })
}

function unmet(need: number): Problem {
  return problem('run.dependency', { detail: `Operation ${need} failed.` })
}

/** What is behind a defect goes to the log: the answer of the whole is no failure. */
function noted(
  { observe }: Engine,
  { requestId }: BatchRequest,
  { operation }: BatchStep,
  failure: Problem,
): Problem {
  const { status, cause: error } = failure
  if (status >= 500 && error !== undefined)
    observe({ kind: 'fault', requestId, where: operationName(operation), error })
  return failure
}
