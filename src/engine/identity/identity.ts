/** Puts the identity service together. */

import type { Caller } from '../../base/caller.ts'
import type { Clock, RandomBytes } from '../../base/clock.ts'
import { problem } from '../../base/errors.ts'
import { limits } from '../../base/limits.ts'
import type { Levels, Observe } from '../../base/observe.ts'
import type { Model } from '../../model/model.ts'
import type { Database } from '../../ports/database.ts'
import type { PasswordHash } from '../../ports/password-hash.ts'
import type { PlanWrite } from '../../sql/write/plan-cache.ts'
import type { Data } from '../data/data.ts'
import { createExplain, isLockTimeout } from '../data/refusals.ts'
import { createAccessTokens } from './access-tokens.ts'
import type { AccessToken } from './access-tokens.ts'
import { accountOf, createAccounts, sessionSeconds, signedIn } from './accounts.ts'
import type { SignedIn } from './accounts.ts'
import { createAttempts, pruneAttempts } from './attempts.ts'
import { watchDepartures } from './departures.ts'
import { createIdentification } from './identify.ts'
import type { Identify } from './identify.ts'
import { createPasswords } from './passwords.ts'
import type { Run } from './run.ts'
import { createSessionLookup } from './session-lookup.ts'
import { createSessions, pruneSessions } from './sessions.ts'
import type { Client, OpenSession, SessionEntry } from './sessions.ts'
import { createSigningKeys } from './signing-keys.ts'
import type { SigningKeys } from './signing-keys.ts'
import { createUsers } from './users.ts'
import type { Account } from './users.ts'

interface IdentityOptions {
  /** With an identity. */
  readonly model: Model
  readonly database: Database
  readonly data: Data
  readonly planWrite: PlanWrite
  readonly hasher: PasswordHash
  readonly clock: Clock
  readonly random: RandomBytes
  readonly observe: Observe
  /** METTLE_SECRET: seals the keys that sign access tokens. */
  readonly secret: string
  /** Names the backend in its access tokens, as issuer and audience: its public URL. */
  readonly issuer: string
}

/** Where `input` is unknown it is parsed JSON; everything rejects with `Problem`. */
export interface Identity {
  /** Loads the signing keys (makes the first), and the hash that stands in for unknown users. */
  start(): Promise<void>
  readonly identify: Identify
  /** The same data; users who are deleted through it are callers no more, at once on this node. */
  watch(data: Data): Data
  /** From `{ email, password, ...fields of the users }`. */
  signUp(input: unknown, client: Client): Promise<SignedIn>
  /** From `{ email, password }`; always a new session. */
  signIn(input: unknown, client: Client): Promise<SignedIn>
  /** Ends the session of a cookie, if there is one. */
  signOut(cookie: string): Promise<void>
  /** The caller's own account; `identify.required` where he has none. */
  account(caller: Caller): Promise<Account>
  /** The caller's sessions, the newest first. */
  sessions(caller: Caller): Promise<readonly SessionEntry[]>
  /** Ends one of the caller's sessions; `run.not-found` where he has no such. */
  endSession(caller: Caller, session: string): Promise<void>
  /** Ends all of the caller's sessions but the one that he came with. */
  endOtherSessions(caller: Caller): Promise<void>
  /** From `{ current, next }`. Ends the other sessions and gives this one a new token. */
  changePassword(input: unknown, caller: Caller, client: Client): Promise<OpenSession>
  /** An access token for the caller's session. */
  issueToken(caller: Caller): Promise<AccessToken>
  /** From `{ email, password }`: an access token, and a session that ends with it. */
  issueTokenFor(input: unknown, client: Client): Promise<AccessToken>
  /** The public keys of access tokens, as a JWK set (RFC 7517). */
  publishedKeys(): ReturnType<SigningKeys['published']>
  /** From `{ email, password, ...fields }`, whether or not sign-up is open. */
  createUser(input: unknown, roles: readonly string[]): Promise<Account>
  /** For the command line. `run.not-found` where nobody has the address. */
  grantRole(email: string, role: string): Promise<Account>
  /** For the command line. `run.not-found` where nobody has the address. */
  revokeRole(email: string, role: string): Promise<Account>
  /** Hashes and cached callers at this moment. */
  levels(): Pick<Levels, 'hashes' | 'sessionCaches'>
  /** Forgets dead sessions and old attempts; to be called now and then. */
  prune(): Promise<void>
}

export function createIdentity(options: IdentityOptions): Identity {
  const parts = createParts(options)
  const { run, users, sessions, passwords, accounts, keys, tokens } = parts
  const { identify, forget, forgetAll, cacheLevels } = parts
  return {
    async start() {
      await Promise.all([keys.start(), passwords.start()])
    },
    identify,
    watch: data => watchDepartures(options.model, data, forgetAll),
    signUp: (input, client) => accounts.signUp(input, client),
    signIn: (input, client) => accounts.signIn(input, client, sessionSeconds),
    async signOut(cookie) {
      const ended = await sessions.endToken(cookie)
      if (ended !== null) forget(ended)
    },
    account: async caller => accountOf(users, signedIn(caller).id),
    sessions: async caller => sessions.list(signedIn(caller).id),
    async endSession(caller, session) {
      if (!(await sessions.end(signedIn(caller).id, session))) throw problem('run.not-found')
      forget(session)
    },
    async endOtherSessions(caller) {
      const { id, session } = signedIn(caller)
      for (const ended of await sessions.endOthers(id, session)) forget(ended)
    },
    async changePassword(input, caller, client) {
      const { session } = signedIn(caller)
      const ended = await accounts.changePassword(input, caller, client)
      const rotated = await sessions.rotate(session)
      for (const one of [...ended, session]) forget(one)
      if (rotated === null) throw problem('identify.required')
      return rotated
    },
    async issueToken(caller) {
      const { id, session } = signedIn(caller)
      return tokens.issue(id, session)
    },
    async issueTokenFor(input, client) {
      const { user, session } = await accounts.signIn(input, client, limits.accessTokenSeconds)
      return tokens.issue(user.id, session.id)
    },
    publishedKeys: () => keys.published(),
    createUser: (input, roles) => accounts.createUser(input, roles),
    grantRole: (email, role) => users.grantRole(email, role),
    revokeRole: (email, role) => users.revokeRole(email, role),
    levels: () => ({ hashes: passwords.levels(), sessionCaches: cacheLevels() }),
    async prune() {
      await run(pruneSessions, 'pool')
      await run(pruneAttempts, 'pool')
    },
  }
}

function createParts(options: IdentityOptions) {
  const { model, database, data, clock, random, observe, secret, issuer } = options
  const run = createRun(database, model)
  const users = createUsers({ model, data, run, clock, plan: options.planWrite })
  const sessions = createSessions({ run, clock, random })
  const passwords = createPasswords(options)
  const attempts = createAttempts(run)
  const accounts = createAccounts({ model, data, clock, users, sessions, passwords, attempts })
  const keys = createSigningKeys({ data, clock, random, secret })
  const tokens = createAccessTokens({ keys, clock, issuer })
  const fault = (error: unknown) =>
    observe({ kind: 'fault', requestId: null, where: 'identity.sessions', error })
  const lookup = { run, users: users.resource, fault }
  const identification = createIdentification({
    clock,
    tokens,
    byTokenHash: createSessionLookup({ ...lookup, by: 'tokenHash' }),
    byId: createSessionLookup({ ...lookup, by: 'id' }),
  })
  const { levels: cacheLevels, ...identifying } = identification
  return { run, users, sessions, passwords, accounts, keys, tokens, ...identifying, cacheLevels }
}

function createRun(database: Database, model: Model): Run {
  const explain = createExplain(model)
  const run: Run = async (statement, route) => {
    try {
      return await database.run(statement, route)
    } catch (error) {
      // a lane has no time to wait for a lock
      if (route === 'write' && isLockTimeout(error)) return run(statement, 'pool')
      throw route === 'read' ? explain.read(error) : explain.write(error)
    }
  }
  return run
}
