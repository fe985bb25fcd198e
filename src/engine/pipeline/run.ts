/**
 * The run stage: a statement among others, or a transaction with hooks and an idempotency key of
 * its own.
 */

import { limits } from '../../base/limits.ts'
import type { HookModel } from '../../model/model.ts'
import type { DataScope } from '../data/data.ts'
import { Duplicates } from '../data/duplicates.ts'
import type { Answer, OperationRequest } from '../operation.ts'
import type { Engine, RequestFacts } from './engine.ts'
import { hooksByOperation, needsTransaction, runAfter, runBefore, type Occasion } from './hooks.ts'
import { claimOf, findAnswer, type KeyClaim, runOnce } from './idempotency.ts'
import { operationName } from './operations.ts'
import { storeOf, type Statement, type Work } from './work.ts'

type Run = (work: Work, request: OperationRequest, facts: RequestFacts) => Promise<Answer>

interface OwnOccasion extends Occasion {
  readonly engine: Engine
}

const noHooks: readonly HookModel[] = Object.freeze([])

export function createRun(engine: Engine): Run {
  const hooks = hooksByOperation(engine.model)
  const duplicates = new Duplicates(limits.duplicateWaitMs)
  return (work, request, facts) => {
    const operation = operationName(request.operation)
    const around = hooks.get(operation) ?? noHooks
    if (work.kind === 'statement' && around.length === 0) return work.run(engine.data, true)
    const occasion: OwnOccasion = { engine, operation, around, facts }
    const { signal } = request
    const claim = claimOf(work.once, request, facts.caller)
    if (work.kind === 'statement' && !around.some(needsTransaction))
      return runShared(occasion, work, claim)
    const isolation = work.kind === 'program' ? work.isolation : 'read committed'
    const inTransaction = (run: (scope: DataScope) => Promise<Answer>) =>
      engine.data.transaction({ isolation }, run, signal)
    const { once } = work
    if (once === null || claim === null)
      return inTransaction(scope => runHooked(occasion, work, scope))
    return duplicates.run(`${facts.caller.id} ${claim.operation} ${claim.key}`, signal, () =>
      inTransaction(scope =>
        runOnce(scope, claim, once.replay, () => runHooked(occasion, work, scope)),
      ),
    )
  }
}

/** The same inside a transaction that the operation shares with others. */
export function createRunWithin(
  engine: Engine,
): (
  work: Work,
  request: OperationRequest,
  facts: RequestFacts,
  scope: DataScope,
) => Promise<Answer> {
  const hooks = hooksByOperation(engine.model)
  return (work, request, facts, scope) => {
    const operation = operationName(request.operation)
    const around = hooks.get(operation) ?? noHooks
    const run = () => runHooked({ engine, operation, around, facts }, work, scope)
    const { once } = work
    const claim = claimOf(once, request, facts.caller)
    return once === null || claim === null ? run() : runOnce(scope, claim, once.replay, run)
  }
}

/** Hooks that only look at the input leave the operation its share of a commit. */
async function runShared(
  occasion: OwnOccasion,
  work: Statement,
  claim: KeyClaim | null,
): Promise<Answer> {
  let ready: Statement
  try {
    ready = await runBefore(occasion, work, null)
  } catch (refusal) {
    return answerOfThen(occasion, work, claim, refusal)
  }
  return ready.run(occasion.engine.data, true)
}

/** A hook may refuse what it let pass when the key was new: the answer of that time stands. */
async function answerOfThen(
  { engine }: OwnOccasion,
  { once }: Statement,
  claim: KeyClaim | null,
  refusal: unknown,
): Promise<Answer> {
  if (once === null || claim === null) throw refusal
  const isolation = 'read committed'
  const stored = await engine.data.transaction({ isolation }, scope => findAnswer(scope, claim))
  if (stored === null) throw refusal
  return once.replay(stored)
}

async function runHooked(occasion: Occasion, work: Work, scope: DataScope): Promise<Answer> {
  const ready = await runBefore(occasion, work, scope)
  const answer =
    ready.kind === 'program' ? await ready.run(scope) : await ready.run(storeOf(scope), false)
  await runAfter(occasion, ready, answer, scope)
  return answer
}
