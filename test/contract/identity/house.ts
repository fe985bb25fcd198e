/** A backend with users on a real database, behind HTTP: what the tests of identity sign in to. */

import { randomBytes } from 'node:crypto'
import { after } from 'node:test'

import { access, backend, field, identity as identityOf, resource } from 'mettle'

import { authRoutes } from '../../../src/api/auth/routes.ts'
import { originGuard } from '../../../src/api/auth/origin-guard.ts'
import { sessionCookie } from '../../../src/api/auth/cookie.ts'
import { createHttpListener } from '../../../src/api/http/server.ts'
import type { Clock } from '../../../src/base/clock.ts'
import { limits } from '../../../src/base/limits.ts'
import { openApi } from '../../../src/emit/openapi/openapi.ts'
import { createData } from '../../../src/engine/data/create-data.ts'
import { createIdentity } from '../../../src/engine/identity/identity.ts'
import type { Identity } from '../../../src/engine/identity/identity.ts'
import { createBuckets } from '../../../src/engine/limit/bucket.ts'
import { createLimiter } from '../../../src/engine/limit/limiter.ts'
import { createPolicySets } from '../../../src/engine/limit/policy.ts'
import { buildModel } from '../../../src/model/build.ts'
import type { Model } from '../../../src/model/model.ts'
import type { Database } from '../../../src/ports/database.ts'
import type { PasswordHash } from '../../../src/ports/password-hash.ts'
import { contractOf } from '../../support/contract.ts'
import { documentRoutes } from '../../../src/run/document-routes.ts'
import { createPlanWrite } from '../../../src/sql/write/plan-cache.ts'
import { migratedDatabase, systemClock } from '../../support/model.ts'

export function modelOf(signUp: 'open' | 'closed'): Model {
  const users = identityOf({
    fields: { name: field.text({ max: 100 }), about: field.text({ optional: true }) },
    signUp,
    roles: ['staff', 'admin'],
  })
  const notes = resource('notes', {
    fields: { author: field.ref('users', { default: 'caller' }), text: field.text() },
    access: { read: access.owner('author'), create: access.signedIn },
  })
  return buildModel(backend('notebook', { parts: { users, notes } }))
}

/** As slow as a look-up, so that tests of anything but hashing are fast. */
export const quickHash: PasswordHash = {
  hash: password => Promise.resolve(`quick:${password}`),
  verify: (hash, password) => Promise.resolve(hash === `quick:${password}`),
}

export const secret = 'a secret of the tests, long enough to be one'
export const issuer = 'https://notebook.example'

/** Another node on the same database. */
export function openNode(
  database: Database,
  options: {
    readonly model?: Model
    readonly hasher?: PasswordHash
    readonly clock?: Clock
    readonly secret?: string
  } = {},
): Identity {
  const model = options.model ?? modelOf('open')
  const clock = options.clock ?? systemClock
  const own = { model, database, clock, random: randomBytes, observe: ignore }
  return createIdentity({
    ...own,
    data: createData(own),
    planWrite: createPlanWrite(model),
    aroundSignUp: null,
    hasher: options.hasher ?? quickHash,
    secret: options.secret ?? secret,
    issuer,
  })
}

const policy = { windowSeconds: 60, operations: null } as const

interface House {
  readonly url: string
  readonly database: Database
  readonly identity: Identity
}

/** A started node with its HTTP server; both end with the test file. */
export async function openHouse(
  options: { readonly signUp?: 'open' | 'closed'; readonly guessesMax?: number } = {},
): Promise<House> {
  const model = modelOf(options.signUp ?? 'open')
  const { database } = await migratedDatabase(model)
  const identity = openNode(database, { model })
  await identity.start()
  const allowedOrigins = new Set([issuer])
  const cookie = sessionCookie(false)
  const limiter = createLimiter({
    store: createBuckets({ clock: systemClock }),
    observe: ignore,
  })
  const policies = createPolicySets([
    { ...policy, name: 'default', by: 'caller', quota: 10_000 },
    { ...policy, name: 'authentication', by: 'address', quota: options.guessesMax ?? 1_000 },
  ])
  const server = createHttpListener({
    routes: [
      ...authRoutes({ identity, limiter, policies, cookie, allowedOrigins }),
      ...documentRoutes(model, issuer),
    ],
    fallback: null,
    guard: originGuard(allowedOrigins),
    observe: ignore,
    clock: systemClock,
    limits,
    listen: { port: 0, host: '127.0.0.1' },
    charge: null,
    secure: false,
    foreignOrigins: [],
    trustedProxies: [],
    networks: { allowed: [], denied: [] },
    tls: null,
    sessionCookie: cookie.name,
  })
  await server.start()
  after(() => server.stop())
  return { url: `http://127.0.0.1:${server.address!.port}`, database, identity }
}

function ignore(): void {}

/** What any of the answers holds, problems too. */
interface Body {
  readonly user: { readonly id: string; readonly email: string; readonly roles: readonly string[] }
  readonly session: { readonly id: string }
  readonly data: readonly SessionEntry[]
  readonly id: string
  readonly name: string
  readonly prefix: string
  readonly key: string
  readonly scopes: readonly string[] | null
  readonly createdAt: string
  readonly expiresAt: string
  readonly lastUsedAt: string | null
  readonly email: string
  readonly roles: readonly string[]
  readonly accessToken: string
  readonly tokenType: string
  readonly expiresIn: number
  readonly refreshToken: string
  readonly refreshExpiresIn: number
  readonly keys: readonly Readonly<Record<string, string>>[]
  readonly code: string
  readonly errors: readonly {
    readonly pointer: string
    readonly code: string
    readonly detail: string
  }[]
}

interface SessionEntry {
  readonly id: string
  readonly lastUsedAt: string | null
  readonly createdAt: string
  readonly address: string
  readonly current: boolean
}

const contract = contractOf(openApi(modelOf('open')))

interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly body: Body
}

/**
 * One browser or program: keeps its cookie and says where it comes from. Takes no answer that the
 * OpenAPI document does not promise.
 */
export class Visitor {
  readonly #url: string
  readonly #headers: Readonly<Record<string, string>>
  cookie: string | null = null

  constructor(url: string, headers: Readonly<Record<string, string>> = { origin: issuer }) {
    this.#url = url
    this.#headers = headers
  }

  async send(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Reply> {
    const answer = await fetch(`${this.#url}/auth/${path}`, {
      method,
      headers: {
        ...this.#headers,
        ...(this.cookie === null ? {} : { cookie: this.cookie }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const [set] = answer.headers.getSetCookie()
    if (set !== undefined) this.cookie = set.includes('Max-Age=0') ? null : set.split(';', 1)[0]!
    const text = await answer.text()
    const received = { status: answer.status, headers: Object.fromEntries(answer.headers), text }
    contract.assertKept({ method, path: `/auth/${path}`, ...received })
    const parsed: Body = JSON.parse(text || '{}')
    return { status: answer.status, headers: answer.headers, body: parsed }
  }
}

let people = 0

/** Somebody nobody has seen yet. */
export function newPerson() {
  people += 1
  const email = `person-${people}@example.com`
  return { email, password: `${people} quiet turtles hum`, name: `Person ${people}` }
}
