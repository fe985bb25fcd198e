/** Puts the identity service together. */

import type { Caller } from '../../base/caller.ts'
import type { Clock, RandomBytes } from '../../base/clock.ts'
import { problem } from '../../base/errors.ts'
import { limits } from '../../base/limits.ts'
import type { Levels, Observe } from '../../base/observe.ts'
import type { Model } from '../../model/model.ts'
import { demandScope } from '../../model/scopes.ts'
import type { Database } from '../../ports/database.ts'
import type { PasswordHash } from '../../ports/password-hash.ts'
import type { PlanWrite } from '../../sql/write/plan-cache.ts'
import { pruneAudit } from '../audit/audit.ts'
import type { Data } from '../data/data.ts'
import { runOwnWrite } from '../data/own-write.ts'
import { createExplain } from '../data/refusals.ts'
import { createAccessTokens } from './access-tokens.ts'
import type { AccessToken } from './access-tokens.ts'
import { accountOf, createAccounts, signedIn } from './accounts.ts'
import type { SignedIn } from './accounts.ts'
import type { AroundSignUp } from './around-sign-up.ts'
import { compileApiKeyInput } from './api-key-input.ts'
import { createApiKeys, pruneApiKeys } from './api-keys.ts'
import { createAttempts, pruneAttempts } from './attempts.ts'
import { createCallerLookup } from './caller-lookup.ts'
import { watchDepartures } from './departures.ts'
import { createIdentification } from './identify.ts'
import type { Identify } from './identify.ts'
import { compileInputs } from './input.ts'
import { createManagingKeys, type ManagingKeys } from './managing-keys.ts'
import { createPasswords } from './passwords.ts'
import { createRefreshTokens } from './refresh-tokens.ts'
import type { Run } from './run.ts'
import { createSessions, pruneSessions, refreshSeconds } from './sessions.ts'
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
  /** Null: nothing stands around it. */
  readonly aroundSignUp: AroundSignUp | null
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
export interface Identity extends ManagingKeys {
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
  signOut(cookie: string, client: Client): Promise<void>
  /**
   * The caller's own account; `identify.required` where he has none, `authorise.out-of-scope` where
   * his API key may not read users.
   */
  account(caller: Caller): Promise<Account>
  /** The caller's sessions, the newest first. */
  sessions(caller: Caller): Promise<readonly SessionEntry[]>
  /** Ends one of the caller's sessions; `run.not-found` where he has no such. */
  endSession(caller: Caller, session: string, client: Client): Promise<void>
  /** Ends all of the caller's sessions but the one that he came with. */
  endOtherSessions(caller: Caller, client: Client): Promise<void>
  /** From `{ current, next }`. Ends the other sessions and gives this one a new token. */
  changePassword(input: unknown, caller: Caller, client: Client): Promise<OpenSession>
  /** An access token for the caller's session. */
  issueToken(caller: Caller): Promise<AccessToken>
  /**
   * From `{ email, password, refresh }`: an access token, and a session that ends with it or, with
   * `refresh`, one that refresh tokens keep.
   */
  issueTokenFor(input: unknown, client: Client): Promise<Tokens>
  /**
   * From `{ refreshToken }`: the next of both. `identify.token-reused` for one that was used
   * before, which ends its session; `identify.invalid-token` for any other that is not good.
   */
  refresh(input: unknown, client: Client): Promise<Tokens>
  /** From `{ refreshToken }`: ends its session; says nothing where it has none (RFC 7009). */
  revokeRefresh(input: unknown, client: Client): Promise<void>
  /** The public keys of access tokens, as a JWK set (RFC 7517). */
  publishedKeys(): ReturnType<SigningKeys['published']>
  /** For the command line: as `SigningKeys` says. */
  retireKeys(compromised: boolean): Promise<readonly string[]>
  /** From `{ email, password, ...fields }`, whether or not sign-up is open. */
  createUser(input: unknown, roles: readonly string[]): Promise<Account>
  /** The same without a password, so that nobody signs in: its keys alone come in. */
  createServiceUser(input: unknown, roles: readonly string[]): Promise<Account>
  /** For the command line; null where nobody has the address. */
  findAccount(email: string): Promise<Account | null>
  /** For the command line. `run.not-found` where nobody has the address. */
  grantRole(email: string, role: string): Promise<Account>
  /** For the command line. `run.not-found` where nobody has the address. */
  revokeRole(email: string, role: string): Promise<Account>
  /** Hashes and cached callers at this moment. */
  levels(): Pick<Levels, 'hashes' | 'sessionCaches'>
  /**
   * Forgets dead sessions, old attempts and audit entries, and renews the signing keys in time; to
   * be called now and then.
   */
  keep(): Promise<void>
}

/** What a program signs in with; `refresh` is null where it did not ask for one. */
export interface Tokens {
  readonly access: AccessToken
  readonly refresh: { readonly token: string; readonly expiresInSeconds: number } | null
}

export function createIdentity(options: IdentityOptions): Identity {
  const parts = createParts(options)
  const { users, accounts, keys, passwords, identify, forgetAll, cacheLevels } = parts
  return {
    async start() {
      await Promise.all([keys.start(), passwords.start()])
    },
    identify,
    watch: data => watchDepartures(options.model, data, forgetAll),
    signUp: (input, client) => accounts.signUp(input, client),
    signIn: (input, client) => accounts.signIn(input, client),
    account: async caller => accountOf(users, readableAccount(users.resource.name, caller)),
    ...createEndings(parts),
    ...createIssuing(parts),
    publishedKeys: () => keys.published(),
    retireKeys: compromised => keys.retire(compromised),
    findAccount: email => users.find({ email }),
    createUser: (input, roles) => accounts.createUser(input, roles),
    createServiceUser: (input, roles) => accounts.createServiceUser(input, roles),
    ...createManagingKeys({ ...parts, keys: parts.apiKeys }),
    grantRole: (email, role) => users.grantRole(email, role),
    revokeRole: (email, role) => users.revokeRole(email, role),
    levels: () => ({ hashes: passwords.levels(), sessionCaches: cacheLevels() }),
    keep: () => keepTidy(parts),
  }
}

/** The id of the caller, whose key may read users where he came with one. */
function readableAccount(resource: string, caller: Caller): string {
  if (caller.apiKey === null) return signedIn(caller).id
  demandScope(caller, resource, 'read')
  return caller.id!
}

type Parts = ReturnType<typeof createParts>

/** Sessions that are listed and ended. */
function createEndings({ sessions, accounts, forget }: Parts) {
  return {
    sessions: async caller => sessions.list(signedIn(caller).id),
    async signOut(cookie, client) {
      const ended = await sessions.endToken(cookie, { by: 'sign-out', actor: null, from: client })
      if (ended !== null) forget(ended)
    },
    async endSession(caller, session, client) {
      const { id } = signedIn(caller)
      const by = session === caller.session ? 'sign-out' : 'owner'
      const ended = await sessions.end(id, session, { by, actor: id, from: client })
      if (!ended) throw problem('run.not-found')
      forget(session)
    },
    async endOtherSessions(caller, client) {
      const { id, session } = signedIn(caller)
      const ending = { by: 'owner', actor: id, from: client } as const
      for (const ended of await sessions.endOthers(id, session, ending)) forget(ended)
    },
    async changePassword(input, caller, client) {
      const { session } = signedIn(caller)
      const ended = await accounts.changePassword(input, caller, client)
      const rotated = await sessions.rotate(session)
      for (const one of [...ended, session]) forget(one)
      if (rotated === null) throw problem('identify.required')
      return rotated
    },
  } satisfies Partial<Identity>
}

/** What programs get in place of a cookie. */
function createIssuing({ inputs, tokens, refreshTokens, accounts }: Parts) {
  return {
    async issueToken(caller) {
      const { id, session } = signedIn(caller)
      return tokens.issue(id, session)
    },
    async issueTokenFor(input, client) {
      const { user, session, refresh } = await accounts.signInProgram(input, client)
      const access = await tokens.issue(user.id, session.id)
      if (refresh === null) return { access, refresh }
      return { access, refresh: { token: refresh, expiresInSeconds: refreshSeconds } }
    },
    async refresh(input, client) {
      const { user, session, ...refresh } = await refreshTokens.renew(inputs.refresh(input), client)
      return { access: await tokens.issue(user, session), refresh }
    },
    async revokeRefresh(input, client) {
      await refreshTokens.end(inputs.refresh(input), client)
    },
  } satisfies Partial<Identity>
}

async function keepTidy({ run, keys }: Parts): Promise<void> {
  await run(pruneSessions, 'pool')
  await run(pruneApiKeys, 'pool')
  await run(pruneAttempts, 'pool')
  await run(pruneAudit(limits.upkeepRowsMax), 'pool')
  await keys.keep()
}

function createParts(options: IdentityOptions) {
  const { model, database, data, clock, random, observe, secret, issuer } = options
  const run = createRun(database, model)
  const { planWrite: plan, aroundSignUp: around } = options
  const users = createUsers({ model, data, run, clock, plan, around })
  const sessions = createSessions({ run, clock, random })
  const passwords = createPasswords(options)
  const attempts = createAttempts(run)
  const keys = createSigningKeys({ data, run, clock, random, secret })
  const tokens = createAccessTokens({ keys, clock, issuer })
  const fault = (error: unknown) =>
    observe({ kind: 'fault', requestId: null, where: 'identity.sessions', error })
  const lookup = { run, users: users.resource, fault }
  const identification = createIdentification({
    clock,
    tokens,
    findByCookie: createCallerLookup({ ...lookup, by: 'cookie' }),
    findSession: createCallerLookup({ ...lookup, by: 'session' }),
    findByKey: createCallerLookup({ ...lookup, by: 'apiKey' }),
  })
  const { levels: cacheLevels, ...identifying } = identification
  const table = users.resource.table
  const refreshTokens = createRefreshTokens({
    run,
    random,
    secret,
    users: table,
    ended: identifying.forget,
  })
  const inputs = compileInputs(users.resource, users.roles, model.name)
  const own = { model, data, clock, users, sessions, passwords, attempts, refreshTokens, run }
  const accounts = createAccounts({ ...own, inputs })
  const caches = { ...identifying, cacheLevels }
  return {
    run,
    inputs,
    apiKeys: createApiKeys({ data, run, clock, random, users: table }),
    readApiKey: compileApiKeyInput(model),
    users,
    sessions,
    passwords,
    accounts,
    keys,
    tokens,
    refreshTokens,
    ...caches,
  }
}

function createRun(database: Database, model: Model): Run {
  const explain = createExplain(model)
  return async (statement, route) => {
    try {
      if (route === 'write') return await runOwnWrite(database, statement)
      return await database.run(statement, route)
    } catch (error) {
      throw route === 'read' ? explain.read(error) : explain.write(error)
    }
  }
}
