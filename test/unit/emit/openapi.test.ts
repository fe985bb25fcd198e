/** The OpenAPI document of the shop: whole in itself, and true to the routes that are served. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { access, backend, command, field, query, resource, sql } from 'mettle'
import shop from '../../../examples/shop/backend.ts'
import { authRoutes } from '../../../src/api/auth/routes.ts'
import { operationsOf as batchOperationsOf } from '../../../src/api/batch/catalogue.ts'
import { batchRoute } from '../../../src/api/batch/route.ts'
import { restRoutes } from '../../../src/api/rest/routes.ts'
import { openApi } from '../../../src/emit/openapi/openapi.ts'
import { buildModel } from '../../../src/model/build.ts'
import type { Route } from '../../../src/api/http/route.ts'
import type { OperationObject } from '../../../src/emit/openapi/document.ts'

const model = buildModel(shop)
const document = openApi(model)

/** `GET /api/v1/products`: every operation of a document by method and path. */
function operationsOf(described: typeof document): ReadonlyMap<string, OperationObject> {
  return new Map(
    Object.entries(described.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => [
        `${method.toUpperCase()} ${path}`,
        operation,
      ]),
    ),
  )
}

const operations = operationsOf(document)

test('every reference leads to a component', () => {
  const references = JSON.stringify(document).matchAll(/"\$ref":"#\/components\/(\w+)\/([^"]+)"/g)
  let count = 0
  for (const [, kind, name] of references) {
    const components = Object.entries(document.components).find(([key]) => key === kind)?.[1]
    assert.ok(components !== undefined && Object.hasOwn(components, name!), `${kind}/${name}`)
    count += 1
  }
  assert.ok(count > 200)
})

test('every component has a legal name and is referred to', () => {
  const text = JSON.stringify(document)
  const { securitySchemes: _, ...components } = document.components
  for (const [kind, byName] of Object.entries(components)) {
    for (const name of Object.keys(byName)) {
      assert.match(name, /^[\w.-]+$/)
      assert.ok(text.includes(`"#/components/${kind}/${name}"`), `${kind}/${name}`)
    }
  }
})

test('operations have names of their own, which are those of the engine', () => {
  const names = [...operations.values()].map(({ operationId }) => operationId)
  assert.equal(new Set(names).size, names.length)
  for (const name of [
    'products.list',
    'products.create',
    'orders.lines',
    'checkout',
    'best-sellers',
    'auth.sign-in',
  ]) {
    assert.ok(names.includes(name), name)
  }
})

test('titles are read as sentences, whatever a resource is called', () => {
  const everyone = {
    read: access.anyone,
    create: access.anyone,
    update: access.anyone,
    delete: access.anyone,
  }
  const orders = resource('orders', { fields: {}, access: everyone })
  const lines = resource('order-lines', {
    fields: { order: field.ref('orders', { inverse: 'lines' }) },
    access: everyone,
  })
  const { paths } = openApi(buildModel(backend('titled', { parts: { orders, lines } })))
  const titles = Object.entries(paths)
    .filter(([path]) => path.includes('lines'))
    .flatMap(([, item]) => Object.values(item).map(({ summary }) => summary))
  assert.deepEqual(titles, [
    'List the order lines whose order is this one',
    'List order lines',
    'Add one to the order lines',
    'Count and sum up the order lines by groups',
    'Get one of the order lines',
    'Replace one of the order lines',
    'Change one of the order lines',
    'Delete one of the order lines',
  ])
})

test('what is served is described, and what is described is served, but for what nobody may call', () => {
  const rest = restRoutes(model, () => Promise.reject(new Error('not called')))
  const batch = batchRoute(model, () => Promise.reject(new Error('not called')))
  const auth: readonly Route[] = Reflect.apply(authRoutes, null, [{}]) // nothing is called
  const closed = [
    'POST /api/v1/users',
    'DELETE /api/v1/users/{id}',
    'POST /api/v1/orders',
    'DELETE /api/v1/orders/{id}',
    'POST /api/v1/order-lines',
    'PUT /api/v1/order-lines/{id}',
    'PATCH /api/v1/order-lines/{id}',
    'DELETE /api/v1/order-lines/{id}',
  ]
  assert.deepEqual(
    [...operations.keys(), ...closed].toSorted(),
    [...rest, batch, ...auth].map(({ method, path }) => `${method} ${path}`).toSorted(),
  )
})

test('the parameters of a path stand in its template', () => {
  for (const [place, { parameters = [] }] of operations) {
    const inPath = parameters.some(
      parameter => '$ref' in parameter && parameter.$ref.endsWith('/Id'),
    )
    assert.equal(inPath, place.includes('{id}'), place)
  }
})

test('filters are those of the kinds, under their names in the URL', () => {
  const names = Object.values(document.components.parameters).map(({ name }) => name)
  assert.ok(
    names.includes('price') && names.includes('price[gte]') && names.includes('name[contains]'),
  )
  assert.ok(!names.includes('price[contains]') && !names.includes('attributes'))
  const { sort } = Object.fromEntries(
    Object.entries(document.components.parameters)
      .filter(([key]) => key === 'products.sort')
      .map(([, parameter]) => [parameter.name, parameter.schema]),
  )
  assert.deepEqual(sort!['items'], {
    type: 'string',
    enum: ['id', '-id', 'name', '-name', 'price', '-price'],
  })
})

test('inputs ask for what has no default, and take nothing of the engine but an id', () => {
  const create = document.components.schemas['products.create']!
  assert.deepEqual(create['required'], ['name', 'price'])
  assert.deepEqual(Object.keys({ ...create['properties']! }), [
    'id',
    'name',
    'price',
    'stock',
    'attributes',
  ])
  assert.equal(create['additionalProperties'], false)
  assert.deepEqual(document.components.schemas['products.replace']!['required'], [
    'name',
    'price',
    'stock',
  ])
  assert.equal(document.components.schemas['products.update']!['required'], undefined)
})

test('who must sign in is said', () => {
  const needed = [{ session: [] }, { bearer: [] }, { apiKey: [] }]
  assert.deepEqual(operations.get('GET /api/v1/products')!.security, undefined)
  assert.deepEqual(operations.get('GET /api/v1/orders')!.security, needed)
  assert.deepEqual(operations.get('POST /api/v1/checkout')!.security, needed)
  assert.deepEqual(operations.get('GET /auth/me')!.security, needed)
  const inPerson = needed.slice(0, 2)
  assert.deepEqual(operations.get('POST /auth/api-keys')!.security, inPerson)
  assert.deepEqual(document.security[0], {})
})

test('a declared error is part of the contract beside the problems of its status', () => {
  const conflict = operations.get('POST /api/v1/checkout')!.responses['409']!
  const text = JSON.stringify(conflict)
  assert.match(text, /"const":"checkout\.out-of-stock"/)
  assert.match(text, /"left"/)
  assert.match(text, /#\/components\/schemas\/Problem"/)
})

test('changes take a key and a version, and tell both', () => {
  const { parameters = [], responses } = operations.get('PATCH /api/v1/products/{id}')!
  const named = JSON.stringify(parameters)
  assert.match(named, /IfMatch/)
  assert.match(named, /IdempotencyKey/)
  assert.match(JSON.stringify(responses['200']), /ETag/)
  for (const status of ['404', '409', '412', '422']) assert.ok(responses[status], status)
})

test('whatever changes something may be busy, and whatever has an id in its path may be missing', () => {
  const unsaid = [...operations].flatMap(([name, { responses }]) => [
    ...(name.startsWith('GET ') || responses['409'] ? [] : [`${name} 409`]),
    ...(name.includes('{') && !responses['404'] ? [`${name} 404`] : []),
  ])
  assert.deepEqual(unsaid, [])
})

test('a batch names the operations that somebody may call, as the document names them', () => {
  const { requestBody } = operations.get('POST /api/v1/batch')!
  const [, names = ''] = /"operation":{"type":"string","enum":\[(.*?)\]/.exec(
    JSON.stringify(requestBody),
  )!
  const ids = [...operations.values()].map(({ operationId }) => operationId)
  const named: readonly string[] = JSON.parse(`[${names}]`)
  assert.ok(named.includes('orders.update') && !named.includes('orders.create'))
  assert.deepEqual(
    named.filter(name => !ids.includes(name)),
    [],
  )
  const known = batchOperationsOf(model)
  assert.deepEqual(
    ids.filter(id => known.has(id) && !named.includes(id)),
    [],
  )
})

const notes = resource('notes', {
  fields: { text: field.text({ max: 9, access: { read: access.nobody } }) },
  access: { read: access.anyone },
})
const hidden = command('hidden', { run: async () => {} })
const count = query('count', {
  output: { n: field.integer() },
  access: access.anyone,
  sql: () => sql`select 1 as n`,
})

test('what a model does not have, and what nobody may call or read, is not described', () => {
  const small = openApi(buildModel(backend('small', { parts: { notes, hidden, count } })))
  assert.deepEqual(
    [...operationsOf(small).keys()],
    [
      'GET /api/v1/notes',
      'GET /api/v1/notes/aggregate',
      'GET /api/v1/notes/{id}',
      'GET /api/v1/count',
      'POST /api/v1/batch',
    ],
  )
  assert.deepEqual(
    small.tags.map(({ name }) => name),
    ['notes', 'queries', 'batch'],
  )
  assert.ok(!Object.keys(small.components.parameters).includes('notes.text.eq'))
  const row = small.components.schemas['notes.row']!['properties']!
  assert.deepEqual(Object.keys(row), ['id', 'version', 'createdAt', 'updatedAt'])
})
