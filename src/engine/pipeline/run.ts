/**
 * The run stage: a statement among others, or a transaction with hooks and an idempotency key of
 * its own.
 */

import { problem } from '../../base/errors.ts'
import { limits } from '../../base/limits.ts'
import type { HookModel } from '../../model/model.ts'
import type { DataScope } from '../data/data.ts'
import { Lines } from '../data/lines.ts'
import type { Answer, OperationRequest } from '../operation.ts'
import type { Engine, RequestFacts } from './engine.ts'
import { hooksByOperation, needsTransaction, runAfter, runBefore, type Occasion } from './hooks.ts'
import { keyOf, runOnce } from './idempotency.ts'
import { operationName } from './operations.ts'
import { storeOf, type Statement, type Work } from './work.ts'

type Run = (work: Work, request: OperationRequest, facts: RequestFacts) => Promise<Answer>

const noHooks: readonly HookModel[] = Object.freeze([])

export function createRun(engine: Engine): Run {
  const hooks = hooksByOperation(engine.model)
  const duplicates = new Lines()
  return (work, request, facts) => {
    const operation = operationName(request.operation)
    const around = hooks.get(operation) ?? noHooks
    const occasion: Occasion = { engine, operation, around, facts }
    if (work.kind === 'statement' && !around.some(needsTransaction)) {
      return around.length === 0 ? work.run(engine.data, true) : runShared(occasion, work)
    }
    const { signal } = request
    const isolation = work.kind === 'program' ? work.isolation : 'read committed'
    const inTransaction = (run: (scope: DataScope) => Promise<Answer>) =>
      engine.data.transaction({ isolation }, run, signal)
    const { replay } = work
    const key = replay === null ? null : keyOf(request)
    if (replay === null || key === null)
      return inTransaction(scope => runHooked(occasion, work, scope))
    const claim = { ...key, caller: facts.caller, operation }
    // Duplicates on this node wait here, holding no connection, and find the stored answer when their turn comes.
    const patience = { waitMs: limits.duplicateWaitMs, signal, late: stillRunning }
    return duplicates.run(`${facts.caller.id} ${operation} ${key.key}`, patience, () =>
      inTransaction(scope => runOnce(scope, claim, replay, () => runHooked(occasion, work, scope))),
    )
  }
}

function stillRunning(): Error {
  return problem('run.idempotency-running', { retryAfterSeconds: 1 })
}

/** Hooks that only look at the input leave the operation its share of a commit. */
async function runShared(occasion: Occasion, work: Statement): Promise<Answer> {
  const ready = await runBefore(occasion, work, null)
  return ready.run(occasion.engine.data, true)
}

async function runHooked(occasion: Occasion, work: Work, scope: DataScope): Promise<Answer> {
  const ready = await runBefore(occasion, work, scope)
  const answer =
    ready.kind === 'program' ? await ready.run(scope) : await ready.run(storeOf(scope), false)
  await runAfter(occasion, ready, answer, scope)
  return answer
}
