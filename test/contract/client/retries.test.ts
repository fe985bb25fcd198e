/** What the client sends again, and under which key: the answers it gets are made here. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClient } from 'mettle/client'
import type { ClientOptions } from 'mettle/client'
import type shop from '../../../examples/shop/backend.ts'
import { startBackend } from '../../support/backend.ts'

interface Sent {
  readonly method: string
  readonly path: string
  readonly key: string | null
}

type Reply = Response | Error

const problem = (status: number, code: string, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify({ code, title: code, status }), {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
  })
const row = () => Response.json({ id: 'one', version: 1 })
const soon = { 'retry-after': '0' }

/** A client whose calls get these replies, one after the other, the last of them for ever. */
function scripted(replies: readonly (() => Reply)[], options: Partial<ClientOptions> = {}) {
  const { sent, ...given } = recording(replies)
  return { sent, client: createClient<typeof shop>({ ...given, ...options }) }
}

function recording(replies: readonly (() => Reply)[]): ClientOptions & { readonly sent: Sent[] } {
  const sent: Sent[] = []
  return {
    sent,
    url: 'http://shop.example/',
    async fetch(target, init) {
      const reply = (replies[sent.length] ?? replies.at(-1)!)()
      const headers = new Headers(init.headers)
      const { pathname, search } = new URL(target)
      const key = headers.get('idempotency-key')
      sent.push({ method: init.method ?? '', path: pathname + search, key })
      if (reply instanceof Error) throw reply
      return reply
    },
  }
}

const lost = () => new TypeError('the connection was lost')
const input = { name: 'Bowl', price: '1.00' }

test('a lost connection repeats a read, and a write under the same key', async () => {
  const reading = scripted([lost, lost, row])
  assert.equal((await reading.client.products.get('one')).id, 'one')
  assert.equal(reading.sent.length, 3)
  const writing = scripted([lost, row])
  await writing.client.products.create(input, { key: 'say "a"' })
  const key = String.raw`"say \"a\""`
  assert.deepEqual(
    writing.sent.map(sent => sent.key),
    [key, key],
  )
})

test('a write without a key is never repeated where its outcome is not known', async () => {
  for (const reply of [lost, () => problem(503, 'run.outcome-unknown', soon)]) {
    const { client, sent } = scripted([reply, row])
    await assert.rejects(client.products.create(input, { key: null }))
    assert.equal(sent.length, 1)
  }
})

test('where nothing was done, every call is sent again when the backend says', async () => {
  for (const code of ['limit.exceeded', 'admit.overloaded', 'run.busy']) {
    const { client, sent } = scripted([() => problem(429, code, soon), row])
    await client.products.create(input, { key: null })
    assert.equal(sent.length, 2)
  }
})

test('what will not change is not asked for again', async () => {
  const replies = [
    () => problem(422, 'validate.invalid'),
    () => problem(404, 'run.not-found'),
    () => problem(429, 'limit.exceeded', { 'retry-after': '900' }),
    () => new Response('<h1>Hello</h1>', { headers: { 'content-type': 'text/html' } }),
  ]
  for (const reply of replies) {
    const { client, sent } = scripted([reply])
    await assert.rejects(client.products.get('one'), { name: 'ClientProblem' })
    assert.equal(sent.length, 1)
  }
})

test('a gateway that fails is asked again, and told as what it is', async () => {
  const { client, sent } = scripted([() => new Response('Bad Gateway', { status: 502 })], {
    retriesMax: 1,
  })
  await assert.rejects(client.products.get('one'), {
    code: 'client.unexpected-answer',
    status: 502,
  })
  assert.equal(sent.length, 2)
})

test('retries end, with the last failure and its cause', async () => {
  const { client, sent } = scripted([lost], { retriesMax: 2 })
  const outcome = await client.products.get('one').outcome()
  assert.ok(!outcome.ok && outcome.problem.code === 'client.unreachable')
  assert.match(String(outcome.problem.cause), /the connection was lost/)
  assert.equal(sent.length, 3)
})

test('an answer that does not come in time is given up', async () => {
  const { client } = scripted([row], {
    timeoutMs: 5,
    retriesMax: 0,
    fetch: (_, init) =>
      new Promise((_resolve, reject) => {
        init.signal!.addEventListener('abort', () => reject(init.signal!.reason))
      }),
  })
  await assert.rejects(client.products.get('one'), { code: 'client.timeout', status: 0 })
})

test('the signal of the caller ends a call, also while it waits to be sent again', async () => {
  const controller = new AbortController()
  const reason = new Error('never mind')
  const { client, sent } = scripted([
    () => {
      setImmediate(() => controller.abort(reason))
      return problem(429, 'limit.exceeded', { 'retry-after': '20' })
    },
  ])
  await assert.rejects(client.products.get('one', { signal: controller.signal }).outcome(), reason)
  assert.equal(sent.length, 1)
})

test('automatic keys are one for each call, and none for who is not signed in', async () => {
  const { sent, ...given } = recording([lost, row])
  const options = { ...given, keys: 'automatic' } as const
  const client = createClient<typeof shop>({ ...options, token: 'a token' })
  await client.commands.checkout({ lines: [] })
  await client.products.update('one', { stock: 1 })
  const keys = sent.map(({ key }) => key)
  assert.match(keys[0]!, /^"[0-9a-f]{32}"$/)
  assert.equal(keys[0], keys[1])
  assert.notEqual(keys[1], keys[2])
  await createClient<typeof shop>(options).products.create(input)
  assert.equal(sent.at(-1)!.key, null)
})

test('a spent token is renewed once for all calls, and each is sent again', async () => {
  const first = Response.json({ accessToken: 'one', refreshToken: 'r1' })
  const me = Response.json({ id: 'ada', email: 'ada@example.com', roles: [], session: 's' })
  const spent = () => problem(401, 'identify.invalid-token')
  const next = Response.json({ accessToken: 'two', refreshToken: 'r2' })
  const replies = [() => first, () => me, spent, spent, () => next, row, row]
  const { client, sent } = scripted(replies)
  await client.auth.signIn({ email: 'ada@example.com', password: 'long enough' })
  await Promise.all([client.products.get('one'), client.products.create(input, { key: null })])
  const renewals = sent.filter(({ path }) => path === '/auth/token/refresh')
  assert.deepEqual([renewals.length, sent.length], [1, 7])
})

test('no call goes out in the name of who signed in while its token was renewed', async () => {
  const renewal = Promise.withResolvers<Response>()
  const renewing = Promise.withResolvers<void>()
  const signed: string[] = []
  let entering = 'ada'
  const tokens = (name: string) =>
    Response.json({ accessToken: name, refreshToken: `of ${name}`, id: name })
  const client = createClient<typeof shop>({
    url: 'http://shop.example',
    async fetch(target, init) {
      const { pathname } = new URL(target)
      if (pathname === '/auth/token') return tokens(entering)
      if (pathname === '/auth/me') return tokens('whoever')
      if (pathname === '/auth/token/refresh') {
        renewing.resolve()
        return renewal.promise
      }
      signed.push(`${init.method} ${new Headers(init.headers).get('authorization')}`)
      return signed.length === 1 ? problem(401, 'identify.invalid-token') : row()
    },
  })
  await client.auth.signIn({ email: 'ada', password: 'long enough' })
  const call = client.products.create(input, { key: null })
  const refused = assert.rejects(call, { code: 'identify.invalid-token' })
  await renewing.promise
  entering = 'bob'
  await client.auth.signIn({ email: 'bob', password: 'long enough' })
  renewal.resolve(tokens('ada again'))
  await refused
  await client.products.get('one')
  assert.deepEqual(signed, ['POST Bearer ada', 'GET Bearer bob'])
})

test('a session that has ended is told, and nothing is tried again', async () => {
  const entered = () => Response.json({ accessToken: 'one', refreshToken: 'r1', id: 'ada' })
  const spent = () => problem(401, 'identify.invalid-token')
  const { client, sent } = scripted([entered, entered, spent, spent, row])
  await client.auth.signIn({ email: 'ada@example.com', password: 'long enough' })
  await assert.rejects(client.products.get('one'), { code: 'identify.invalid-token' })
  assert.equal(sent.length, 4)
  assert.equal((await client.products.get('one')).id, 'one')
})

test('a call whose answer was lost runs once', async () => {
  const running = await startBackend()
  const sent: string[] = []
  const client = createClient<typeof shop>({
    url: `http://127.0.0.1:${running.node.port}`,
    fetch: async (target, init) => {
      const response = await fetch(target, init)
      sent.push(`${init.method} ${new URL(target).pathname}`)
      if (sent.at(-1) !== 'POST /api/v1/products' || sent.at(-2) === sent.at(-1)) return response
      await response.body?.cancel()
      throw lost()
    },
  })
  await client.auth.signIn({ email: 'staff@example.com', password: 'correct horse battery staple' })
  const { name } = await client.products.create({ ...input, name: 'Once' }, { key: 'once' })
  assert.deepEqual(sent.slice(-2), ['POST /api/v1/products', 'POST /api/v1/products'])
  assert.deepEqual([name, (await running.counts())['public.products']], ['Once', 1])
})
