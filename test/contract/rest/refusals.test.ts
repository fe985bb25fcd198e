/** Requests that ask nothing: each a 4xx with its place, and the engine is not asked. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { limits } from '../../../src/base/limits.ts'
import { id, openRest } from './small-model.ts'

interface Refusal {
  readonly send: readonly [method: string, path: string, body?: string]
  readonly headers?: Record<string, string>
  readonly status: number
  readonly code: string
  /** The parameters or pointers that are named. */
  readonly places?: readonly string[]
}

const query = { status: 422, code: 'validate.query' }
const header = { status: 400, code: 'wire.invalid-header' }

const refusals: Record<string, Refusal> = {
  'a parameter twice': { send: ['GET', '/letters?text=a&text=b'], ...query, places: ['text'] },
  'a limit twice': { send: ['GET', '/letters?limit=1&limit=2'], ...query, places: ['limit'] },
  'an unknown operator': {
    send: ['GET', '/letters?text[like]=a'],
    ...query,
    places: ['text[like]'],
  },
  'an empty operator': { send: ['GET', '/letters?text[]=a'], ...query, places: ['text[]'] },
  'a filter without a field': { send: ['GET', '/letters?=a'], ...query, places: [''] },
  'two operators': { send: ['GET', '/letters?text[gt][lt]=a'], ...query, places: ['text[gt][lt]'] },
  'an empty pair': { send: ['GET', '/letters?a=1&'], ...query, places: [''] },
  'an empty sort': { send: ['GET', '/letters?sort='], ...query, places: ['sort'] },
  'a field twice': { send: ['GET', '/letters?fields=text,text'], ...query, places: ['fields'] },
  'too deep an expansion': {
    send: ['GET', '/letters?expand=a.b.c.d'],
    ...query,
    places: ['expand'],
  },
  'a field of rows that are not expanded': {
    send: ['GET', `/letters/${id}?fields=sender.name`],
    ...query,
    places: ['fields'],
  },
  'every fault at once': {
    send: ['GET', '/letters?a[x]=1&b[y]=2&sort=,'],
    ...query,
    places: ['sort', 'sort', 'a[x]', 'b[y]'],
  },
  'too many parameters': {
    send: ['GET', `/letters?${'a=1&'.repeat(limits.queryParametersMax)}b=1`],
    ...query,
  },
  'a filter on one row': { send: ['GET', `/letters/${id}?text=a`], ...query, places: ['text'] },
  'a limit on a create': { send: ['POST', '/letters?limit=1', '{}'], ...query, places: ['limit'] },
  'a parameter on a delete': {
    send: ['DELETE', `/letters/${id}?force=true`],
    ...query,
    places: ['force'],
  },
  'a parameter on a command': { send: ['POST', '/burn?all=true'], ...query, places: ['all'] },
  'a parameter of a query twice': {
    send: ['GET', '/top-senders?limit=1&limit=2'],
    ...query,
    places: ['limit'],
  },
  'invalid UTF-8 in a value': {
    send: ['GET', '/letters?text=%ff'],
    status: 400,
    code: 'wire.invalid-encoding',
  },
  'invalid UTF-8 in a name': {
    send: ['GET', '/letters?%c3=1'],
    status: 400,
    code: 'wire.invalid-encoding',
  },
  'a broken escape': {
    send: ['GET', '/letters?text=%zz'],
    status: 400,
    code: 'wire.invalid-encoding',
  },
  'a parent longer than any id': {
    send: ['GET', `/people/${'0'.repeat(2_000)}/inbox`],
    status: 404,
    code: 'wire.not-found',
  },
  'a parent that is no id': { send: ['GET', '/people/me/inbox'], status: 422, code: 'validate.id' },
  'a create without a body': { send: ['POST', '/letters'], status: 400, code: 'wire.invalid-json' },
  'an update without a body': {
    send: ['PATCH', `/letters/${id}`],
    status: 400,
    code: 'wire.invalid-json',
  },
  'a key twice in a body': {
    send: ['POST', '/letters', '{"a":{"b":1,"b":2}}'],
    status: 400,
    code: 'wire.duplicate-key',
    places: ['/a/b'],
  },
  'an empty idempotency key': {
    send: ['POST', '/burn', '{}'],
    headers: { 'idempotency-key': '""' },
    ...header,
  },
  'a long idempotency key': {
    send: ['POST', '/burn', '{}'],
    headers: { 'idempotency-key': 'x'.repeat(limits.idempotencyKeyCharsMax + 1) },
    ...header,
  },
  'two idempotency keys': {
    send: ['POST', '/burn', '{}'],
    headers: { 'idempotency-key': 'a, b' },
    ...header,
  },
  'a key that is not ASCII': {
    send: ['POST', '/burn', '{}'],
    headers: { 'idempotency-key': 'caf\u00e9' },
    ...header,
  },
  'an If-Match without quotes': {
    send: ['PUT', `/letters/${id}`, '{}'],
    headers: { 'if-match': '3' },
    ...header,
  },
  'an empty If-Match': {
    send: ['DELETE', `/letters/${id}`],
    headers: { 'if-match': '' },
    ...header,
  },
  'too many tags': {
    send: ['DELETE', `/letters/${id}`],
    headers: { 'if-match': Array.from({ length: 9 }, (_, n) => `"${n}-a"`).join() },
    ...header,
  },
  'a broken If-None-Match': {
    send: ['GET', `/letters/${id}`],
    headers: { 'if-none-match': '"a' },
    ...header,
  },
  'an If-Match on a create': {
    send: ['POST', '/letters', '{}'],
    headers: { 'if-match': '"3-a"' },
    ...header,
  },
  'an If-Match on a command': {
    send: ['POST', '/burn', '{}'],
    headers: { 'if-match': '*' },
    ...header,
  },
  'an If-None-Match on a replace': {
    send: ['PUT', `/letters/${id}`, '{}'],
    headers: { 'if-none-match': '*' },
    ...header,
  },
  'a caller that takes no JSON': {
    send: ['GET', '/letters'],
    headers: { accept: 'text/html' },
    status: 406,
    code: 'wire.not-acceptable',
  },
  'a caller that refuses JSON': {
    send: ['GET', '/letters'],
    headers: { accept: 'application/json;q=0, text/html' },
    status: 406,
    code: 'wire.not-acceptable',
  },
  'a caller that takes nothing': {
    send: ['GET', '/letters'],
    headers: { accept: '*/*;q=0' },
    status: 406,
    code: 'wire.not-acceptable',
  },
  'a list that is deleted': {
    send: ['DELETE', '/letters'],
    status: 405,
    code: 'wire.method-not-allowed',
  },
  'a command that is read': {
    send: ['GET', '/burn'],
    status: 405,
    code: 'wire.method-not-allowed',
  },
  'a query that is posted': {
    send: ['POST', '/top-senders', '{}'],
    status: 405,
    code: 'wire.method-not-allowed',
  },
  'a resource that is none': { send: ['GET', '/secrets'], status: 404, code: 'wire.not-found' },
  'a version that is none': {
    send: ['GET', '/../v2/letters'],
    status: 404,
    code: 'wire.not-found',
  },
}

/** These never reach an answer, so the engine may be asked. */
const afterwards = new Set(['a broken If-None-Match'])

for (const [what, { send, headers = {}, status, code, places }] of Object.entries(refusals)) {
  test(`${what} is ${code}`, async t => {
    const { url, asked } = await openRest(t)
    const [method, path, body] = send
    const type = body === undefined ? {} : { 'content-type': 'application/json' }
    const answer = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { ...type, ...headers },
      body: body ?? null,
    })
    const found: unknown = await answer.json()
    assert(typeof found === 'object' && found !== null)
    assert.equal(answer.status, status)
    assert.equal(answer.headers.get('content-type'), 'application/problem+json')
    assert.equal(Reflect.get(found, 'code'), code)
    if (places !== undefined) {
      const errors: unknown = Reflect.get(found, 'errors')
      assert(Array.isArray(errors))
      assert.deepEqual(
        errors.map(error => error.parameter ?? error.pointer),
        places,
      )
    }
    assert.equal(asked.length, afterwards.has(what) ? 1 : 0)
  })
}

const acceptable = [
  '*/*',
  'application/*',
  'application/json',
  'text/html, application/json;q=0.1',
  'application/vnd.post.v1+json',
  'text/html,image/*,*/*;q=0.8',
  '',
]

for (const accept of acceptable) {
  test(`Accept "${accept}" gets JSON`, async t => {
    const { url } = await openRest(t)
    assert.equal((await fetch(`${url}/api/v1/letters`, { headers: { accept } })).status, 200)
  })
}
