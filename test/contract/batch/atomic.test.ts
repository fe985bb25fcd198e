/** A batch that is one transaction: all of it or nothing, whatever goes wrong on the way. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertProblem, startBackend } from '../../support/backend.ts'
import { meeting, workshop, workshopPeople } from '../pipeline/workshop.ts'
import { batchesOf, resultsOf } from './sending.ts'

const house = await startBackend(workshop, workshopPeople)
const batches = batchesOf(house)
const missing = '01a20000-0000-7000-8000-000000000000'
const create = { operation: 'plain.create', input: { text: 'gone again' } }
const noted = { operation: 'notes.create', input: { text: 'gone too' } }

interface Failing {
  readonly operation: object
  readonly status: number
  readonly code: string
  readonly pointer?: string
}

const failing: Readonly<Record<string, Failing>> = {
  'a faulty input': {
    operation: { operation: 'plain.create', input: { text: 1 } },
    status: 422,
    code: 'validate.invalid',
    pointer: '/operations/2/input/text',
  },
  'a row that is not there': {
    operation: { operation: 'plain.update', id: missing, input: { text: 'a' } },
    status: 404,
    code: 'run.not-found',
  },
  'an id that is taken': {
    operation: { operation: 'plain.create', input: { id: { $ref: '0/id' }, text: 'a' } },
    status: 409,
    code: 'run.conflict',
    pointer: '/operations/2/input/id',
  },
  'another version': {
    operation: { operation: 'plain.delete', id: { $ref: '0/id' }, ifMatch: 2 },
    status: 412,
    code: 'run.stale',
  },
  'what the caller may not do': {
    operation: { operation: 'ledger.create', input: { entry: 'a' } },
    status: 403,
    code: 'authorise.denied',
  },
  "a command's own error": {
    operation: { operation: 'sum', input: { amount: 101 } },
    status: 409,
    code: 'sum.too-much',
  },
  'a hook that refuses before': {
    operation: { operation: 'notes.create', input: { text: 'a', amount: 13 } },
    status: 422,
    code: 'second.unlucky',
  },
  'a hook that throws after': {
    operation: { operation: 'notes.create', input: { text: 'a', amount: 15 } },
    status: 500,
    code: 'run.internal',
  },
  'a value that is not there': {
    operation: { operation: 'plain.read', id: { $ref: '1/no/such' } },
    status: 422,
    code: 'validate.invalid',
    pointer: '/operations/2/id',
  },
}

for (const [what, { operation, status, code, pointer }] of Object.entries(failing)) {
  test(`${what} undoes everything, hooks too, and says which operation it was`, async () => {
    await house.newEvents()
    const before = await house.counts()
    const headers = { 'idempotency-key': '"of a failure"' }
    const reply = await batches.atomic([create, noted, operation, create], { headers })
    assertProblem(reply, status, code)
    assert.match(
      reply.json.detail,
      /^Operation 2 \([\w.]+\) failed, so nothing of the batch was do/,
    )
    assert.equal(reply.json.operation, 2)
    assert.equal(reply.json.errors?.[0].pointer, pointer)
    assert.deepEqual(await house.counts(), before)
    assert.deepEqual(await house.newEvents(), [])
  })
}

test('operations see what those before them did, in their order', async () => {
  const reply = await batches.atomic([
    { operation: 'plain.create', input: { text: 'ordered', amount: 0 } },
    ...Array.from({ length: 5 }, () => ({
      operation: 'increment',
      input: { id: { $ref: '0/id' } },
    })),
    { operation: 'plain.list', query: { id: { $ref: '0/id' } } },
  ])
  const [row] = resultsOf(reply).at(-1).body.data
  assert.deepEqual([row.amount, row.version], [5, 6])
})

test('a batch is serializable as soon as one of its commands is, and tried again', async () => {
  const made = await house.send('POST', '/plain', { as: 'ada', body: { text: 'both', amount: 0 } })
  const input = { id: made.json.id }
  const arrived = Promise.withResolvers<void>()
  let waiting = 0
  meeting.wait = () => {
    waiting += 1
    if (waiting === 2) arrived.resolve()
    return arrived.promise
  }
  const batch = [create, { operation: 'increment', input }]
  const replies = await Promise.all([batches.atomic(batch), batches.atomic(batch)])
  meeting.wait = () => Promise.resolve()
  const amounts = replies.map(reply => resultsOf(reply)[1].body.amount)
  assert.deepEqual(new Set(amounts), new Set([1, 2]))
  assert.ok(waiting > 2, 'one was tried again')
})

test('a connection that is lost in the middle leaves nothing', async () => {
  const made = await house.send('POST', '/plain', { as: 'ada', body: { text: 'lost', amount: 0 } })
  await house.newEvents()
  const before = await house.counts()
  meeting.wait = async () => {
    await house.select(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and state = 'idle in transaction'`,
    )
  }
  const reply = await batches.atomic([
    create,
    noted,
    { operation: 'increment', input: { id: made.json.id } },
  ])
  meeting.wait = () => Promise.resolve()
  assertProblem(reply, 503)
  assert.deepEqual(await house.counts(), before)
  assert.deepEqual(await house.newEvents(), [])
})
