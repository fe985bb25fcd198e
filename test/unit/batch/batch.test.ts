/** The bounds of a batch, at its seams: requests taken, time, size, batches at once. */

import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { test } from 'node:test'
import { backend, field, resource, access } from 'mettle'
import { anonymous, type Caller } from '../../../src/base/caller.ts'
import { Problem, problem } from '../../../src/base/errors.ts'
import type { BatchRequest, BatchStep } from '../../../src/engine/batch.ts'
import type { DataScope } from '../../../src/engine/data/data.ts'
import { wholeView } from '../../../src/engine/operation.ts'
import type { Execute, Operation } from '../../../src/engine/operation.ts'
import { bodyAnswer } from '../../../src/engine/pipeline/answers.ts'
import { type BatchLimits, createBatch } from '../../../src/engine/pipeline/batch.ts'
import { createPolicySets } from '../../../src/engine/limit/policy.ts'
import type { Engine } from '../../../src/engine/pipeline/engine.ts'
import { buildModel } from '../../../src/model/build.ts'
import { costOf } from '../../../src/ports/buckets.ts'
import { createPlanRead } from '../../../src/sql/plan-cache.ts'
import { createPlanRows, createPlanWrite } from '../../../src/sql/write/plan-cache.ts'
import { limit } from '../limit/policies.ts'

const { anyone } = access
const things = resource('things', {
  fields: { text: field.text({ max: 10 }) },
  access: { read: anyone, create: anyone, update: anyone, delete: anyone },
})
const model = buildModel(backend('attic', { parts: { things } }))
const id = '01a20000-0000-7000-8000-000000000001'
const ada: Caller = { kind: 'user', id, roles: [], tenant: null, session: null, apiKey: null }
const set = createPolicySets([limit('default', 10)]).ordinary
const level = costOf(set.policies[0]!) * 5

function never(): never {
  throw new Error('nobody asks for this')
}

const read: Operation = { kind: 'read', resource: 'things', id, view: wholeView }
const create: Operation = {
  kind: 'create',
  resource: 'things',
  input: { text: 'a' },
  view: wholeView,
}

function stepOf(operation: Operation, needs: readonly number[] = []): BatchStep {
  return {
    operation,
    needs,
    resolve: (_answerOf, signal) => ({
      operation,
      credentials,
      requestId: 'request',
      surface: 'rest',
      wire: 'json',
      ifMatch: null,
      idempotencyKey: null,
      signal,
      trail: { caller: null },
    }),
    place: failure => failure,
  }
}

const credentials = { cookie: null, bearer: null, address: '127.0.0.1' }

function batch(
  steps: readonly BatchStep[],
  atomic: boolean,
  signal = new AbortController().signal,
): BatchRequest {
  const request = { credentials, requestId: 'request', idempotencyKey: null }
  return { ...request, trail: { caller: null }, steps, atomic, content: null, signal }
}

/** A database whose every row is this text, and a limit that is reached after so many requests. */
function start(options: {
  readonly execute?: Execute
  readonly bounds?: Partial<BatchLimits>
  readonly quota?: number
  readonly scope?: Partial<DataScope>
  readonly caller?: Caller
}) {
  const { execute = never, bounds = {}, quota = 100, scope = {}, caller = ada } = options
  const row = ['{"text":"12345"}', 1]
  const inside = { read: () => Promise.resolve(row), ...scope }
  const seen = { taken: 0, transactions: 0 }
  const engine: Engine = {
    model,
    data: {
      read: never,
      write: never,
      transaction(_options, work) {
        seen.transactions += 1
        return Reflect.apply(work, null, [inside])
      },
    },
    clock: { now: () => 0, monotonic: () => 0 },
    observe: () => {},
    identify: () => caller,
    limit() {
      seen.taken += 1
      return { set, allowed: seen.taken <= quota, levels: [seen.taken <= quota ? level : 0] }
    },
    planRead: createPlanRead(model),
    planWrite: createPlanWrite(model),
    planLock: createPlanRows(model).lock,
    repositories: never,
    cursorKey: createSecretKey(Buffer.alloc(32)),
    inFlightMax: 1,
  }
  const wide = { batchDeadlineMs: 60_000, batchAnswerCharsMax: 1_000, batchesInFlightMax: 10 }
  return { run: createBatch(engine, execute, { ...wide, ...bounds }), seen }
}

const refusal = (code: string) => (error: unknown) =>
  error instanceof Problem && error.code === code

const codeOf = (result: unknown) => (result instanceof Problem ? result.code : 'answered')

/** Answers what is read, and has no answer for a change. */
const stuck: Execute = ({ operation }) =>
  operation.kind === 'read' ? Promise.resolve(bodyAnswer('{}', ada)) : new Promise(() => {})

test('an atomic batch takes a request for each operation, and is refused where one is missing', async () => {
  const steps = [stepOf(read), stepOf(read), stepOf(read)]
  const { run, seen } = start({ quota: 3 })
  const { headers } = await run(batch(steps, true))
  assert.deepEqual([seen.taken, seen.transactions], [3, 1])
  assert.equal(headers['ratelimit'], '"default";r=5;t=30')
  const tight = start({ quota: 2 })
  await assert.rejects(tight.run(batch(steps, true)), refusal('limit.exceeded'))
  assert.equal(tight.seen.transactions, 0)
})

test('in an atomic batch too, a key is for callers who are signed in', async () => {
  const step = stepOf(create)
  const keyed: BatchStep = {
    ...step,
    resolve: (...given) => ({ ...step.resolve(...given), idempotencyKey: 'guessed' }),
  }
  const { run, seen } = start({ caller: anonymous })
  await assert.rejects(run(batch([keyed], true)), refusal('wire.invalid-header'))
  assert.equal(seen.transactions, 0)
})

test('operations that stand for themselves go the way of requests that come alone', async () => {
  const asked: Operation[] = []
  const execute: Execute = async ({ operation }) => {
    asked.push(operation)
    throw problem('limit.exceeded', { headers: { ratelimit: 'spent' } })
  }
  const { run } = start({ execute })
  const { results, headers } = await run(batch([stepOf(read), stepOf(create)], false))
  assert.deepEqual(asked, [read, create])
  assert.deepEqual(results.map(codeOf), ['limit.exceeded', 'limit.exceeded'])
  assert.equal(headers['ratelimit'], 'spent')
})

test('at the deadline what is done is told, and of the rest that nobody knows', async () => {
  const late: Execute = request =>
    request.operation.kind === 'list' ? new Promise(() => {}) : stuck(request)
  const { run } = start({ execute: late, bounds: { batchDeadlineMs: 5 } })
  const list: Operation = {
    kind: 'list',
    resource: 'things',
    list: { filters: [], sort: [], limit: null, after: null, total: false },
    view: wholeView,
  }
  const steps = [stepOf(read), stepOf(create), stepOf(list), stepOf(read, [1])]
  const { results } = await run(batch(steps, false))
  const codes = ['answered', 'run.outcome-unknown', 'run.timeout', 'run.dependency']
  assert.deepEqual(results.map(codeOf), codes)
})

test('a batch that nobody waits for any more ends', async () => {
  const { run } = start({ execute: stuck })
  const gone = AbortSignal.abort(new Error('gone'))
  const { results } = await run(batch([stepOf(create)], false, gone))
  assert.deepEqual(results.map(codeOf), ['run.outcome-unknown'])
})

test('the deadline of an atomic batch ends its transaction', async () => {
  const signals: AbortSignal[] = []
  const { run } = start({
    bounds: { batchDeadlineMs: 5 },
    scope: {
      read: () =>
        new Promise((_, reject) => {
          const [signal] = signals
          signal!.addEventListener('abort', () => reject(signal!.reason))
        }),
    },
  })
  const step = stepOf(read)
  const watched: BatchStep = {
    ...step,
    resolve(answerOf, signal) {
      signals.push(signal)
      return step.resolve(answerOf, signal)
    },
  }
  await assert.rejects(run(batch([watched], true)), refusal('run.timeout'))
})

test('what reads add beyond the size of an answer is refused, what was changed is told', async () => {
  const execute: Execute = () => Promise.resolve(bodyAnswer('"12345"', ada))
  const bounds = { batchAnswerCharsMax: 15 }
  const each = start({ execute, bounds })
  const steps = [read, read, read, create].map(operation => stepOf(operation))
  const { results } = await each.run(batch(steps, false))
  const codes = ['answered', 'answered', 'run.answer-too-large', 'answered']
  assert.deepEqual(results.map(codeOf), codes)
  const bodies = results.map(result => (result instanceof Problem ? null : result.body))
  assert.deepEqual(bodies, ['"12345"', '"12345"', null, null])
  const atomic = start({ bounds })
  await assert.rejects(atomic.run(batch(steps, true)), refusal('run.answer-too-large'))
})

test('beyond the bound a batch is refused at once, and the place is given back', async () => {
  const open = Promise.withResolvers<void>()
  const execute: Execute = async () => {
    await open.promise
    return bodyAnswer('{}', ada)
  }
  const { run } = start({ execute, bounds: { batchesInFlightMax: 1 } })
  const first = run(batch([stepOf(read)], false))
  await assert.rejects(run(batch([stepOf(read)], false)), refusal('admit.overloaded'))
  open.resolve()
  await first
  await run(batch([stepOf(read)], false))
})
