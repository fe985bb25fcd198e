/** What every answer tells browsers, whoever gives it, and which foreign pages may read it. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { test, type TestContext } from 'node:test'
import type { FastifyInstance } from 'fastify'

import { limits } from '../../../src/base/limits.ts'
import { emptyAnswer, jsonAnswer, type Route } from '../../../src/api/http/route.ts'
import { createHttpServer } from '../../../src/api/server.ts'
import { emptyModel } from '../rest/small-model.ts'
import { begin, openServer, openWire, plainSettings } from './open-server.ts'

const shopFront = 'https://shop.example'

const told = {
  'x-content-type-options': 'nosniff',
  'content-security-policy':
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
} as const

const page = "default-src 'self'; frame-ancestors 'none'"

const extraRoutes = [
  route('GET', '/things', () => jsonAnswer(200, ['<script>'], ['vary', 'Cookie'])),
  route('GET', '/known', () => emptyAnswer([], 304)),
  route('DELETE', '/things', () => emptyAnswer()),
  route('GET', '/large', () => jsonAnswer(200, 'x'.repeat(limits.compressBytesMin))),
  route('POST', '/things', async asked => jsonAnswer(201, await asked.json())),
  route('GET', '/broken', () => {
    throw new Error('defect')
  }),
  route('GET', '/page', () => ({
    status: 200,
    headers: ['content-type', 'text/html'],
    body: 'x'.repeat(limits.compressBytesMin),
    policy: page,
  })),
]

function route(method: Route['method'], path: string, handle: Route['handle']): Route {
  return { method, path, operation: path, handle }
}

const plugin = (app: FastifyInstance) => {
  app.get('/theirs', () => ({ theirs: true }))
  app.get('/thrown', () => {
    throw new Error('defect')
  })
}

async function open(t: TestContext, foreignOrigins: readonly string[] = []) {
  const settings = { ...plainSettings([]), foreignOrigins, extraRoutes }
  const model = { ...emptyModel, wire: plugin }
  const execute = () => Promise.reject(new Error('nothing is executed here'))
  const executes = { execute, executeBatch: execute }
  return begin(t, createHttpServer({ ...settings, model, ...executes }), [])
}

interface Asked {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

async function ask(
  url: string,
  init: { readonly method?: string; readonly headers?: object; readonly body?: string } = {},
): Promise<Asked> {
  const json = init.body === undefined ? {} : { 'content-type': 'application/json' }
  const asking = request(url, {
    method: init.method ?? 'GET',
    headers: { ...json, ...init.headers },
  })
  asking.end(init.body)
  const [answer]: IncomingMessage[] = await once(asking, 'response')
  let text = ''
  for await (const chunk of answer!) text += String(chunk)
  return { status: answer!.statusCode!, headers: answer!.headers, text }
}

/** Every way in which an answer is made: a request and its status. */
const answers: readonly (readonly [string, string, number, object?])[] = [
  ['GET', '/things', 200],
  ['HEAD', '/things', 200],
  ['GET', '/known', 304],
  ['DELETE', '/things', 204],
  ['GET', '/large', 200, { 'accept-encoding': 'br' }],
  ['POST', '/things', 415, { 'content-type': 'text/html' }],
  ['POST', '/things', 400, { expect: 'a miracle' }],
  ['GET', '/broken', 500],
  ['PUT', '/things', 405],
  ['OPTIONS', '/things', 204],
  ['OPTIONS', '/nowhere', 404],
  ['GET', '/%ff', 400],
  ['GET', `/${'x'.repeat(limits.urlBytesMax)}`, 414],
  ['GET', '/theirs', 200],
  ['GET', '/thrown', 500],
  ['GET', '/nowhere', 404],
]

test('every answer forbids to load, frame, run or guess, whoever gives it', async t => {
  const { url } = await open(t)
  for (const [method, path, status, headers] of answers) {
    const given = await ask(url + path, {
      method,
      ...(headers && { headers }),
      ...(method === 'POST' && { body: '{}' }),
    })
    const what = `${method} ${path.slice(0, 20)}`
    assert.equal(given.status, status, what)
    for (const [name, value] of Object.entries(told)) {
      assert.equal(given.headers[name], value, `${name} of ${what}`)
    }
    assert.equal(given.headers['access-control-allow-origin'], undefined)
    assert.doesNotMatch(given.headers['vary'] ?? '', /Origin/)
  }
})

test('so do answers to what is no request at all', async t => {
  const { port } = await open(t)
  const wire = await openWire(t, port)
  wire.send('GET / SOMETHING\r\n\r\n')
  const text = await wire.closed()
  assert.match(text, /^HTTP\/1\.1 400 /)
  for (const [name, value] of Object.entries(told))
    assert.ok(text.includes(`${name}: ${value}\r\n`))
})

test('a page has the policy that it brings, once, also compressed', async t => {
  const { url } = await open(t)
  for (const coding of ['identity', 'gzip']) {
    const { headers } = await ask(`${url}/page`, { headers: { 'accept-encoding': coding } })
    assert.equal(headers['content-security-policy'], page)
    assert.equal(headers['x-frame-options'], 'DENY')
  }
})

test('pages of a listed origin may read every answer, and nobody else learns of it', async t => {
  const { url } = await open(t, [shopFront, 'http://localhost:5173'])
  for (const [method, path, status, headers] of answers) {
    const sent = { ...headers, origin: shopFront }
    const given = await ask(url + path, {
      method,
      headers: sent,
      ...(method === 'POST' && { body: '{}' }),
    })
    assert.equal(given.status, status)
    assert.equal(given.headers['access-control-allow-origin'], shopFront, `${method} ${path}`)
    assert.equal(given.headers['access-control-allow-credentials'], 'true')
    const exposed = given.headers['access-control-expose-headers']?.split(', ')
    for (const name of ['etag', 'ratelimit', 'location', 'retry-after', 'idempotent-replayed'])
      assert.ok(exposed?.includes(name), name)
    assert.match(given.headers['vary'] ?? '', /\bOrigin\b/)
  }
  const strangers = ['https://shop.example.evil.example', 'http://shop.example', 'null', '*', '']
  for (const origin of [...strangers, undefined]) {
    const given = await ask(`${url}/things`, { headers: origin === undefined ? {} : { origin } })
    const names = Object.keys(given.headers).filter(name => name.startsWith('access-control'))
    assert.deepEqual(names, [], origin)
    assert.equal(given.headers['vary'], 'Cookie, Origin')
  }
})

test('a preflight is answered before anything else, and is remembered', async t => {
  const { url } = await open(t, [shopFront])
  const preflight = (path: string, origin: string) =>
    ask(url + path, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'DELETE' },
    })
  for (const path of ['/things', '/theirs', '/nowhere']) {
    const { status, headers } = await preflight(path, shopFront)
    assert.equal(status, 204)
    assert.equal(headers['access-control-allow-origin'], shopFront)
    assert.equal(headers['access-control-allow-credentials'], 'true')
    assert.equal(headers['access-control-max-age'], String(limits.preflightSeconds))
    assert.ok(headers['access-control-allow-methods']?.split(', ').includes('DELETE'))
    for (const name of ['authorization', 'if-match', 'idempotency-key'])
      assert.ok(headers['access-control-allow-headers']?.split(', ').includes(name), name)
    assert.ok(!Object.values(headers).some(value => value === '*'))
  }
  const refused = await preflight('/things', 'https://evil.example')
  assert.equal(refused.headers['access-control-allow-origin'], undefined)
  assert.equal(refused.headers['access-control-allow-methods'], undefined)
})

test('no problem holds a character that could begin markup', async t => {
  const { url, port } = await openServer(t, { routes: extraRoutes })
  const markup = '<script>alert(1)</script>&lt;'
  const body = `{"a${markup}":1,"a${markup}":2}`
  const { headers, text } = await ask(`${url}/things`, { method: 'POST', body })
  assert.equal(headers['content-type'], 'application/problem+json')
  assert.ok(JSON.parse(text).detail.includes(markup), text)
  assert.doesNotMatch(text, /[<>&]/)
  const wire = await openWire(t, port)
  wire.send(`GET /${markup} HTTP/1.1\r\nHost: a\r\nX-Request-Id: ${markup}\r\n\r\n`)
  const answer = await wire.until(/\}$/)
  assert.match(answer, /^HTTP\/1\.1 404 [^]*u003cscript/)
  assert.doesNotMatch(answer, /[<>&]/)
})
