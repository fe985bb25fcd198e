/** The run stage: a statement among others, or a transaction with hooks and an idempotency key of its own. */

import type { Caller } from '../../base/caller.ts'
import { limits } from '../../base/limits.ts'
import { problem } from '../../base/errors.ts'
import type { HookModel } from '../../model/model.ts'
import type { DataScope } from '../data/data.ts'
import { Lines } from '../data/lines.ts'
import type { Answer, OperationRequest } from '../operation.ts'
import type { Engine, RequestFacts } from './engine.ts'
import { hooksByOperation, needsTransaction, runAfter, runBefore } from './hooks.ts'
import { claimKey, storeAnswer, type ClaimedKey } from './idempotency.ts'
import { type Statement, storeOf, type Work } from './work.ts'
import { keyOf } from './write.ts'

type Run = (name: string, work: Work, request: OperationRequest, caller: Caller) => Promise<Answer>

export function createRun(engine: Engine): Run {
  const hooks = hooksByOperation(engine.model)
  const keys = new Lines()
  return (name, work, request, caller) => {
    const around = hooks.get(name) ?? []
    const facts = { caller, requestId: request.requestId, nowMs: engine.clock.now() }
    if (work.kind === 'statement' && !around.some(needsTransaction)) {
      if (around.length === 0) return work.run(engine.data, true)
      return runShared(engine, around, name, work, facts)
    }
    const key = keyOf(request.operation, request)
    const creates = request.operation.kind === 'create' ? request.operation.resource : null
    const claimed = key === null ? null : { ...key, caller, operation: name, creates }
    const run = () =>
      runInTransaction(engine, { name, around, work, key: claimed, facts }, request.signal)
    if (claimed === null) return run()
    // Duplicates on this node wait here, holding no connection, and find the stored answer when their turn comes.
    const patience = { waitMs: limits.duplicateWaitMs, signal: request.signal, late: stillRunning }
    return keys.run(`${caller.id} ${name} ${claimed.key}`, patience, run)
  }
}

async function runShared(
  engine: Engine,
  around: readonly HookModel[],
  name: string,
  work: Statement,
  facts: RequestFacts,
): Promise<Answer> {
  const ready = await runBefore(engine, around, name, work, null, facts)
  return ready.run(engine.data, true)
}

function stillRunning(): Error {
  return problem('run.idempotency-running', { retryAfterSeconds: 1 })
}

interface Task {
  readonly name: string
  readonly around: readonly HookModel[]
  readonly work: Work
  readonly key: ClaimedKey | null
  readonly facts: RequestFacts
}

function runInTransaction(engine: Engine, task: Task, signal: AbortSignal | null): Promise<Answer> {
  const isolation = task.work.kind === 'program' ? task.work.isolation : 'read committed'
  return engine.data.transaction(
    { isolation },
    async scope => {
      const stored = task.key === null ? null : await claimKey(scope, task.key)
      if (stored !== null) return stored
      const answer = await runHooked(engine, task, scope)
      if (task.key !== null) await storeAnswer(scope, task.key, answer)
      return answer
    },
    signal,
  )
}

async function runHooked(engine: Engine, task: Task, scope: DataScope): Promise<Answer> {
  const { name, around, facts } = task
  const work = await runBefore(engine, around, name, task.work, scope, facts)
  const answer =
    work.kind === 'program' ? await work.run(scope) : await work.run(storeOf(scope), false)
  await runAfter(engine, around, name, work, answer, scope, facts)
  return answer
}
