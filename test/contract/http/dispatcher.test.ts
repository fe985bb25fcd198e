/**
 * From a request to its handler and back: methods, failures, request ids, headers, observations.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Problem, problem } from '../../../src/base/errors.ts'
import { isUuid } from '../../../src/base/uuid.ts'
import {
  emptyAnswer,
  jsonAnswer,
  type HttpRequest,
  type Route,
} from '../../../src/api/http/route.ts'
import { openServer, openWire, signalled } from './open-server.ts'

function route(method: Route['method'], path: string, handle: Route['handle']): Route {
  return { method, path, operation: `${method} ${path}`, handle }
}

const echo = (request: HttpRequest) =>
  jsonAnswer(200, {
    method: request.method,
    path: request.path,
    params: request.params,
    query: request.query,
    secure: request.secure,
  })

const things: readonly Route[] = [
  route('GET', '/things', echo),
  route('POST', '/things', async request => jsonAnswer(201, await request.json())),
  route('GET', '/things/{id}', echo),
  route('DELETE', '/things/{id}', () => emptyAnswer()),
  route('GET', '/things/{id}/parts/{part}', echo),
]

test('a handler sees method, path, decoded parameters and the raw query string', async t => {
  const { url } = await openServer(t, { routes: things })
  const answer = await fetch(`${url}/things/a%20b%2Fc/parts/%C3%A9?x=%41&y`)
  assert.deepEqual(await answer.json(), {
    method: 'GET',
    path: '/things/a%20b%2Fc/parts/%C3%A9',
    params: ['a b/c', 'é'],
    query: 'x=%41&y',
    secure: false,
  })
})

test('HEAD answers like GET without the body, OPTIONS says what a path takes', async t => {
  const { url } = await openServer(t, { routes: things })
  const head = await fetch(`${url}/things`, { method: 'HEAD' })
  const get = await fetch(`${url}/things`)
  assert.equal(head.status, 200)
  assert.equal(head.headers.get('content-length'), get.headers.get('content-length'))
  assert.equal(await head.text(), '')
  const options = await fetch(`${url}/things/1`, { method: 'OPTIONS' })
  assert.equal(options.status, 204)
  assert.equal(options.headers.get('allow'), 'GET, HEAD, DELETE, OPTIONS')
  const missing = await fetch(`${url}/nothing`, { method: 'OPTIONS' })
  assert.equal(missing.status, 404)
})

test('OPTIONS * speaks for the whole server', async t => {
  const { port } = await openServer(t, { routes: things })
  const wire = await openWire(t, port)
  wire.send('OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n')
  assert.match(
    await wire.until(/\r\n\r\n/),
    /^HTTP\/1\.1 204 [^]*allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS/,
  )
})

const elsewhere: readonly (readonly [string, string, number, string])[] = [
  ['GET', '/', 404, 'wire.not-found'],
  ['GET', '/thing', 404, 'wire.not-found'],
  ['GET', '/THINGS', 404, 'wire.not-found'],
  ['GET', '/things/', 404, 'wire.not-found'],
  ['GET', '/things/1/parts', 404, 'wire.not-found'],
  ['GET', `/things/${'x'.repeat(201)}`, 404, 'wire.not-found'],
  ['PUT', '/things', 405, 'wire.method-not-allowed'],
  ['TRACE', '/things', 405, 'wire.method-not-allowed'],
  ['PROPFIND', '/things/1', 405, 'wire.method-not-allowed'],
  ['TRACE', '/nothing', 404, 'wire.not-found'],
  ['GET', '/things/%ff', 400, 'wire.invalid-encoding'],
  ['GET', '/things/%c0%af', 400, 'wire.invalid-encoding'],
  ['GET', '/things/%', 400, 'wire.invalid-encoding'],
]

for (const [method, path, status, code] of elsewhere) {
  test(`${method} ${path.slice(0, 30)} is ${code}`, async t => {
    const { port } = await openServer(t, { routes: things })
    const wire = await openWire(t, port)
    wire.send(`${method} ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
    const text = await wire.closed()
    assert.match(text, new RegExp(`^HTTP/1\\.1 ${status} `))
    assert.match(text, new RegExp(`"code":"${code}"`))
    assert.equal(/\r\nallow: /.test(text), status === 405)
  })
}

test('a problem leaves as RFC 9457 says, with its headers and without its cause', async t => {
  const inward = new Error('password=hunter2 at /srv/secret.ts')
  const fail = () => {
    throw problem('run.busy', {
      detail: 'Locked.',
      retryAfterSeconds: 1.2,
      headers: { 'x-extra': 'yes' },
      cause: inward,
    })
  }
  const { url, observations } = await openServer(t, {
    routes: [route('GET', '/', fail)].map(at('/busy')),
  })
  const answer = await fetch(`${url}/busy`)
  assert.equal(answer.status, 409)
  assert.equal(answer.headers.get('content-type'), 'application/problem+json')
  assert.equal(answer.headers.get('cache-control'), 'no-store')
  assert.equal(answer.headers.get('retry-after'), '2')
  assert.equal(answer.headers.get('x-extra'), 'yes')
  const body: unknown = await answer.json()
  assert.deepEqual(body, {
    type: 'urn:mettle:problem:run.busy',
    title: 'The row is busy',
    status: 409,
    detail: 'Locked.',
    code: 'run.busy',
    hint: 'Retry after the time in the Retry-After header.',
    requestId: answer.headers.get('x-request-id'),
  })
  assert.deepEqual(
    observations.map(seen => seen.kind),
    ['request'],
  )
})

test('the members of a declared error and the faulty places go out', async t => {
  const kind = { status: 409, title: 'Not enough stock', hint: 'Order less.' }
  const fail = () => {
    throw new Problem('checkout.out-of-stock', kind, {
      data: { left: 2 },
      errors: [{ pointer: '/lines/0', code: 'x', detail: 'y' }],
    })
  }
  const { url } = await openServer(t, { routes: [route('POST', '/checkout', fail)] })
  const answer = await fetch(`${url}/checkout`, { method: 'POST' })
  const body: unknown = await answer.json()
  assert(typeof body === 'object' && body !== null && 'data' in body && 'errors' in body)
  assert.deepEqual(body.data, { left: 2 })
  assert.deepEqual(body.errors, [{ pointer: '/lines/0', code: 'x', detail: 'y' }])
})

const disasters: Record<string, Route['handle']> = {
  'throws an error': () => {
    throw new Error('secret of the house')
  },
  'rejects with an error': () => Promise.reject(new Error('secret of the house')),
  // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- that is the disaster
  'rejects with undefined': () => Promise.reject(undefined),
  'answers a header that HTTP does not know': () =>
    emptyAnswer(['x-bad', 'secret\r\nof: the house']),
  'answers later a header that HTTP does not know': async () => emptyAnswer(['secret house', '1']),
  'answers a body with a header that HTTP does not know': () =>
    jsonAnswer(200, 1, ['x-bad', 'secret\nhouse']),
  'answers an impossible status': () => emptyAnswer([], 99),
}

for (const [what, handle] of Object.entries(disasters)) {
  test(`a handler that ${what} is a 500 that says nothing, logged once`, async t => {
    const { url, observations } = await openServer(t, { routes: [route('GET', '/broken', handle)] })
    const answer = await fetch(`${url}/broken`)
    const text = await answer.text()
    assert.equal(answer.status, 500)
    assert.match(text, /"code":"run\.internal"/)
    assert.doesNotMatch(text, /secret|house|\.ts/)
    assert.deepEqual(observations.map(seen => seen.kind).toSorted(), ['fault', 'request'])
    assert.equal((await fetch(`${url}/broken`)).status, 500)
  })
}

test('a sane X-Request-Id goes on, anything else is replaced', async t => {
  const { url, observations } = await openServer(t, { routes: things })
  const ask = async (id: string) => {
    const answer = await fetch(`${url}/things`, { headers: { 'x-request-id': id } })
    return answer.headers.get('x-request-id') ?? ''
  }
  assert.equal(await ask('trace-0123456789'), 'trace-0123456789')
  for (const bad of ['short', 'x'.repeat(129), 'with space 123', '"quoted"-123']) {
    assert(isUuid(await ask(bad)))
  }
  assert.equal(observations[0]?.kind === 'request' && observations[0].requestId, 'trace-0123456789')
})

test('no answer says who made it', async t => {
  const { url } = await openServer(t, { routes: things })
  for (const path of ['/things', '/nothing']) {
    const { headers } = await fetch(url + path)
    assert.equal(headers.get('x-powered-by'), null)
    assert.equal(headers.get('server'), null)
  }
})

/** The example of the W3C recommendation. */
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'

test('each request is observed once, by its operation and with what its trail learnt', async t => {
  const known = route('GET', '/known/{id}', request => {
    request.caller = { id: 'someone', apiKey: { id: 'a key', scopes: null } }
    throw problem('authorise.denied')
  })
  const { url, observations } = await openServer(t, { routes: [known] })
  const traceparent = `00-${traceId}-00f067aa0ba902b7-01`
  await fetch(`${url}/known/1`, { headers: { traceparent } })
  const [seen, ...more] = observations
  assert(seen?.kind === 'request' && more.length === 0)
  assert.deepEqual(
    { ...seen, durationMs: 0, requestId: '' },
    {
      kind: 'request',
      requestId: '',
      traceId,
      surface: 'rest',
      method: 'GET',
      operation: 'GET /known/{id}',
      status: 403,
      code: 'authorise.denied',
      durationMs: 0,
      caller: 'someone',
      apiKey: 'a key',
    },
  )
})

test('a request counts to the surface of its route, and to none where there is no route', async t => {
  const routes = [
    route('GET', '/plain', () => emptyAnswer()),
    { ...route('GET', '/own', () => emptyAnswer()), surface: 'auth' as const },
  ]
  const { url, observations } = await openServer(t, { routes })
  for (const path of ['plain', 'own', 'missing']) await fetch(`${url}/${path}`)
  const surfaces = observations.flatMap(seen => (seen.kind === 'request' ? [seen.surface] : []))
  assert.deepEqual(surfaces, ['rest', 'auth', 'none'])
})

test('the guard speaks before the handler', async t => {
  let ran = false
  const handle = () => {
    ran = true
    return emptyAnswer()
  }
  const { url } = await openServer(t, {
    routes: [route('POST', '/act', handle)],
    guard: request => {
      if (request.header('origin') !== null) throw problem('wire.cross-origin')
    },
  })
  assert.equal(
    (await fetch(`${url}/act`, { method: 'POST', headers: { origin: 'https://evil.example' } }))
      .status,
    403,
  )
  assert.equal(ran, false)
  assert.equal((await fetch(`${url}/act`, { method: 'POST' })).status, 204)
})

test('credentials are the session cookie, the bearer token and the address', async t => {
  const show = route('GET', '/who', request => jsonAnswer(200, request.credentials))
  const { url } = await openServer(t, { routes: [show] })
  const ask = async (headers: Record<string, string>) =>
    (await fetch(`${url}/who`, { headers })).json()
  const address = '127.0.0.1'
  assert.deepEqual(await ask({}), { cookie: null, bearer: null, address })
  assert.deepEqual(
    await ask({ cookie: 'a=1; mettle_session=xyz; b=2', authorization: 'bearer a.b-c_d~e+f/g==' }),
    {
      cookie: 'xyz',
      bearer: 'a.b-c_d~e+f/g==',
      address,
    },
  )
  assert.deepEqual(
    await ask({ cookie: 'not_mettle_session=1;mettle_session=2', authorization: 'Basic YTpi' }),
    {
      cookie: '2',
      bearer: null,
      address,
    },
  )
})

test('a client that goes away aborts the signal of its request and nothing else', async t => {
  const began = signalled()
  const aborted = signalled()
  const wait = route('GET', '/wait', async request => {
    request.signal.addEventListener('abort', () => aborted.resolve())
    began.resolve()
    await aborted.promise
    return emptyAnswer()
  })
  const { port, url, observations } = await openServer(t, { routes: [wait, ...things] })
  const wire = await openWire(t, port)
  wire.send('GET /wait HTTP/1.1\r\nHost: a\r\n\r\n')
  await began.promise
  wire.socket.destroy()
  await aborted.promise
  assert.equal((await fetch(`${url}/things`)).status, 200)
  const [seen] = observations
  assert(seen?.kind === 'request')
  assert.equal(seen.status, 499)
})

test('the signal of an answered request is never aborted', async t => {
  let signal: AbortSignal | undefined
  const quick = route('GET', '/quick', request => {
    signal = request.signal
    return emptyAnswer()
  })
  const { url, server } = await openServer(t, { routes: [quick] })
  await (await fetch(`${url}/quick`, { headers: { connection: 'close' } })).text()
  await server.stop()
  assert.equal(signal?.aborted, false)
})

test('two routes for one path are refused when the server is made', async t => {
  const twice = [route('GET', '/a/{id}', echo), route('GET', '/a/{id}', echo)]
  await assert.rejects(openServer(t, { routes: twice }))
  await assert.rejects(
    openServer(t, { routes: [route('GET', '/a//b', echo)] }),
    /not a route's path/,
  )
})

function at(path: string): (given: Route) => Route {
  return given => ({ ...given, path })
}
