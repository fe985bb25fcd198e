/**
 * Bodies: what is read, what is refused before or while it is read, and that refusing costs
 * nothing.
 */

import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { test } from 'node:test'

import { limits } from '../../../src/base/limits.ts'
import { jsonAnswer, type Route } from '../../../src/api/http/route.ts'
import { openServer, openWire, signalled } from './open-server.ts'

const echo: Route['handle'] = async request =>
  jsonAnswer(200, { body: (await request.json()) ?? 'none' })
const routes: readonly Route[] = [
  { method: 'POST', path: '/echo', operation: 'echo', handle: echo },
  { method: 'PATCH', path: '/echo', operation: 'echo', handle: echo },
]
const small = {
  ...limits,
  bodyBytesMax: 1_000,
  bodyDiscardBytesMax: 100_000,
  drainNoticeMs: 20,
  drainUnseenMs: 0,
  drainMs: 200,
}

interface Sent {
  readonly type?: string
  readonly coding?: string
  readonly body?: string | Uint8Array
  readonly method?: 'POST' | 'PATCH'
}

/** What is sent, the status, and the code or the value that comes back. */
const bodies: Record<string, readonly [Sent, number, unknown]> = {
  'no body at all': [{}, 200, 'none'],
  'an object': [{ type: 'application/json', body: '{"a":[1]}' }, 200, { a: [1] }],
  'a charset of utf-8': [{ type: 'Application/JSON; Charset="UTF-8"', body: '"é"' }, 200, 'é'],
  'a merge patch': [
    { type: 'application/merge-patch+json', body: '{"a":null}', method: 'PATCH' },
    200,
    { a: null },
  ],
  'a body of exactly the limit': [
    { type: 'application/json', body: `"${'a'.repeat(998)}"` },
    200,
    'a'.repeat(998),
  ],
  'a body one byte over the limit': [
    { type: 'application/json', body: `"${'a'.repeat(999)}"` },
    413,
    'wire.body-too-large',
  ],
  'a merge patch for POST': [
    { type: 'application/merge-patch+json', body: '{}' },
    415,
    'wire.unsupported-media-type',
  ],
  'a form': [
    { type: 'application/x-www-form-urlencoded', body: 'a=1' },
    415,
    'wire.unsupported-media-type',
  ],
  text: [{ type: 'text/plain', body: '{}' }, 415, 'wire.unsupported-media-type'],
  'another charset': [
    { type: 'application/json; charset=latin1', body: '{}' },
    415,
    'wire.unsupported-media-type',
  ],
  'a compressed body': [
    { type: 'application/json', coding: 'gzip', body: gzipSync('{}') },
    415,
    'wire.unsupported-media-type',
  ],
  'a bomb': [
    { type: 'application/json', coding: 'gzip', body: gzipSync(' '.repeat(500_000)) },
    415,
    'wire.unsupported-media-type',
  ],
  'broken JSON': [{ type: 'application/json', body: '{' }, 400, 'wire.invalid-json'],
  'a key twice': [{ type: 'application/json', body: '{"a":1,"a":2}' }, 400, 'wire.duplicate-key'],
  'deep JSON': [{ type: 'application/json', body: '['.repeat(200) }, 400, 'wire.too-deep'],
  'invalid UTF-8': [
    { type: 'application/json', body: Buffer.from([0x22, 0xff, 0x22]) },
    400,
    'wire.invalid-encoding',
  ],
  'a byte order mark': [{ type: 'application/json', body: '\ufeff{}' }, 400, 'wire.invalid-json'],
}

for (const [what, [{ type, coding, body, method = 'POST' }, status, expected]] of Object.entries(
  bodies,
)) {
  test(`${what} is answered with ${status}`, async t => {
    const { url } = await openServer(t, { routes, limits: small })
    const headers = new Headers()
    if (type !== undefined) headers.set('content-type', type)
    if (coding !== undefined) headers.set('content-encoding', coding)
    const answer = await fetch(`${url}/echo`, { method, headers, body: body ?? null })
    const found: unknown = await answer.json()
    assert(typeof found === 'object' && found !== null)
    assert.equal(answer.status, status)
    assert.deepEqual(Reflect.get(found, status === 200 ? 'body' : 'code'), expected)
  })
}

test('a chunked body is cut off when it grows over the limit, and the connection lives on', async t => {
  const { port } = await openServer(t, { routes, limits: small })
  const wire = await openWire(t, port)
  wire.send(
    'POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
  )
  const chunk = `1f4\r\n${'x'.repeat(500)}\r\n`
  wire.send(chunk + chunk + chunk)
  assert.match(await wire.until(/\r\n\r\n\{.*\}/), /^HTTP\/1\.1 413 /)
  wire.send(`${chunk}0\r\n\r\nPOST /echo HTTP/1.1\r\nHost: a\r\n\r\n`)
  await wire.until(/HTTP\/1\.1 200 OK/)
})

test('an announced length over the limit is refused before the body comes', async t => {
  const { port } = await openServer(t, { routes, limits: small })
  const wire = await openWire(t, port)
  wire.send(
    'POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 50000\r\n\r\n',
  )
  assert.match(await wire.until(/\r\n\r\n\{.*\}/), /^HTTP\/1\.1 413 /)
})

test('a client that asks first gets 413 instead of 100, and 100 when it may send', async t => {
  const { port } = await openServer(t, { routes, limits: small })
  const head =
    'POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n'
  const large = await openWire(t, port)
  large.send(`${head}Content-Length: 50000\r\n\r\n`)
  assert.match(await large.until(/\r\n\r\n\{.*\}/), /^HTTP\/1\.1 413 /)
  const fitting = await openWire(t, port)
  fitting.send(`${head}Content-Length: 2\r\n\r\n`)
  assert.match(await fitting.until(/\r\n\r\n/), /^HTTP\/1\.1 100 /)
  fitting.send('{}')
  await fitting.until(/HTTP\/1\.1 200 OK/)
})

test('a refused body is read on only so far, then the connection is cut', async t => {
  const { port } = await openServer(t, { routes, limits: small })
  const wire = await openWire(t, port)
  wire.send(
    'POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 5000000\r\n\r\n',
  )
  await wire.until(/413/)
  wire.send('x'.repeat(200_000))
  assert.doesNotMatch(await wire.closed(), /408/)
})

test('bodies that are read at once fill only so much memory, and give it back', async t => {
  let began = signalled()
  const slow: Route = {
    method: 'POST',
    path: '/slow',
    operation: 'slow',
    async handle(request) {
      const body = request.json()
      began.resolve()
      return jsonAnswer(200, await body)
    },
  }
  const few = { ...small, bodiesBytesMax: 1_200 }
  const { port, url } = await openServer(t, { routes: [slow, ...routes], limits: few })
  const post = () => {
    const headers = { 'content-type': 'application/json' }
    return fetch(`${url}/echo`, { method: 'POST', headers, body: `"${'a'.repeat(700)}"` })
  }
  const openHalf = async () => {
    began = signalled()
    const wire = await openWire(t, port)
    const head = 'POST /slow HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n'
    wire.send(`${head}Content-Length: 902\r\n\r\n"${'a'.repeat(800)}`)
    await began.promise
    return wire
  }

  const patient = await openHalf()
  const refused = await post()
  assert.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '1'])
  patient.send(`${'a'.repeat(100)}"`)
  await patient.until(/HTTP\/1\.1 200 OK/)
  assert.equal((await post()).status, 200)

  const gone = await openHalf()
  assert.equal((await post()).status, 503)
  gone.socket.destroy()
  let after = await post()
  while (after.status !== 200) after = await post()
})

test('a client that leaves in the middle of its body harms nobody', async t => {
  const failed = signalled<string>()
  const began = signalled()
  const half: Route = {
    method: 'POST',
    path: '/half',
    operation: 'half',
    async handle(request) {
      const body = request.json()
      began.resolve()
      return body.then(
        () => jsonAnswer(200, 1),
        (error: unknown) => {
          failed.resolve(String(Reflect.get(Object(error), 'code')))
          throw error
        },
      )
    },
  }
  const { port, url, observations } = await openServer(t, { routes: [half, ...routes] })
  const wire = await openWire(t, port)
  wire.send(
    'POST /half HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{"a"',
  )
  await began.promise
  wire.socket.destroy()
  assert.equal(await failed.promise, 'wire.malformed-request')
  assert.equal((await fetch(`${url}/echo`, { method: 'POST' })).status, 200)
  assert.deepEqual(
    observations.map(seen => seen.kind === 'request' && seen.status),
    [400, 200],
  )
})
