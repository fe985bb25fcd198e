/** Each HTTP request as the operation it becomes: scenarios as data. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Operation, OperationRequest } from '../../../src/engine/operation.ts'
import { id, openRest } from './small-model.ts'

const whole = { fields: null, expand: [] }
const plain = { filters: [], sort: [], limit: null, after: null, total: false }

interface Scenario {
  readonly send: readonly [method: string, path: string, body?: unknown]
  readonly headers?: Record<string, string>
  readonly operation: Operation
  readonly more?: Partial<OperationRequest>
}

const scenarios: Record<string, Scenario> = {
  'a list': {
    send: ['GET', '/letters'],
    operation: { kind: 'list', resource: 'letters', list: plain, view: whole },
    more: { wire: 'text', ifMatch: null, idempotencyKey: null, surface: 'rest' },
  },
  'a list with everything': {
    send: [
      'GET',
      '/letters?text[contains]=a%26b+c&id[in]=1&id[in]=2&sender=x&text[isNull]=false' +
        '&sort=-createdAt,text&limit=5&after=cur&withTotal=true&fields=text,sender.name&expand=sender,reader.inbox',
    ],
    operation: {
      kind: 'list',
      resource: 'letters',
      list: {
        filters: [
          { field: 'text', operator: 'contains', value: 'a&b c' },
          { field: 'id', operator: 'in', value: ['1', '2'] },
          { field: 'sender', operator: 'eq', value: 'x' },
          { field: 'text', operator: 'isNull', value: 'false' },
        ],
        sort: [
          { field: 'createdAt', descending: true },
          { field: 'text', descending: false },
        ],
        limit: '5',
        after: 'cur',
        total: true,
      },
      view: {
        fields: ['text'],
        expand: [
          { name: 'sender', fields: ['name'], expand: [] },
          { name: 'reader', fields: null, expand: [{ name: 'inbox', fields: null, expand: [] }] },
        ],
      },
    },
  },
  'a nested list, its reference told by the name of the inverse': {
    send: ['GET', `/people/${id}/inbox?text=hi`],
    operation: {
      kind: 'list',
      resource: 'letters',
      list: {
        ...plain,
        filters: [
          { field: 'reader', operator: 'eq', value: id },
          { field: 'text', operator: 'eq', value: 'hi' },
        ],
      },
      view: whole,
    },
  },
  'the other nested list, its name as a path word': {
    send: ['GET', `/people/${id}/sent-letters`],
    operation: {
      kind: 'list',
      resource: 'letters',
      list: { ...plain, filters: [{ field: 'sender', operator: 'eq', value: id }] },
      view: whole,
    },
  },
  'a row': {
    send: ['GET', `/letters/${id}`],
    operation: { kind: 'read', resource: 'letters', id, view: whole },
  },
  'a row seen in part': {
    send: ['GET', `/letters/${id}?fields=text`],
    operation: { kind: 'read', resource: 'letters', id, view: { fields: ['text'], expand: [] } },
  },
  'a HEAD': {
    send: ['HEAD', `/letters/${id}`],
    operation: { kind: 'read', resource: 'letters', id, view: whole },
  },
  'an id that is none': {
    send: ['GET', '/letters/%2e%2e%2f'],
    operation: { kind: 'read', resource: 'letters', id: '../', view: whole },
  },
  'a create': {
    send: ['POST', '/letters', { text: 'a' }],
    headers: { 'idempotency-key': '"a \\"key\\""' },
    operation: { kind: 'create', resource: 'letters', input: { text: 'a' }, view: whole },
    more: { wire: 'json', idempotencyKey: 'a "key"', ifMatch: null },
  },
  'a create with a bare key': {
    send: ['POST', '/letters', 0],
    headers: { 'idempotency-key': id },
    operation: { kind: 'create', resource: 'letters', input: 0, view: whole },
    more: { idempotencyKey: id },
  },
  'a replace': {
    send: ['PUT', `/letters/${id}`, { text: 'a' }],
    headers: { 'if-match': '"7-abc"' },
    operation: { kind: 'replace', resource: 'letters', id, input: { text: 'a' }, view: whole },
    more: { ifMatch: 7, wire: 'json' },
  },
  'an update of whatever is there': {
    send: ['PATCH', `/letters/${id}?expand=sender`, { text: null }],
    headers: { 'if-match': '*' },
    operation: {
      kind: 'update',
      resource: 'letters',
      id,
      input: { text: null },
      view: { fields: null, expand: [{ name: 'sender', fields: null, expand: [] }] },
    },
    more: { ifMatch: 'any' },
  },
  'an update on tags that can never match': {
    send: ['PATCH', `/letters/${id}`, {}],
    headers: { 'if-match': 'W/"3-abc", "x,y", "0-a"' },
    operation: { kind: 'update', resource: 'letters', id, input: {}, view: whole },
    more: { ifMatch: 0 },
  },
  'an update on a compressed tag': {
    send: ['PATCH', `/letters/${id}`, {}],
    headers: { 'if-match': '"3-abc-br"' },
    operation: { kind: 'update', resource: 'letters', id, input: {}, view: whole },
    more: { ifMatch: 3 },
  },
  'a delete': {
    send: ['DELETE', `/letters/${id}`],
    headers: { 'if-match': '"12-abc"', 'idempotency-key': 'once' },
    operation: { kind: 'delete', resource: 'letters', id },
    more: { ifMatch: 12, idempotencyKey: 'once' },
  },
  'a command': {
    send: ['POST', '/burn', { all: true }],
    headers: { 'idempotency-key': 'k' },
    operation: { kind: 'command', name: 'burn', input: { all: true } },
    more: { wire: 'json', idempotencyKey: 'k' },
  },
  'a command without a body': {
    send: ['POST', '/burn'],
    operation: { kind: 'command', name: 'burn', input: {} },
  },
  'a query': {
    send: ['GET', '/top-senders?limit=3&name=a%20b'],
    operation: { kind: 'query', name: 'top-senders', input: { limit: '3', name: 'a b' } },
    more: { wire: 'text' },
  },
}

for (const [what, { send, headers = {}, operation, more = {} }] of Object.entries(scenarios)) {
  test(`${what} becomes its operation`, async t => {
    const { url, asked } = await openRest(t)
    const [method, path, body] = send
    const type = body === undefined ? {} : { 'content-type': 'application/json' }
    await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { ...type, ...headers },
      body: body === undefined ? null : JSON.stringify(body),
    })
    const [request] = asked
    assert(request !== undefined, 'the engine was not asked')
    assert.deepEqual(request.operation, operation)
    for (const [name, value] of Object.entries(more)) {
      assert.deepEqual(Reflect.get(request, name), value, name)
    }
    assert.equal(request.credentials.address, '127.0.0.1')
  })
}

test('the same query string gives the same objects, so that plans are found by identity', async t => {
  const { url, asked } = await openRest(t)
  for (const query of ['', '', '?expand=sender', '?expand=sender']) {
    await fetch(`${url}/api/v1/letters${query}`)
    await fetch(`${url}/api/v1/letters/${id}${query}`)
  }
  const views = asked.map(({ operation }) => 'view' in operation && operation.view)
  assert.equal(views[0], views[2])
  assert.equal(views[0], views[1])
  assert.equal(views[4], views[6])
  assert.equal(views[5], views[7])
  assert.notEqual(views[0], views[4])
})
