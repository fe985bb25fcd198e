/** What a short batch may make of long texts: no more than its body could have brought. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { access, backend, field, resource } from 'mettle'
import { limits } from '../../../src/base/limits.ts'
import { startBackend } from '../../support/backend.ts'
import { batchesOf, outcomesOf, resultsOf } from './sending.ts'

const { anyone } = access
const pages = resource('pages', {
  fields: { text: field.text({ max: limits.textCharsMax }), number: field.integer() },
  access: { read: anyone, create: anyone, update: anyone, delete: anyone },
})
const house = await startBackend(backend('library', { parts: { pages } }))
const batches = batchesOf(house)
const nobody = { as: undefined }

async function page(chars: number): Promise<string> {
  const body = { text: 'x'.repeat(chars), number: 0 }
  return (await house.send('POST', '/pages', { body })).json.id
}

test('a reference stands for a short text only', async () => {
  const most = limits.batchReferredCharsMax
  const copy = { operation: 'pages.create', input: { text: { $ref: '0/text' }, number: 1 } }
  const operations = async (chars: number) => [
    { operation: 'pages.read', id: await page(chars) },
    copy,
  ]
  assert.deepEqual(outcomesOf(await batches.each(await operations(most), nobody)), [200, 201])
  const reply = await batches.each(await operations(most + 1), nobody)
  assert.deepEqual(outcomesOf(reply), [200, 'validate.invalid'])
  assert.deepEqual(resultsOf(reply)[1]!['problem'].errors, [
    {
      pointer: '/operations/1/input/text',
      code: 'too-long',
      detail: `refers to a text of more than ${most} characters`,
    },
  ])
  assert.equal((await batches.atomic(await operations(most + 1), nobody)).status, 422)
})

test('what is changed is told also beyond the size of an answer, without its body', async () => {
  const id = await page(limits.textCharsMax)
  const operations = Array.from({ length: limits.batchOperationsMax }, (_, number) => ({
    operation: 'pages.update',
    id,
    input: { number: number + 1 },
  }))
  const reply = await batches.each(operations, nobody)
  assert.ok(reply.text.length < limits.batchAnswerCharsMax + 100_000, String(reply.text.length))
  const results = resultsOf(reply)
  assert.ok(results.every(({ status, etag }) => status === 200 && etag !== undefined))
  const bare = results.filter(({ body }) => body === undefined)
  assert.ok(bare.length > 0 && bare.length < results.length, String(bare.length))
})
