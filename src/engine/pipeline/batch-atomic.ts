/** A batch that is done as a whole or not at all: its operations in one transaction, in order. */

import type { Caller } from '../../base/caller.ts'
import { asProblem, problem } from '../../base/errors.ts'
import { limits } from '../../base/limits.ts'
import type { Isolation, Model } from '../../model/model.ts'
import type { BatchAnswer, BatchRequest, BatchStep } from '../batch.ts'
import type { DataScope } from '../data/data.ts'
import { Room } from '../data/room.ts'
import { countedFailure, type Decision, limitExceeded, rateLimitHeaders } from '../limit/limiter.ts'
import type { Answer, Operation, OperationRequest } from '../operation.ts'
import { bodyAnswer } from './answers.ts'
import { authorise } from './authorise.ts'
import { holdRows } from './batch-locks.ts'
import type { Engine, RequestFacts } from './engine.ts'
import { checkKeyOwner, type KeyClaim, runOnce } from './idempotency.ts'
import { prepare } from './operations.ts'
import { createRunWithin } from './run.ts'
import { checkScope, withinScope } from './scopes.ts'
import { StageTimes } from './stage-times.ts'
import type { Work } from './work.ts'

/** Runs the operations of a batch for a caller; `claim` is the idempotency key of the whole. */
export type RunBatch = (
  request: BatchRequest,
  caller: Caller,
  claim: KeyClaim | null,
) => Promise<BatchAnswer>

/** A step that passed every guard that needs no row. */
interface Ready {
  readonly request: OperationRequest
  readonly work: Work
}

type RunCharged = (
  ...given: readonly [...Parameters<RunBatch>, times: StageTimes]
) => Promise<Omit<BatchAnswer, 'headers'>>

export function createAtomic(
  engine: Engine,
  bounds: { readonly batchAnswerCharsMax: number },
): RunBatch {
  const runWithin = createRunWithin(engine)
  /** A few, so that slow reads never hold every connection of the transactions. */
  const readers = new Room(limits.batchScansInFlightMax, limits.batchesInFlightMax)
  const amongReaders = <T>(signal: AbortSignal, run: () => Promise<T>): Promise<T> =>
    readers.run({ waitMs: limits.batchDeadlineMs, signal, late: overloaded }, run)

  /** Gives the answers whole: they are kept for whoever brings the key of the batch again. */
  async function runAll(
    steps: readonly BatchStep[],
    known: readonly (Ready | null)[],
    facts: RequestFacts,
    signal: AbortSignal,
    scope: DataScope,
  ): Promise<readonly Answer[]> {
    const requests = known.flatMap(step => (step === null ? [] : [step.request]))
    const { caller } = facts
    await holdRows(engine, requests, caller, scope)
    const answers: Answer[] = []
    const seen: Answer[] = []
    let chars = 0
    for (const [at, step] of steps.entries()) {
      const answer = await placed(step, () => {
        const { request, work } = known[at] ?? ready(engine, step, facts, seen, signal)
        return runWithin(work, request, facts, scope)
      })
      chars += answer.body?.length ?? 0
      if (chars > bounds.batchAnswerCharsMax) throw step.place(problem('run.answer-too-large'))
      answers.push(answer)
      seen.push(shown(engine, step, answer, caller))
    }
    return answers
  }

  const runCharged: RunCharged = async (batch, caller, claim, times) => {
    const { steps, signal } = batch
    for (const step of steps)
      await placed(step, () => authorise(engine.model, step.operation, caller))
    times.end('authorise')
    const facts = { caller, requestId: batch.requestId, nowMs: engine.clock.now() }
    // What needs no earlier result is refused before a connection is taken.
    const known: (Ready | null)[] = []
    for (const step of steps) {
      const first = () => (step.needs.length > 0 ? null : ready(engine, step, facts, [], signal))
      known.push(await placed(step, first))
    }
    times.end('validate')
    const isolation = strictest(engine.model, steps)
    const run = () =>
      engine.data.transaction(
        { isolation },
        scope => onceFor(claim, caller, scope, () => runAll(steps, known, facts, signal, scope)),
        signal,
      )
    const slow = steps.some(({ operation }) => mayScan[operation.kind])
    const done = await (slow ? amongReaders(signal, run) : run())
    times.end('run')
    return { ...done, results: await outward(engine, batch, done, caller) }
  }

  return async (batch, caller, claim) => {
    const times = new StageTimes(engine)
    const decision = await charge(engine, batch, caller)
    times.end('limit')
    try {
      const done = await runCharged(batch, caller, claim, times)
      return { ...done, headers: rateLimitHeaders(decision) }
    } catch (error) {
      throw countedFailure(error, decision)
    }
  }
}

/** Reads that may be slow. Alone they have connections of their own, in a transaction its one. */
const mayScan: Readonly<Record<Operation['kind'], boolean>> = {
  list: true,
  aggregate: true,
  query: true,
  read: false,
  create: false,
  replace: false,
  update: false,
  delete: false,
  command: false,
}

function overloaded(): Error {
  return problem('admit.overloaded', { retryAfterSeconds: 1 })
}

/** Takes one request for each operation; the state of the bucket after the last. */
async function charge(
  engine: Engine,
  { steps, credentials }: BatchRequest,
  caller: Caller,
): Promise<Decision> {
  const { address } = credentials
  const decisions = await Promise.all(
    steps.map(async ({ operation }) => engine.limit(operation, caller, address)),
  )
  const refused = decisions.find(({ allowed }) => !allowed)
  if (refused !== undefined) throw limitExceeded(refused)
  return decisions.at(-1)!
}

/** Throws what a request that comes alone is refused with. */
function ready(
  engine: Engine,
  step: BatchStep,
  facts: RequestFacts,
  seen: readonly Answer[],
  signal: AbortSignal,
): Ready {
  const request = resolved(engine, step, facts.caller, seen, signal)
  checkKeyOwner(request, facts.caller)
  return { request, work: prepare(engine, request, facts) }
}

/** `seen`: of the steps before, what the caller was shown. */
function resolved(
  { model }: Engine,
  step: BatchStep,
  caller: Caller,
  seen: readonly Answer[],
  signal: AbortSignal,
): OperationRequest {
  const request = step.resolve(at => seen[at]!, signal)
  // only now it is known what the answer is to show
  checkScope(model, request.operation, caller)
  return request
}

/**
 * What the caller may see of answers that are whole. A replay has passed no guard that waits for a
 * result: what refers to one may show more than this API key may see.
 */
async function outward(
  engine: Engine,
  { steps, signal }: BatchRequest,
  { results, replayed }: Done,
  caller: Caller,
): Promise<readonly Answer[]> {
  const seen: Answer[] = []
  for (const [at, answer] of results.entries()) {
    const step = steps[at]!
    if (replayed) await placed(step, () => resolved(engine, step, caller, seen, signal))
    seen.push(shown(engine, step, answer, caller))
  }
  return seen
}

/** What a key may not see, it may not refer to either. */
function shown(
  { model }: Engine,
  { operation }: BatchStep,
  answer: Answer,
  caller: Caller,
): Answer {
  return withinScope(model, operation, caller, answer)
}

async function placed<T>(step: BatchStep, run: () => T | Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    throw step.place(asProblem(error))
  }
}

const isolations: readonly Isolation[] = ['read committed', 'repeatable read', 'serializable']

/** That of the command which asks for most. */
function strictest(model: Model, steps: readonly BatchStep[]): Isolation {
  const asked = steps.map(({ operation }) =>
    operation.kind === 'command' ? model.commands.get(operation.name)!.isolation : isolations[0]!,
  )
  return isolations.findLast(isolation => asked.includes(isolation)) ?? isolations[0]!
}

interface Done extends Pick<BatchAnswer, 'replayed'> {
  readonly results: readonly Answer[]
}

/** The answers of all operations are stored as one: a replay gives every one of them again. */
async function onceFor(
  claim: KeyClaim | null,
  caller: Caller,
  scope: DataScope,
  run: () => Promise<readonly Answer[]>,
): Promise<Done> {
  if (claim === null) return { results: await run(), replayed: false }
  const answer = await runOnce(
    scope,
    claim,
    ({ body }) => ({ ...bodyAnswer(body, caller), replayed: true }),
    async () => bodyAnswer(JSON.stringify(await run()), caller),
  )
  const results: readonly Answer[] = JSON.parse(answer.body!)
  return { results, replayed: answer.replayed }
}
