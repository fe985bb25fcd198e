/**
 * Requests that are no HTTP, or that mean two things: each a clean 4xx, and the next client is
 * served.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { limits } from '../../../src/base/limits.ts'
import { emptyAnswer, jsonAnswer, type Route } from '../../../src/api/http/route.ts'
import { openServer, openWire, signalled } from './open-server.ts'

const routes: readonly Route[] = [
  {
    method: 'GET',
    path: '/things/{id}',
    operation: 'read',
    handle: request => jsonAnswer(200, request.params),
  },
  {
    method: 'POST',
    path: '/things',
    operation: 'create',
    handle: async request => jsonAnswer(200, await request.json()),
  },
]

const post = 'POST /things HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n'
const get = (target: string) => `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`

/** Bytes, the status, and the code or null for an answer that is fine. */
const attacks: Record<string, readonly [string, number, string | null]> = {
  'two lengths': [
    `${post}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`,
    400,
    'wire.malformed-request',
  ],
  'a list of lengths': [`${post}Content-Length: 2, 2\r\n\r\n{}`, 400, 'wire.malformed-request'],
  'a length and chunks': [
    `${post}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    400,
    'wire.malformed-request',
  ],
  'chunks and a length': [
    `${post}Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n`,
    400,
    'wire.malformed-request',
  ],
  'chunked not last': [
    `${post}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n`,
    400,
    'wire.malformed-request',
  ],
  'chunked in disguise': [
    `${post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`,
    400,
    'wire.malformed-request',
  ],
  'chunked with a tab before': [
    `${post}Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n`,
    400,
    'wire.malformed-request',
  ],
  'a space before the colon': [
    `${post}Content-Length : 2\r\n\r\n{}`,
    400,
    'wire.malformed-request',
  ],
  'a negative length': [`${post}Content-Length: -1\r\n\r\n`, 400, 'wire.malformed-request'],
  'a length in hex': [`${post}Content-Length: 0x2\r\n\r\n{}`, 400, 'wire.malformed-request'],
  'a folded header': [`${post}X-A: 1\r\n b\r\n\r\n`, 400, 'wire.malformed-request'],
  'a bare line feed': ['GET /things/1 HTTP/1.1\nHost: a\n\n', 400, 'wire.malformed-request'],
  'a bare carriage return': [`${post}X-A: 1\rX-B: 2\r\n\r\n`, 400, 'wire.malformed-request'],
  'a NUL in a header': [`${post}X-A: 1\x002\r\n\r\n`, 400, 'wire.malformed-request'],
  'a wrong chunk size': [
    `${post}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`,
    400,
    'wire.malformed-request',
  ],
  'a chunk of another size': [
    `${post}Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n`,
    400,
    'wire.malformed-request',
  ],
  'a huge chunk size': [
    `${post}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\n`,
    400,
    'wire.malformed-request',
  ],
  'no method': ['/things/1 HTTP/1.1\r\nHost: a\r\n\r\n', 400, 'wire.malformed-request'],
  'an unknown method': [
    'STEAL /things/1 HTTP/1.1\r\nHost: a\r\n\r\n',
    400,
    'wire.malformed-request',
  ],
  'an unknown version': [
    'GET /things/1 HTTP/3.7\r\nHost: a\r\n\r\n',
    400,
    'wire.malformed-request',
  ],
  'the start of TLS': [
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    400,
    'wire.malformed-request',
  ],
  'no host': ['GET /things/1 HTTP/1.1\r\n\r\n', 400, 'wire.malformed-request'],
  'two hosts': [
    'GET /things/1 HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
    400,
    'wire.malformed-request',
  ],
  'a foreign expectation': [
    `${post}Expect: a-miracle\r\nContent-Length: 2\r\n\r\n{}`,
    400,
    'wire.invalid-header',
  ],
  'a target that is no path': [get('things/1'), 400, 'wire.malformed-request'],
  'a target of another scheme': [get('ftp://a/things/1'), 400, 'wire.malformed-request'],
  'the absolute form': [get('http://evil.example/things/1?x=1'), 200, null],
  'the absolute form without a path': [get('http://evil.example'), 404, 'wire.not-found'],
  'doubled slashes': [get('//things/1'), 404, 'wire.not-found'],
  'doubled slashes inside': [get('/things//1'), 404, 'wire.not-found'],
  'a traversal': [get('/things/../../etc/passwd'), 404, 'wire.not-found'],
  'an encoded traversal': [get('/things/..%2f..%2fetc%2fpasswd'), 200, null],
  'raw bytes in the path': [get('/things/\xe9'), 400, 'wire.malformed-request'],
  'a fragment': [get('/things/1#x'), 400, 'wire.malformed-request'],
  'an overlong encoding': [get('/things/%c0%ae'), 400, 'wire.invalid-encoding'],
  'a surrogate in UTF-8': [get('/things/%ed%a0%80'), 400, 'wire.invalid-encoding'],
  'a URL over the limit': [
    get(`/things/1?${'x'.repeat(limits.urlBytesMax)}`),
    414,
    'wire.url-too-long',
  ],
  'headers over the limit': [
    `GET /things/1 HTTP/1.1\r\nHost: a\r\nX-A: ${'x'.repeat(limits.headerBytesMax)}\r\n\r\n`,
    431,
    'wire.headers-too-large',
  ],
  'endless headers': [
    `GET /things/1 HTTP/1.1\r\nHost: a\r\n${'X-A: 1\r\n'.repeat(3_000)}\r\n`,
    431,
    'wire.headers-too-large',
  ],
}

for (const [what, [bytes, status, code]] of Object.entries(attacks)) {
  test(`${what} is answered with ${status}`, async t => {
    const { port, url, observations } = await openServer(t, { routes })
    const wire = await openWire(t, port)
    wire.send(bytes)
    const text = await wire.until(/^HTTP\/1\.1 \d+ [^]*\r\n\r\n./)
    assert.match(text, new RegExp(`^HTTP/1\\.1 ${status} `))
    assert.equal(/"code":"([^"]+)"/.exec(text)?.[1] ?? null, code)
    assert.match(text, /\r\nx-content-type-options: nosniff\r\n/i)
    assert.match(text, /\r\nx-request-id: [\w-]+\r\n/i)
    assert.equal((await fetch(`${url}/things/1`)).status, 200)
    assert(observations.every(seen => seen.kind === 'request'))
  })
}

test('what follows a refused message on its connection is never answered', async t => {
  const { port } = await openServer(t, { routes })
  const wire = await openWire(t, port)
  wire.send(
    `${post}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${get('/things/smuggled')}`,
  )
  const text = await wire.closed()
  assert.equal(text.match(/HTTP\/1\.1 /g)?.length, 1)
  assert.doesNotMatch(text, /smuggled/)
})

for (const what of ['no host', 'two hosts'] as const) {
  test(`a request with ${what} is the last of its connection`, async t => {
    const { port } = await openServer(t, { routes })
    const wire = await openWire(t, port)
    wire.send(attacks[what]![0] + get('/things/smuggled'))
    const text = await wire.closed()
    assert.match(text, /^HTTP\/1\.1 400 [^]*\r\nconnection: close\r\n/i)
    assert.equal(text.match(/HTTP\/1\.1 /g)?.length, 1)
    assert.doesNotMatch(text, /smuggled/)
  })
}

const withoutOneHost = Object.fromEntries(
  (['no host', 'two hosts'] as const).flatMap(what => {
    const text = attacks[what]![0]
    return [
      [what, text],
      [`${what} and an expectation`, text.replace(/\r\n\r\n$/, '\r\nExpect: x\r\n\r\n')],
    ]
  }),
)

for (const [what, text] of Object.entries(withoutOneHost)) {
  test(`what follows a request with ${what} on its connection is not done`, async t => {
    const done: string[] = []
    const note: Route = {
      method: 'GET',
      path: '/note/{what}',
      operation: 'note',
      handle: async ({ params }) => jsonAnswer(200, done.push(params[0]!)),
    }
    const { port } = await openServer(t, { routes: [note] })
    const wire = await openWire(t, port)
    wire.send(get('/note/before') + text + get('/note/after') + get('/note/last'))
    assert.match(await wire.closed(), /200 OK[^]* 400 Bad/)
    const next = await openWire(t, port)
    next.send(get('/note/other'))
    await next.until(/200 OK/)
    assert.deepEqual(done, ['before', 'other'])
  })
}

test('pipelined requests are answered in their order', async t => {
  const first = signalled()
  const later = signalled()
  const slow: Route = {
    method: 'GET',
    path: '/slow',
    operation: 'slow',
    async handle() {
      first.resolve()
      await later.promise
      return jsonAnswer(200, 'slow')
    },
  }
  const quick: Route = {
    method: 'GET',
    path: '/quick',
    operation: 'quick',
    async handle() {
      later.resolve()
      return jsonAnswer(200, 'quick')
    },
  }
  const { port } = await openServer(t, { routes: [slow, quick] })
  const wire = await openWire(t, port)
  wire.send(get('/slow') + get('/quick'))
  await first.promise
  assert.match(await wire.until(/"quick"/), /"slow"[^]*"quick"/)
})

test('rubbish behind a request under way closes the connection and never gives a false answer', async t => {
  const began = signalled()
  const gone = signalled()
  const waiting: Route = {
    method: 'GET',
    path: '/waiting',
    operation: 'waiting',
    async handle(request) {
      request.signal.addEventListener('abort', () => gone.resolve())
      began.resolve()
      await gone.promise
      return emptyAnswer()
    },
  }
  const { port } = await openServer(t, { routes: [waiting] })
  const wire = await openWire(t, port)
  wire.send(get('/waiting'))
  await began.promise
  wire.send('rubbish\r\n\r\n')
  assert.equal(await wire.closed(), '')
  await gone.promise
})
