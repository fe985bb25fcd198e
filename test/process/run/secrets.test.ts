/** What callers send and operators keep secret stands in no log, no standard error, no metric. */

import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, test } from 'node:test'
import { scratchDatabase } from '../../support/database.ts'
import { mettle, userFolder } from '../../support/running.ts'

const backend = `
import { access, backend, command, field, identity, query, resource, sql } from 'mettle'

const { anyone } = access
const users = identity({ fields: { phone: field.text({ max: 100, optional: true }) }, signUp: 'open' })
const cards = resource('cards', {
  fields: {
    number: field.text({ max: 100, unique: true }),
    more: field.document({ optional: true }),
    ceiling: field.decimal({ precision: 6, scale: 2, optional: true }),
  },
  access: { read: anyone, create: anyone, update: anyone },
})
const input = { card: field.text({ max: 200 }) }

/** As clients of payment services fail: with the whole request on the error. */
const pay = command('pay', {
  input,
  access: anyone,
  uses: { cards },
  async run({ input, db }) {
    await db.cards.create({ number: input.card })
    const config = { headers: { authorization: input.card }, data: input.card }
    const cause = Object.assign(new Error('refused'), { config, parameters: [input.card], detail: input.card })
    const url = 'https://ada:' + input.card + '@pay.example/v1?card=' + input.card
    throw new AggregateError([cause], 'POST ' + url + ' failed', { cause })
  },
})
const odd = command('odd', {
  input,
  access: anyone,
  run({ input }) {
    return Promise.reject({ toString: () => input.card, message: input.card, input })
  },
})
const forgetful = command('forgetful', {
  input,
  access: anyone,
  uses: { cards },
  async run({ input, db }) {
    void db.cards.create({ number: input.card })
    void db.cards.create({ number: input.card })
    void Promise.reject(Object.assign(new Error('nobody waits'), { input })).catch(() => {})
  },
})
/** Fails with a message that quotes what was sent. */
const broken = query('broken', {
  input,
  output: { found: field.integer() },
  access: anyone,
  sql: ({ card }) => sql\`select length(pg_read_file(\${card})) as found\`,
})
const cast = query('cast', {
  input,
  output: { found: field.integer() },
  access: anyone,
  sql: ({ card }) => sql\`select (\${card} || '')::int as found\`,
})

export default backend('till', { parts: { users, cards, pay, odd, forgetful, broken, cast } })
`

const folder = userFolder({ after }, { 'backend.ts': backend })
const databases = {
  json: await scratchDatabase(),
  ecs: await scratchDatabase(),
  text: await scratchDatabase(),
} as const

/** A word for each place, so that one that is found says where it was sent. */
const canary = (place: string) => `canary-${place}-7f3a9c`
const canaryForm = /canary[\w%-]*/gi

/** Long and varied enough for a secret. */
const secretOf = (place: string) => `${canary(place)}-q8Zr2Lw0Yx7Vb5Nc3Md1Kf9J`

function withPassword(url: string): string {
  const secret = new URL(url)
  // the server of the tests asks nobody for one
  if (secret.password === '') secret.password = canary('database-password')
  return secret.href
}

const env = {
  METTLE_SECRET: secretOf('secret'),
  METRICS_TOKEN: secretOf('metrics-token'),
  LOG_LEVEL: 'debug',
}

const names = [
  'accept',
  'accept-language',
  'authorization',
  'cookie',
  'content-type',
  'forwarded',
  'idempotency-key',
  'if-match',
  'if-none-match',
  'origin',
  'proxy-authorization',
  'referer',
  'traceparent',
  'user-agent',
  'via',
  'x-api-key',
  'x-csrf-token',
  'x-forwarded-for',
]

interface Sent {
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** The statuses that it may have: what was meant to happen did. */
  readonly status?: number
}

const json = { 'content-type': 'application/json' }
const id = '01a20000-0000-7000-8000-000000000000'

const everywhere: readonly Sent[] = [
  ...names.flatMap(name => [
    { path: '/api/v1/cards', headers: { [name]: canary(name) } },
    { path: '/auth/sign-out', method: 'POST', headers: { [name]: canary(name) } },
  ]),
  { path: '/api/v1/cards', headers: { authorization: `Bearer ${canary('bearer')}` }, status: 401 },
  { path: '/api/v1/cards', headers: { authorization: `Basic ${canary('basic')}` } },
  {
    path: '/api/v1/cards',
    headers: { cookie: `mettle_session=${canary('session').padEnd(43, 'x')}` },
  },
  { path: '/api/v1/cards', headers: { 'x-request-id': `${canary('request-id')} ?` } },
  { path: `/api/v1/cards/${canary('id')}`, status: 422 },
  { path: `/api/v1/${canary('path')}`, status: 404 },
  { path: `/${canary('root')}/%00`, status: 404 },
  { path: `/api/v1/cards?number=${canary('filter')}` },
  { path: `/api/v1/cards?${canary('parameter')}=1`, status: 422 },
  { path: `/api/v1/cards?after=${canary('cursor')}`, status: 422 },
  { path: `/api/v1/cards/${id}?access_token=${canary('url-token')}`, status: 422 },
  { path: '/auth/sign-up', body: person('sign-up'), status: 201 },
  { path: '/auth/sign-up', body: person('sign-up'), status: 409 },
  {
    path: '/auth/token',
    body: { email: person('sign-up').email, password: canary('password'), refresh: true },
    status: 200,
  },
  { path: '/auth/token/refresh', body: { refreshToken: canary('refresh') }, status: 401 },
  { path: '/auth/sign-in', body: { ...person('sign-up'), password: canary('wrong') } },
  {
    path: '/api/v1/cards',
    body: { number: canary('number'), more: { cvv: canary('cvv') } },
    status: 201,
  },
  { path: '/api/v1/cards', body: { number: canary('number') }, status: 409 },
  {
    path: '/api/v1/cards',
    body: { number: 1, ceiling: canary('ceiling'), [canary('field')]: 1 },
    status: 422,
  },
  { path: '/api/v1/cards', body: `{"number":"${canary('broken-json')}`, status: 400 },
  { path: '/api/v1/pay', body: { card: canary('pay') }, status: 500 },
  { path: '/api/v1/forgetful', body: { card: canary('forgotten') }, status: 500 },
  { path: '/api/v1/odd', body: { card: canary('odd') }, status: 500 },
  { path: `/api/v1/broken?card=${canary('broken')}`, status: 500 },
  { path: `/api/v1/cast?card=${canary('cast')}`, status: 422 },
  { path: '/api/v1/batch', body: batchOf([{ operation: canary('operation') }]), status: 400 },
  {
    path: '/api/v1/batch',
    body: batchOf([
      { operation: 'pay', input: { card: canary('batched') } },
      { operation: 'odd', input: { card: canary('batched-odd') } },
      { operation: 'cards.create', input: { number: canary('batched-row') } },
    ]),
    status: 200,
  },
]

const login = { email: person('sign-up').email, password: canary('password') }

function batchOf(operations: readonly object[]) {
  return { operations }
}

function person(name: string) {
  return {
    email: `${canary(name)}@example.com`,
    password: canary('password'),
    phone: canary('phone'),
  }
}

/** Resolves to the tokens that the answer brings. */
async function send(
  url: string,
  { method, path, headers, body, status }: Sent,
): Promise<readonly string[]> {
  const answer = await fetch(url + path, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: { ...(body === undefined ? {} : json), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await answer.text()
  if (status !== undefined) assert.equal(answer.status, status, `${path}: ${text}`)
  const tokens = text.matchAll(/"(?:accessToken|refreshToken|key)":"([^"]+)"/g)
  const cookies = answer.headers
    .getSetCookie()
    .join()
    .matchAll(/=([\w-]{20,})/g)
  return [...tokens, ...cookies].map(match => match[1]!)
}

/** Bytes that are no request. */
async function sendRaw(url: string, text: string): Promise<void> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.end(text)
  for await (const _ of socket);
}

for (const [format, databaseUrl] of Object.entries(databases)) {
  test(`${format}: no canary in what is logged, told or measured`, async t => {
    const more = { LOG_FORMAT: format, DATABASE_URL: withPassword(databaseUrl) }
    const server = mettle(t, ['dev'], { folder, env: { ...env, ...more } })
    const url = await server.url
    const issued: string[] = []
    for (const sent of everywhere) issued.push(...(await send(url, sent)))
    const [access] = await send(url, { path: '/auth/token', body: login, status: 200 })
    const authorization = { authorization: `Bearer ${access}` }
    const keys = {
      path: '/auth/api-keys',
      body: { password: login.password, name: canary('key-name') },
      status: 201,
    }
    const [key = ''] = await send(url, { ...keys, headers: authorization })
    const bearing = { authorization: `Bearer ${key}` }
    await send(url, { path: '/auth/me', headers: bearing, status: 200 })
    await send(url, { path: '/auth/me', headers: { authorization: `Bearer ${key}x` }, status: 401 })
    await send(url, { path: '/api/v1/pay', headers: bearing, body: { card: key }, status: 500 })
    issued.push(key, key.slice(4))
    assert.ok(issued.length >= 5, 'a session, an access token, a refresh token and an API key')
    await sendRaw(url, `GET /${canary('raw')} HTTP/9.9\r\n${canary('raw-header')}\r\n\r\n`)
    await sendRaw(
      url,
      `GET / HTTP/1.1\r\nhost: a\r\nx-long: ${canary('long').repeat(2_000)}\r\n\r\n`,
    )
    const scraper = { authorization: `Bearer ${env.METRICS_TOKEN}` }
    const measured = await fetch(`${url}/metrics`, { headers: scraper })
    const metrics = await measured.text()
    assert.ok(metrics.includes('mettle_faults_total{where="pay"} 3'))
    await server.stop()
    const said = server.output()
    for (const place of ['cards.create', 'pay', 'odd', 'broken', 'open file', 'auth.sign-up']) {
      assert.ok(said.includes(place), `the log at debug tells of ${place}`)
    }
    assert.deepEqual([...new Set(said.match(canaryForm))], [])
    assert.deepEqual([...new Set(metrics.match(canaryForm))], [])
    assert.ok(!issued.some(token => said.includes(token) || metrics.includes(token)))
  })
}

test('a database that cannot be reached is named without its password', async t => {
  const lost = `postgres://ada:${canary('lost')}@127.0.0.1:1/till?options=${canary('options')}`
  for (const command of [['dev'], ['start'], ['migrate', 'status']]) {
    const more = { ...env, DATABASE_URL: lost, HOST: '127.0.0.1', LOG_FORMAT: 'json' }
    const server = mettle(t, command, { folder, env: more })
    await server.until(/127\.0\.0\.1:1/)
    await server.stop()
    assert.deepEqual([...new Set(server.output().match(canaryForm))], [], command.join(' '))
  }
})
