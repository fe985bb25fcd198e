/** The stages of a request: their order, what each refuses, and what is told of them. */

import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { test } from 'node:test'
import { access, backend, field, identity, resource } from 'mettle'
import { anonymous, type Caller } from '../../../src/base/caller.ts'
import { Problem, problem } from '../../../src/base/errors.ts'
import type { Observation } from '../../../src/base/observe.ts'
import type { Data } from '../../../src/engine/data/data.ts'
import type { Decision } from '../../../src/engine/limit/limiter.ts'
import { createPolicySets } from '../../../src/engine/limit/policy.ts'
import type { OperationRequest } from '../../../src/engine/operation.ts'
import type { Engine } from '../../../src/engine/pipeline/engine.ts'
import { createPipeline } from '../../../src/engine/pipeline/pipeline.ts'
import { buildModel } from '../../../src/model/build.ts'
import { createPlanRead } from '../../../src/sql/plan-cache.ts'
import { createPlanRows, createPlanWrite } from '../../../src/sql/write/plan-cache.ts'

const { anyone, signedIn } = access
const users = identity({ fields: {}, signUp: 'open' })
const things = resource('things', {
  fields: { text: field.text() },
  access: { read: signedIn, create: signedIn },
})
const guestbook = resource('guestbook', {
  fields: { text: field.text() },
  access: { read: anyone, create: anyone },
})
const model = buildModel(backend('test', { parts: { users, things, guestbook } }))

const id = '0190c5f0-5f9c-7000-8000-0123456789ab'
const ada: Caller = { kind: 'user', id, roles: [], tenant: null, session: null, apiKey: null }
const set = createPolicySets(model.limits).ordinary
const allowed: Decision = { set, allowed: true, levels: [9 * 60_000] }

function never(): never {
  throw new Error('nobody asks for this')
}

const data: Data = {
  read: () => Promise.resolve(['{"text":"a"}', 3]),
  write: never,
  transaction: never,
}

function start(parts: Partial<Engine> = {}) {
  const observations: Observation[] = []
  const execute = createPipeline({
    model,
    data,
    clock: { now: () => 0, monotonic: () => 0 },
    observe: observation => void observations.push(observation),
    identify: () => ada,
    limit: () => allowed,
    planRead: createPlanRead(model),
    planWrite: createPlanWrite(model),
    planLock: createPlanRows(model).lock,
    repositories: never,
    cursorKey: createSecretKey(Buffer.alloc(32)),
    inFlightMax: 1,
    ...parts,
  })
  const stages = () => observations.flatMap(seen => (seen.kind === 'stage' ? [seen.stage] : []))
  return { execute, stages }
}

function read(more: Partial<OperationRequest> = {}): OperationRequest {
  const view = { fields: null, expand: [] }
  return {
    operation: { kind: 'read', resource: 'things', id, view },
    credentials: { cookie: null, bearer: null, address: '127.0.0.1' },
    requestId: 'request',
    surface: 'rest',
    wire: 'text',
    ifMatch: null,
    idempotencyKey: null,
    signal: null,
    trail: { caller: null },
    ...more,
  }
}

const refusal = (code: string) => (error: unknown) =>
  error instanceof Problem && error.code === code

test('a request passes every stage, and is answered with the state of its bucket', async () => {
  const { execute, stages } = start()
  const request = read()
  const answer = await execute(request)
  assert.deepEqual([answer.status, answer.body, answer.shared], [200, '{"text":"a"}', false])
  assert.deepEqual(stages(), ['authorise', 'validate', 'run'])
  assert.equal(request.trail.caller?.id, id)
  assert.ok(Object.keys(answer.headers).includes('ratelimit'))
})

test('who the caller is and what is left to him are timed where somebody had to be asked', async () => {
  const { execute, stages } = start({
    identify: async () => ada,
    limit: async () => allowed,
  })
  await execute(read())
  assert.deepEqual(stages(), ['identify', 'limit', 'authorise', 'validate', 'run'])
})

test('beyond the bound a request is refused at once, and the place is given back', async () => {
  const answer = Promise.withResolvers<readonly unknown[]>()
  const { execute } = start({ data: { ...data, read: () => answer.promise } })
  const first = execute(read())
  await assert.rejects(execute(read()), refusal('admit.overloaded'))
  answer.resolve(['{}', 1])
  await first
  assert.equal((await execute(read())).status, 200)
})

test('a failing request gives its place back too', async () => {
  const { execute } = start()
  const view = { fields: null, expand: [] }
  const wrong = read({ operation: { kind: 'read', resource: 'things', id: 'x', view } })
  await assert.rejects(execute(wrong), refusal('validate.id'))
  assert.equal((await execute(read())).status, 200)
})

test('an idempotency key is refused from nobody in particular, who would share it with all', async () => {
  const done = { outcome: 'done', detail: null, body: '{}', version: 1 } as const
  const store: Data = { ...data, write: () => Promise.resolve(done) }
  const { execute } = start({ identify: () => anonymous, data: store })
  const view = { fields: null, expand: [] }
  const entry = read({
    operation: { kind: 'create', resource: 'guestbook', input: { text: 'a' }, view },
    wire: 'json',
  })
  assert.equal((await execute(entry)).status, 201)
  const keyed = { ...entry, idempotencyKey: 'guess' }
  await assert.rejects(execute(keyed), refusal('wire.invalid-header'))
  const known = start({ data: store })
  assert.equal((await known.execute(keyed)).status, 201)
})

test('each stage refuses before the next one works', async () => {
  const unknown = start({ identify: () => Promise.reject(problem('identify.invalid-token')) })
  await assert.rejects(unknown.execute(read()), refusal('identify.invalid-token'))
  assert.deepEqual(unknown.stages(), [])

  const eager = start({ identify: async () => ada, limit: () => ({ ...allowed, allowed: false }) })
  const request = read()
  await assert.rejects(eager.execute(request), refusal('limit.exceeded'))
  assert.deepEqual(eager.stages(), ['identify'])
  assert.equal(request.trail.caller?.id, id, 'the log line names who asked too often')

  const silent = { ...data, read: never }
  const nobody = start({ identify: () => anonymous, limit: async () => allowed, data: silent })
  await assert.rejects(nobody.execute(read()), refusal('identify.required'))
  assert.deepEqual(nobody.stages(), ['limit'])
  const deletion: OperationRequest['operation'] = { kind: 'delete', resource: 'things', id }
  const denied = start()
  await assert.rejects(denied.execute(read({ operation: deletion })), refusal('authorise.denied'))
})

test('whatever is thrown inside leaves as a problem with its cause', async () => {
  for (const thrown of [new Error('secret'), undefined, 'text', null]) {
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- that is the disaster
    const { execute } = start({ data: { ...data, read: () => Promise.reject(thrown) } })
    await assert.rejects(execute(read()), error => {
      assert.ok(error instanceof Problem && error.code === 'run.internal')
      assert.notEqual(error.cause, undefined)
      assert.doesNotMatch(error.message, /secret/)
      return true
    })
  }
})
