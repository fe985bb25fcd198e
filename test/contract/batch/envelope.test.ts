/** Bodies that are no batch: refused whole, with every faulty place, before anything is run. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { limits } from '../../../src/base/limits.ts'
import { assertProblem, startBackend } from '../../support/backend.ts'
import { workshop, workshopPeople } from '../pipeline/workshop.ts'

const house = await startBackend(workshop, workshopPeople)
const create = { operation: 'plain.create', input: { text: 'never made' } }
const id = '01a20000-0000-7000-8000-000000000000'
const second = (operation: object) => ({ operations: [create, operation] })
const read = (member: object) => second({ operation: 'plain.read', id, ...member })
const list = (query: unknown) => second({ operation: 'plain.list', query })
const update = (member: object) =>
  second({ operation: 'plain.update', id, input: { text: 'a' }, ...member })
const at = '/operations/1'

/** What was sent, and the places and codes of its faults. */
const bodies: Readonly<Record<string, readonly [body: unknown, ...faults: string[]]>> = {
  'a list': [[create], ' type'],
  'a text': ['operations', ' type'],
  'an empty object': [{}, '/operations type'],
  'no operation': [{ operations: [] }, '/operations too-short'],
  'too many operations': [
    { operations: Array.from({ length: limits.batchOperationsMax + 1 }, () => create) },
    '/operations too-long',
  ],
  'an unknown member': [{ operations: [create], atom: true }, ' unknown'],
  'a word for atomic': [{ operations: [create], atomic: 'yes' }, '/atomic type'],
  'an operation that is none': [second({ operation: 'plain.steal' }), `${at}/operation choice`],
  'a batch in a batch': [second({ operation: 'batch', operations: [] }), `${at}/operation choice`],
  'a path': [second({ operation: 'POST /plain' }), `${at}/operation choice`],
  'a name from every object': [second({ operation: 'toString' }), `${at}/operation choice`],
  'an operation without a name': [second({ input: {} }), `${at}/operation required`],
  'a null': [{ operations: [create, null] }, `${at} type`],
  'a read without its id': [second({ operation: 'plain.read' }), `${at}/id required`],
  'a create without its input': [second({ operation: 'plain.create' }), `${at}/input required`],
  'a member that the kind has not': [
    read({ input: {}, ifMatch: 1 }),
    `${at} unknown`,
    `${at} unknown`,
  ],
  'an id that is no text': [read({ id: 5 }), `${at}/id type`],
  'parameters as text': [list('limit=5'), `${at}/query type`],
  'parameters that are no values': [
    list({ limit: {}, sort: null }),
    `${at}/query type`,
    `${at}/query type`,
  ],
  'a version that is none': [update({ ifMatch: 0 }), `${at}/ifMatch format`],
  'two tags': [update({ ifMatch: '"1", "2"' }), `${at}/ifMatch format`],
  'a tag without its quotes': [update({ ifMatch: '1-abc' }), `${at}/ifMatch format`],
  'a key that is none': [update({ idempotencyKey: 'ä' }), `${at}/idempotencyKey format`],
  'a key that is empty': [update({ idempotencyKey: '' }), `${at}/idempotencyKey format`],
  'a key with a line break': [update({ idempotencyKey: 'a\n0' }), `${at}/idempotencyKey format`],
  'a reference to itself': [read({ id: { $ref: '1/id' } }), `${at}/id format`],
  'a reference to what comes later': [read({ id: { $ref: '7/id' } }), `${at}/id format`],
  'a reference without a place': [read({ id: { $ref: '0' } }), `${at}/id format`],
  'a reference to a number': [read({ id: { $ref: 0 } }), `${at}/id format`],
  'a reference with a broken escape': [read({ id: { $ref: '0/a~2' } }), `${at}/id format`],
  'a reference below zero': [read({ id: { $ref: '-1/id' } }), `${at}/id format`],
  'a reference of a thousand letters': [
    read({ id: { $ref: `0/${'a'.repeat(1000)}` } }),
    `${at}/id format`,
  ],
  'faulty references in every part': [
    second({
      operation: 'make',
      input: {
        text: { $ref: 'x' },
        lines: [{ note: { $ref: 'y' } }],
        inner: { notes: [{ $ref: 'z' }] },
      },
    }),
    `${at}/input/text format`,
    `${at}/input/lines/0/note format`,
    `${at}/input/inner/notes/0 format`,
  ],
  'too many references': [
    second({
      operation: 'plain.list',
      query: {
        'text[in]': Array.from({ length: limits.batchReferencesMax + 1 }, () => ({
          $ref: '0/text',
        })),
      },
    }),
    '/operations too-long',
  ],
}

for (const atomic of [false, true]) {
  for (const [what, [body, ...faults]] of Object.entries(bodies)) {
    test(`${what} is no batch${atomic ? ', atomic or not' : ''}`, async () => {
      const before = await house.counts()
      const isBatch = typeof body === 'object' && body !== null && 'operations' in body
      const sent = isBatch && atomic && !('atomic' in body) ? { ...body, atomic } : body
      const reply = await house.send('POST', '/batch', { as: 'ada', body: sent })
      assertProblem(reply, 400, 'wire.invalid-batch')
      const errors: readonly { pointer: string; code: string }[] = reply.json.errors
      assert.deepEqual(
        errors.map(({ pointer, code }) => `${pointer} ${code}`),
        faults,
      )
      assert.deepEqual(await house.counts(), before)
    })
  }
}

test('how operations are named is told without a document that may not be there', async () => {
  const body = second({ operation: 'POST /plain' })
  const { json } = await house.send('POST', '/batch', { as: 'ada', body })
  assert.match(json.errors[0].detail, /like products\.create, commands .* by their own names/)
  assert.doesNotMatch(json.errors[0].detail, /openapi/i)
})

test('what is wrong around a batch is refused as around any change', async () => {
  const body = { operations: [create] }
  const send = (target: string, headers: Record<string, string> = {}) =>
    house.send('POST', target, { as: 'ada', body, headers })
  assertProblem(await send('/batch?fields=id'), 422, 'validate.query')
  assertProblem(await send('/batch', { 'if-match': '"1"' }), 400, 'wire.invalid-header')
  assertProblem(await send('/batch', { accept: 'text/html' }), 406)
  assertProblem(await house.send('POST', '/batch', { as: 'ada' }), 400, 'wire.invalid-json')
  assertProblem(await house.send('GET', '/batch', { as: 'ada' }), 405)
  const raw = `{"operations":[${'{},'.repeat(400_000)}{}]}`
  assertProblem(await house.send('POST', '/batch', { as: 'ada', raw }), 413)
})
