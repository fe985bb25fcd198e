/** Idempotency keys of batches: of the whole, and of their operations. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertProblem, type Reply, startBackend } from '../../support/backend.ts'
import { workshop, workshopPeople } from '../pipeline/workshop.ts'
import { batchesOf, outcomesOf, resultsOf, statusesOf } from './sending.ts'

const house = await startBackend(workshop, workshopPeople)
const sibling = await house.startAnother()
const batches = batchesOf(house)
const forms = ['each', 'atomic'] as const
const keyed = (key: string) => ({ headers: { 'idempotency-key': `"${key}"` } })

/** What a repetition must not change: bodies, tags and places of rows. */
function told(reply: Reply): unknown {
  return resultsOf(reply).map(result => ({ ...result, replayed: undefined }))
}

const orders = [
  { operation: 'plain.create', input: { text: 'once' } },
  { operation: 'plain.update', id: { $ref: '0/id' }, input: { amount: 3 } },
  { operation: 'notes.create', input: { text: 'with hooks' } },
  { operation: 'make', input: { text: 'by a command', plain: { $ref: '0/id' } } },
  { operation: 'nothing' },
]
const events = [
  'ledger.created',
  'ledger.created',
  'notes.created',
  'notes.created',
  'plain.created',
  'plain.updated',
]

for (const form of forms) {
  const send = batches[form]

  test(`${form}: twenty at once on two nodes have one effect and one answer`, async () => {
    await house.newEvents()
    const key = keyed(`twenty ${form}`)
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        send(orders, { ...key, node: at % 2 === 0 ? house.node : sibling }),
      ),
    )
    assert.deepEqual((await house.newEvents()).toSorted(), events)
    const answered = replies.filter(({ status }) => status === 200)
    assert.ok(answered.length > 0)
    for (const reply of replies.filter(each => !answered.includes(each)))
      assertProblem(reply, 409, 'run.idempotency-running')
    for (const reply of answered) assert.deepEqual(told(reply), told(answered[0]!))
    assert.deepEqual(statusesOf(answered[0]!), [201, 200, 201, 200, 204])
    const later = await send(orders, key)
    assert.deepEqual(told(later), told(answered[0]!))
    assert.deepEqual(await house.newEvents(), [])
    if (form === 'atomic') assert.equal(later.headers['idempotent-replayed'], 'true')
    else assert.ok(resultsOf(later).every(({ replayed }) => replayed === true))
  })

  test(`${form}: another batch under the same key is refused as a whole`, async () => {
    const key = keyed(`other ${form}`)
    await send(orders, key)
    const before = await house.counts()
    assertProblem(await send(orders.slice(0, 1), key), 422, mismatch)
    const otherForm = batches[form === 'each' ? 'atomic' : 'each']
    assertProblem(await otherForm(orders, key), 422, mismatch)
    assert.deepEqual(await house.counts(), before)
    const ofBob = await send(orders, { ...key, as: 'bob' })
    assert.deepEqual(statusesOf(ofBob), [201, 200, 201, 200, 204])
    assert.ok(resultsOf(ofBob).every(({ replayed }) => replayed === undefined))
  })

  test(`${form}: the key of an operation is the one that it has alone`, async () => {
    const input = { text: `alone ${form}` }
    const headers = { 'idempotency-key': `"of one ${form}"` }
    const alone = await house.send('POST', '/plain', { as: 'ada', headers, body: input })
    await house.newEvents()
    const operation = { operation: 'plain.create', input, idempotencyKey: `of one ${form}` }
    const [result] = resultsOf(await send([operation]))
    assert.deepEqual([result.body.id, result.replayed], [alone.json.id, true])
    assert.deepEqual(await house.newEvents(), [])
    const other = await send([{ ...operation, input: { text: 'other' } }])
    if (form === 'atomic') assertProblem(other, 422, mismatch)
    else assert.deepEqual(outcomesOf(other), [mismatch])
  })

  test(`${form}: a key from who is not signed in is refused`, async () => {
    const operations = [{ operation: 'ledger.list' }]
    const reply = await send(operations, { ...keyed('a'), as: undefined })
    assertProblem(reply, 400, 'wire.invalid-header')
    const ofOne = [{ operation: 'ledger.create', input: {}, idempotencyKey: 'a' }]
    const second = await send(ofOne, { as: undefined })
    if (form === 'atomic') assertProblem(second, 401)
    else assert.deepEqual(outcomesOf(second), ['identify.required'])
  })
}

const mismatch = 'run.idempotency-mismatch'

test('each: sent again, what failed is done and what was done is not', async () => {
  const key = keyed('resumed')
  const id = '01a20000-0000-7000-8000-0000000000aa'
  const operations = [
    { operation: 'plain.create', input: { text: 'done' } },
    { operation: 'plain.update', id, input: { text: 'not there yet' } },
  ]
  const first = await batches.each(operations, key)
  assert.deepEqual(outcomesOf(first), [201, 'run.not-found'])
  await house.send('POST', '/plain', { as: 'ada', body: { id, text: 'there' } })
  await house.newEvents()
  const second = await batches.each(operations, key)
  assert.deepEqual(outcomesOf(second), [201, 200])
  assert.deepEqual(await house.newEvents(), ['plain.updated'])
  assert.equal(resultsOf(second)[0].body.id, resultsOf(first)[0].body.id)
})

test('atomic: a batch that failed leaves its key free', async () => {
  const key = keyed('failed')
  const id = '01a20000-0000-7000-8000-0000000000bb'
  const operations = [
    { operation: 'plain.create', input: { text: 'a' } },
    { operation: 'plain.update', id, input: { text: 'b' } },
  ]
  assertProblem(await batches.atomic(operations, key), 404)
  await house.send('POST', '/plain', { as: 'ada', body: { id, text: 'there' } })
  assert.deepEqual(statusesOf(await batches.atomic(operations, key)), [201, 200])
})
