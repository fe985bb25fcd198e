/** What is revoked is revoked everywhere, within the stated bound, while requests keep coming. */

import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'
import { once } from 'node:events'
import { after, test } from 'node:test'
import { limits } from '../../../src/base/limits.ts'
import { ask, runMettle } from '../../support/running.ts'
import { production } from './production.ts'

const { start, folder, env } = await production()
const running = start()
const url = await running.url
const password = 'correct horse battery'

interface Member {
  readonly email: string
  readonly id: string
  readonly cookie: string
  readonly accessToken: string
  readonly refreshToken: string
}

let members = 0

/** Somebody with a browser and a program, each with a session of its own. */
async function newMember(): Promise<Member> {
  members += 1
  const email = `member-${members}@example.com`
  const { json, headers } = await ask(`${url}/auth/sign-up`, { body: { email, password } })
  const tokens = await ask(`${url}/auth/token`, { body: { email, password, refresh: true } })
  const cookie = headers.getSetCookie()[0]!.split(';')[0]!
  return { email, id: json.user.id, cookie, ...tokens.json }
}

interface Seen {
  /** On the clock of this test. */
  readonly sentMs: number
  readonly status: number
}

/** One client on one connection, and so at one worker, who asks as fast as he is answered. */
class Prober {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })
  readonly seen: Seen[] = []
  readonly #path: string
  readonly #headers: Readonly<Record<string, string>>
  pid = 0

  constructor(path: string, headers: Readonly<Record<string, string>>) {
    this.#path = path
    this.#headers = headers
  }

  async ask(): Promise<Seen> {
    const sentMs = performance.now()
    const headers = { origin: url, 'content-type': 'application/json', ...this.#headers }
    const asked = request(url + this.#path, { agent: this.#agent, method: 'POST', headers })
    asked.end('{}')
    const [answer] = await once(asked, 'response')
    let text = ''
    for await (const chunk of answer) text += String(chunk)
    if (answer.statusCode === 200) this.pid = JSON.parse(text).pid
    const one = { sentMs, status: Number(answer.statusCode) }
    this.seen.push(one)
    return one
  }

  /** Resolves when what was sent after `untilMs` is answered. */
  async goOn(untilMs: () => number): Promise<void> {
    while ((await this.ask()).sentMs < untilMs());
    this.#agent.destroy()
  }
}

/** Two clients at each of both workers. */
async function probersOf(path: string, headers: Readonly<Record<string, string>>) {
  const probers: Prober[] = []
  const at = (pid: number) => probers.filter(prober => prober.pid === pid).length
  while (
    new Set(probers.map(({ pid }) => pid)).size < 2 ||
    probers.some(({ pid }) => at(pid) < 2)
  ) {
    const prober = new Prober(path, headers)
    assert.equal((await prober.ask()).status, 200)
    probers.push(prober)
  }
  return probers
}

/** Sends requests through a revocation and past its bound; gives what was sent after the bound. */
async function through(
  probers: readonly Prober[],
  boundMs: number,
  revoke: () => Promise<unknown>,
) {
  let untilMs = Infinity
  const load = Promise.all(probers.map(prober => prober.goOn(() => untilMs)))
  await revoke()
  const revokedMs = performance.now()
  untilMs = revokedMs + boundMs
  await load
  const seen = probers.flatMap(prober => prober.seen)
  const latest = Math.max(
    ...seen.filter(({ status }) => status === 200).map(({ sentMs }) => sentMs),
  )
  return { latestMs: latest - revokedMs, late: seen.filter(({ sentMs }) => sentMs >= untilMs) }
}

const bearer = ({ accessToken }: Member) => ({ authorization: `Bearer ${accessToken}` })
const byCookie = ({ cookie }: Member) => ({ cookie })

interface Case {
  readonly path: string
  readonly headers: (member: Member) => Readonly<Record<string, string>>
  readonly revoke: (member: Member) => Promise<{ readonly status: number | null }>
  readonly refusal: number
}

const send = (method: string, path: string, headers: object, body?: unknown) =>
  fetch(url + path, {
    method,
    headers: {
      origin: url,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })

const cases: Readonly<Record<string, Case>> = {
  'sign-out': {
    path: '/api/v1/member',
    headers: byCookie,
    revoke: member => send('POST', '/auth/sign-out', byCookie(member)),
    refusal: 401,
  },
  'the end of a session, by its owner elsewhere': {
    path: '/api/v1/member',
    headers: bearer,
    revoke: member => send('DELETE', '/auth/sessions', byCookie(member)),
    refusal: 401,
  },
  'a refresh token that is used twice': {
    path: '/api/v1/member',
    headers: bearer,
    async revoke({ refreshToken }) {
      const renew = (token: string) =>
        send('POST', '/auth/token/refresh', {}, { refreshToken: token })
      const next: Pick<Member, 'refreshToken'> = JSON.parse(
        await (await renew(refreshToken)).text(),
      )
      await renew(next.refreshToken)
      const { status } = await renew(refreshToken)
      return { status: status === 401 ? 200 : status }
    },
    refusal: 401,
  },
  'a user who is deleted': {
    path: '/api/v1/member',
    headers: bearer,
    revoke: member => send('DELETE', `/api/v1/users/${member.id}`, byCookie(member)),
    refusal: 401,
  },
  'a role that is taken': {
    path: '/api/v1/admin',
    headers: bearer,
    async revoke({ email }) {
      const { status } = await runMettle({ after }, ['user', 'revoke', email, 'admin'], {
        folder,
        env,
      })
      return { status: status === 0 ? 200 : 500 }
    },
    refusal: 403,
  },
}

const outcomes = await Promise.all(
  Object.entries(cases).map(async ([what, { path, headers, revoke, refusal }]) => {
    const member = await newMember()
    if (refusal === 403) {
      const grant = ['user', 'grant', member.email, 'admin']
      await runMettle({ after }, grant, { folder, env })
    }
    const probers = await probersOf(path, headers(member))
    const outcome = await through(probers, limits.sessionCacheMs, async () => {
      const { status } = await revoke(member)
      assert.ok(status !== null && status < 300, `${what}: ${status}`)
    })
    return { what, refusal, ...outcome }
  }),
)

for (const { what, refusal, late, latestMs } of outcomes) {
  test(`${what} acts on both workers within ${limits.sessionCacheMs} ms`, t => {
    t.diagnostic(`the last request that was accepted was sent ${latestMs.toFixed(0)} ms after it`)
    assert.ok(late.length >= 4)
    assert.deepEqual(new Set(late.map(({ status }) => status)), new Set([refusal]))
    assert.ok(latestMs < limits.sessionCacheMs)
  })
}
