/** `mettle keys rotate` and `mettle audit` beside two workers that serve. */

import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'
import { once } from 'node:events'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { limits } from '../../../src/base/limits.ts'
import { ask, runMettle } from '../../support/running.ts'
import { production } from './production.ts'

const { start, folder, env } = await production()
const running = start()
const url = await running.url
const login = { email: 'ada@example.com', password: 'correct horse battery' }
await ask(`${url}/auth/sign-up`, { body: login })

interface Answer {
  readonly status: number
  // oxlint-disable-next-line typescript/no-explicit-any -- asserted by whoever looks
  readonly json: any
}

/** A client whose one connection is at one worker. */
class Client {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })

  async ask(path: string, body?: object, token?: string): Promise<Answer> {
    const headers = {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    }
    const method = body === undefined ? 'GET' : 'POST'
    const asked = request(url + path, { agent: this.#agent, method, headers })
    asked.end(body === undefined ? undefined : JSON.stringify(body))
    const [answer] = await once(asked, 'response')
    let text = ''
    for await (const chunk of answer) text += String(chunk)
    return { status: Number(answer.statusCode), json: JSON.parse(text) }
  }

  async token(): Promise<string> {
    return (await this.ask('/auth/token', login)).json.accessToken
  }

  async accepts(token: string): Promise<boolean> {
    return (await this.ask('/auth/me', undefined, token)).status === 200
  }

  async kids(): Promise<readonly string[]> {
    const { json } = await this.ask('/auth/jwks.json')
    return json.keys.map(({ kid }: { kid: string }) => kid)
  }

  close(): void {
    this.#agent.destroy()
  }
}

const clients = new Map<number, Client>()
while (clients.size < 2) {
  const client = new Client()
  const { json } = await client.ask('/api/v1/worker', {})
  if (clients.has(json.pid)) client.close()
  else clients.set(json.pid, client)
}
const both = [...clients.values()]
after(() => both.forEach(client => client.close()))

const mettle = async (...args: readonly string[]) => {
  const { status, output, stdout } = await runMettle({ after }, args, { folder, env })
  assert.equal(status, 0, output)
  return stdout
}

/** As if the notice of the last rotation were over. */
async function passNotice(): Promise<void> {
  const database = new pg.Client({ connectionString: env.DATABASE_URL })
  await database.connect()
  await database.query(`update "mettle"."signing_keys" set
    "created_at" = "created_at" - interval '${limits.signingKeyNoticeMs} milliseconds',
    "retired_at" = "retired_at" - interval '${limits.signingKeyNoticeMs} milliseconds'`)
  await database.end()
}

const kidOf = (token: string): string =>
  JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()).kid

const everywhere = async (token: string) =>
  new Set(await Promise.all(both.map(client => client.accepts(token))))

test('a rotation reaches both workers in its bound, and no token is refused on the way', async () => {
  const old = await both[0]!.token()
  assert.match(await mettle('keys', 'rotate'), new RegExp(`^Retired: ${kidOf(old)}\\.`))
  await sleep(limits.signingKeyReloadMs)
  const sets = await Promise.all(both.map(client => client.kids()))
  const [next] = sets[0]!
  assert.notEqual(next, kidOf(old))
  for (const kids of sets) assert.deepEqual(kids, [next, kidOf(old)])
  for (const client of both) assert.equal(kidOf(await client.token()), kidOf(old))

  await passNotice()
  await sleep(limits.signingKeyReloadMs)
  for (const client of both) {
    const token = await client.token()
    assert.equal(kidOf(token), next)
    assert.deepEqual(await everywhere(token), new Set([true]))
  }
  assert.deepEqual(await everywhere(old), new Set([true]))
})

test('compromised keys are good for nothing within their bound; refresh tokens go on', async () => {
  const { json } = await both[0]!.ask('/auth/token', { ...login, refresh: true })
  assert.deepEqual(await everywhere(json.accessToken), new Set([true]))
  assert.match(
    await mettle('keys', 'rotate', '--compromised'),
    /refused everywhere within 7 seconds/,
  )
  await sleep(limits.signingKeyReloadMs + limits.sessionCacheMs)
  assert.deepEqual(await everywhere(json.accessToken), new Set([false]))
  const { refreshToken } = json
  const renewed = await both[1]!.ask('/auth/token/refresh', { refreshToken })
  assert.notEqual(kidOf(renewed.json.accessToken), kidOf(json.accessToken))
  assert.deepEqual(await everywhere(renewed.json.accessToken), new Set([true]))
})

test('an operator reads the trail: all of it, of a user, of a kind, for programs', async () => {
  await both[0]!.ask('/auth/token', { ...login, password: 'a wrong guess' })
  const all = await mettle('audit')
  assert.match(all, /^\S+Z {2}account\.created .*by=sign-up$/m)
  assert.match(all, /signing-keys\.retired .*because=compromised/)
  assert.match(all, /sign-in\.failed {8}.*address=127\.0\.0\.1$/m)
  const failed = await mettle('audit', '--user', 'ADA@example.com', '--kind', 'sign-in.failed')
  assert.equal(failed.trim().split('\n').length, 1)
  const rows = await mettle('audit', '--json', '--limit', '2', '--since', '2020-01-01')
  const records = rows
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  assert.deepEqual(
    records.map(({ kind }) => kind),
    ['signing-key.made', 'sign-in.failed'],
  )
})

test('a command says which database it means, and to whom it is without a password', async () => {
  const { stdout, output } = await runMettle({ after }, ['audit', '--limit', '1'], { folder, env })
  const { host, pathname } = new URL(env.DATABASE_URL)
  assert.ok(output.startsWith(`Database: ${host}${pathname}, from DATABASE_URL\n`), output)
  assert.doesNotMatch(stdout, /Database/)
})

test('what cannot be meant is told', async () => {
  for (const [args, said] of [
    [['--kind', 'sign-in'], /--kind takes one of account\.created/],
    [['--user', 'nobody@example.com'], /There is no user nobody@example\.com/],
    [['--since', 'yesterday'], /--since takes a time like/],
    [['--limit', 'all'], /--limit takes a whole number/],
  ] as const) {
    const { status, output } = await runMettle({ after }, ['audit', ...args], { folder, env })
    assert.equal(status, 1)
    assert.match(output, said)
  }
})
