/** What a batch does in both of its forms: operations, references, results, rights. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertProblem, startBackend } from '../../support/backend.ts'
import { workshop, workshopPeople } from '../pipeline/workshop.ts'
import { batchesOf, outcomesOf, resultsOf, statusesOf } from './sending.ts'

const house = await startBackend(workshop, workshopPeople)
const batches = batchesOf(house)
const forms = ['each', 'atomic'] as const
const missing = '01a20000-0000-7000-8000-000000000000'

async function plainRow(text: string): Promise<{ id: string; version: number }> {
  const reply = await house.send('POST', '/plain', { as: 'ada', body: { text } })
  return reply.json
}

for (const form of forms) {
  const send = batches[form]

  test(`${form}: every kind of operation, each with the answer that it has alone`, async () => {
    const { id } = await plainRow('replaced')
    const other = await plainRow('deleted')
    await house.newEvents()
    const reply = await send([
      { operation: 'plain.create', input: { text: 'new', amount: 4 }, query: { fields: 'text' } },
      { operation: 'plain.replace', id, input: { text: form, amount: 1 }, ifMatch: '"1"' },
      { operation: 'plain.delete', id: other.id, ifMatch: 1 },
      {
        operation: 'plain.list',
        query: { 'text[in]': [form, 'unseen'], limit: 5, fields: 'text' },
      },
      { operation: 'tidy.create', input: { text: ' a ' } },
      { operation: 'sum', input: { amount: 2 } },
      { operation: 'nothing' },
      { operation: 'by-text', input: { text: 'unseen', limit: 3 } },
    ])
    const results = resultsOf(reply)
    assert.deepEqual(statusesOf(reply), [201, 200, 204, 200, 201, 200, 204, 200])
    assert.deepEqual(results[0].body, { text: 'new' })
    assert.match(results[0].location, /^\/api\/v1\/plain\/[\w-]+$/)
    assert.match(results[0].etag, /^"1-\S+"$/)
    assert.deepEqual([results[1].body.text, results[1].body.version], [form, 2])
    assert.deepEqual(Object.keys(results[2]), ['status'])
    assert.equal(results[4].body.text, 'a')
    assert.equal(results[5].body.total, 3)
    assert.deepEqual(results[7].body, { data: [], next: null })
    if (form === 'atomic') assert.deepEqual(results[3].body.data, [{ text: form }])
    const events = await house.newEvents()
    assert.deepEqual(events.toSorted(), [
      'ledger.created', // a hook of plain.list
      'plain.created',
      'plain.created',
      'plain.deleted',
      'plain.updated',
      'tidy.created',
    ])
    assert.equal(reply.headers['cache-control'], 'no-store')
    assert.ok(String(reply.headers.ratelimit).startsWith('"default";r='))
  })

  test(`${form}: results refer to earlier ones, in bodies, ids, versions and parameters`, async () => {
    const reply = await send([
      { operation: 'plain.create', input: { text: `of ${form}`, amount: 7 } },
      { operation: 'plain.read', id: { $ref: '0/id' }, query: { fields: 'amount' } },
      {
        operation: 'plain.update',
        id: { $ref: '0/id' },
        ifMatch: { $ref: '0/version' },
        input: { amount: { $ref: '1/amount' }, text: 'changed' },
      },
      {
        operation: 'plain.list',
        query: { id: { $ref: '2/id' }, 'text[in]': [{ $ref: '2/text' }] },
      },
      { operation: 'increment', input: { id: { $ref: '3/data/0/id' } } },
      {
        operation: 'make',
        input: { text: 'm', plain: { $ref: '0/id' }, lines: [], inner: { notes: [] } },
      },
      { operation: 'make', input: { text: 'n', lines: [{ note: { $ref: '5/id' } }] } },
      { operation: 'make', input: { text: 'o', inner: { notes: [{ $ref: '6/id' }] } } },
    ])
    assert.deepEqual(statusesOf(reply), [201, 200, 200, 200, 200, 200, 200, 200], reply.text)
    const results = resultsOf(reply)
    assert.deepEqual(results[1].body, { amount: 7 })
    assert.deepEqual([results[2].body.text, results[2].body.amount], ['changed', 7])
    assert.equal(results[3].body.data.length, 1)
    assert.equal(results[4].body.amount, 8)
  })

  test(`${form}: who may make a row but not read it may refer to its id`, async () => {
    const reply = await send([
      { operation: 'drafts.create', input: { text: 'hidden', shown: false } },
      { operation: 'plain.create', input: { text: { $ref: '0/id' } } },
    ])
    const [draft, named] = resultsOf(reply)
    assert.equal(draft.body, undefined)
    assert.equal(draft.location, `/api/v1/drafts/${named.body.text}`)
  })

  test(`${form}: the rights of one never help another`, async () => {
    const mine = await house.send('POST', '/notes', { as: 'ada', body: { text: 'mine' } })
    const { id } = mine.json
    for (const as of ['bob', undefined]) {
      const reply = await send(
        [
          { operation: 'ledger.list', query: { limit: 1 } },
          { operation: 'notes.read', id },
          { operation: 'notes.update', id, input: { text: 'taken' } },
          { operation: 'notes.delete', id },
          { operation: 'ledger.create', input: { entry: 'forged' } },
          { operation: 'notes.create', input: { text: 'x', rating: 5 } },
        ],
        { as },
      )
      if (form === 'atomic') assertProblem(reply, [401, 403])
      else {
        const refused = as === undefined ? 'identify.required' : 'authorise.denied'
        const hidden = as === undefined ? 'identify.required' : 'run.not-found'
        assert.deepEqual(outcomesOf(reply), [
          200,
          hidden,
          hidden,
          hidden,
          refused,
          as === undefined ? 'identify.required' : 'authorise.denied',
        ])
      }
    }
    const after = await house.send('GET', `/notes/${id}`, { as: 'ada' })
    assert.deepEqual([after.json.text, after.json.version], ['mine 1 2', 1])
    const staff = await send([{ operation: 'notes.read', id }], { as: 'staff' })
    assert.equal(resultsOf(staff)[0].body.rating, null)
    const own = await send([{ operation: 'notes.read', id }])
    assert.ok(!Object.hasOwn(resultsOf(own)[0].body, 'rating'), 'a field that only staff reads')
  })

  test(`${form}: a bad token refuses the whole, and costs what it costs alone`, async () => {
    const before = await house.counts()
    const operations = [{ operation: 'plain.create', input: { text: 'a' } }]
    const headers = { authorization: 'Bearer nonsense' }
    assertProblem(await send(operations, { as: undefined, headers }), 401, 'identify.invalid-token')
    assert.deepEqual(await house.counts(), before)
  })
}

test('each: a failure is its own, with its places in the batch', async () => {
  const { id } = await plainRow('a')
  const reply = await batches.each([
    { operation: 'plain.create', input: { text: 1, unknown: true } },
    { operation: 'plain.read', id: missing },
    { operation: 'plain.read', id: 'no-id' },
    { operation: 'plain.list', query: { sort: 'amount', nothing: 1 } },
    { operation: 'plain.update', id, input: { text: 'b' }, ifMatch: '"9-x"' },
    { operation: 'sum', input: { amount: 101 } },
    { operation: 'notes.create', input: { text: 'a', amount: 13 } },
    { operation: 'plain.create', input: { text: 'the only one' } },
    { operation: 'plain.read', id: { $ref: '5/total' } },
    { operation: 'plain.update', id: { $ref: '7/id' }, input: { text: { $ref: '7/nothing' } } },
  ])
  assert.deepEqual(outcomesOf(reply), [
    'validate.invalid',
    'run.not-found',
    'validate.id',
    'validate.query',
    'run.stale',
    'sum.too-much',
    'second.unlucky',
    201,
    'run.dependency',
    'validate.invalid',
  ])
  const problems = resultsOf(reply).map(({ problem }) => problem)
  const pointers = problems.map(problem => (problem?.errors ?? []).map((e: Fault) => e.pointer))
  assert.deepEqual(pointers[0], ['/operations/0/input/text', '/operations/0/input/unknown'])
  assert.deepEqual(pointers[2], ['/operations/2/id'])
  assert.deepEqual(pointers[3], ['/operations/3/query/nothing'])
  assert.deepEqual(pointers[9], ['/operations/9/input/text'])
  assert.equal(problems[9].errors[0].code, 'no-result')
  assert.deepEqual(problems[5].data, { most: 100 })
  assert.equal(problems[5].requestId, reply.headers['x-request-id'])
  assert.equal(problems[8].detail, 'Operation 5 failed.')
})

interface Fault {
  readonly pointer: string
}

test('each: a defect of user code is in the log, and tells nothing', async () => {
  const reply = await batches.each([{ operation: 'sum', input: { fault: 'throws' } }])
  assert.deepEqual(outcomesOf(reply), ['run.internal'])
  assert.doesNotMatch(reply.text, /secret/)
  const fault = house.observations.findLast(({ kind }) => kind === 'fault')
  assert.ok(fault?.kind === 'fault' && fault.where === 'sum')
  assert.match(String(fault.error), /secret/)
})

test('each: operations without references share statements and commits', async () => {
  const before = house.observations.length
  const creates = Array.from({ length: 20 }, (_, at) => ({
    operation: 'plain.create',
    input: { text: 'together', amount: at },
  }))
  const reply = await batches.each(creates)
  const amounts = resultsOf(reply).map(({ body }) => body.amount)
  assert.deepEqual(
    amounts,
    creates.map(({ input }) => input.amount),
  )
  const sizes = house.observations
    .slice(before)
    .flatMap(seen => (seen.kind === 'batch' && seen.route === 'write' ? [seen.size] : []))
  assert.deepEqual(sizes, [20])
})

test('references are not looked for inside of a document', async () => {
  const shop = await startBackend()
  const attributes = { $ref: '0/email', deep: { $ref: '0/id' } }
  const reply = await shop.send('POST', '/batch', {
    as: 'staff',
    body: {
      operations: [
        { operation: 'products.create', input: { name: 'a', price: '1' } },
        { operation: 'products.create', input: { name: 'b', price: '1', attributes } },
        {
          operation: 'products.create',
          input: { name: 'c', price: '1', attributes: { $ref: '0/id' } },
        },
      ],
    },
  })
  const [, second, third] = resultsOf(reply)
  assert.deepEqual(second.body.attributes, attributes)
  assert.deepEqual(third.body.attributes, { $ref: '0/id' })
})
