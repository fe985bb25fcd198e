/** Signing up, signing in, changing the password: everything that looks at a password. */

import type { Caller } from '../../base/caller.ts'
import type { Clock } from '../../base/clock.ts'
import { problem } from '../../base/errors.ts'
import { Faults } from '../../model/faults.ts'
import type { Model } from '../../model/model.ts'
import { auditStatement, type AuditOrigin } from '../audit/audit.ts'
import type { Data } from '../data/data.ts'
import type { Attempts } from './attempts.ts'
import type { Inputs } from './input.ts'
import { checkPassword } from './password-policy.ts'
import type { Passwords } from './passwords.ts'
import { forgetRefreshStatement, type RefreshTokens } from './refresh-tokens.ts'
import type { Run } from './run.ts'
import { endOthersStatement } from './sessions.ts'
import type { Client, OpenSession, Sessions } from './sessions.ts'
import type { Account, Login, Users } from './users.ts'

export interface SignedIn {
  readonly user: Account
  readonly session: OpenSession
}

/** `refresh`: the text of the first refresh token; null where none was asked for. */
interface Entered extends SignedIn {
  readonly refresh: string | null
}

export interface Accounts {
  /**
   * From `{ email, password, ...fields of the users }`; `authorise.denied` where sign-up is closed.
   */
  signUp(input: unknown, client: Client): Promise<SignedIn>
  /** From `{ email, password }`: a session for a cookie. */
  signIn(input: unknown, client: Client): Promise<SignedIn>
  /**
   * From `{ email, password, refresh }`: a session for one access token, or one that lives by
   * refresh tokens where they are asked for.
   */
  signInProgram(input: unknown, client: Client): Promise<Entered>
  /**
   * The login of a caller who knows his password; `identify.wrong-credentials` where he does not.
   */
  confirm(password: string, caller: Caller, client: Client): Promise<Login>
  /** From `{ current, next }`. Ends every other session of the user and gives their ids. */
  changePassword(input: unknown, caller: Caller, client: Client): Promise<readonly string[]>
  /** As `signUp` for the command line and for seeds: whether sign-up is open does not matter. */
  createUser(input: unknown, roles: readonly string[]): Promise<Account>
  /** From `{ email, ...fields }`: an account that has no password. */
  createServiceUser(input: unknown, roles: readonly string[]): Promise<Account>
}

interface AccountsOptions {
  readonly model: Model
  readonly data: Data
  readonly clock: Clock
  readonly users: Users
  readonly sessions: Sessions
  readonly passwords: Passwords
  readonly attempts: Attempts
  readonly refreshTokens: RefreshTokens
  readonly inputs: Inputs
  readonly run: Run
}

export function createAccounts(options: AccountsOptions): Accounts {
  const { model, data, clock, users, sessions, passwords, refreshTokens, inputs } = options

  const createUser = async (
    json: unknown,
    roles: readonly string[],
    from: AuditOrigin | null,
  ): Promise<Account> => {
    const { email, password, values } = inputs.signUp(json, roles, clock.now())
    // Before the table is asked, so that a taken address costs as much as one that is free.
    const hash = await passwords.hash(password)
    return users.create({ email, roles, hash, values, from })
  }

  const open = async (entrance: Parameters<Sessions['open']>[0]): Promise<OpenSession> => {
    const session = await sessions.open(entrance)
    if (session === null) throw problem('identify.wrong-credentials')
    return session
  }

  return {
    confirm: (password, caller, client) => confirm(options, password, caller, client),
    createUser: (json, roles) => createUser(json, roles, null),
    async createServiceUser(json, roles) {
      const { email, values } = inputs.service(json, roles, clock.now())
      return users.create({ email, roles, hash: null, values, from: null })
    },
    async signUp(json, client) {
      if (model.identity?.signUp !== 'open') {
        throw problem('authorise.denied', { detail: 'Accounts are made by the operator.' })
      }
      const user = await createUser(json, [], client)
      return { user, session: await open({ ...byCookie, user: user.id, client, hash: null }) }
    },
    async signIn(json, client) {
      const { email, password } = inputs.signIn(json)
      const guess = { email, password, client }
      const { account, hash } = await prove(options, guess, () => users.findLogin({ email }))
      return { user: account, session: await open({ ...byCookie, user: account.id, client, hash }) }
    },
    async signInProgram(json, client) {
      const { email, password, refresh } = inputs.token(json)
      const guess = { email, password, client }
      const { account, hash } = await prove(options, guess, () => users.findLogin({ email }))
      const first = refresh ? refreshTokens.first() : null
      const kind = first === null ? 'token' : 'refresh'
      const session = await open({ user: account.id, client, kind, hash, refresh: first })
      return { user: account, session, refresh: first?.text ?? null }
    },
    async changePassword(json, caller, client) {
      const { id, session } = signedIn(caller)
      const { current, next } = inputs.changePassword(json)
      const { account, hash: before } = await confirm(options, current, caller, client)
      const faults = new Faults('body')
      checkPassword(next, [account.email, model.name], '/next', faults)
      faults.throwIfAny()
      const hash = await passwords.hash(next)
      return data.transaction({ isolation: 'read committed' }, async ({ transaction }) => {
        const changed = await transaction.run(users.credentialStatement(id, hash, before))
        if (changed.length === 0) throw problem('identify.wrong-credentials')
        const entry = { kind: 'password.changed', actor: id, from: client } as const
        await transaction.run(auditStatement(id, entry))
        const ending = { by: 'password', actor: id, from: client } as const
        const ended = await transaction.run(endOthersStatement(id, session, ending))
        await transaction.run(forgetRefreshStatement(session))
        return ended.map(row => String(row[0]))
      })
    },
  }
}

const byCookie = { kind: 'cookie', refresh: null } as const

async function confirm(
  options: AccountsOptions,
  password: string,
  caller: Caller,
  client: Client,
): Promise<Login> {
  const { id } = signedIn(caller)
  const { email } = await accountOf(options.users, id)
  return prove(options, { email, password, client }, () => options.users.findLogin({ id }))
}

interface Guess {
  readonly email: string
  readonly password: string
  readonly client: Client
}

/**
 * The login of a right password; `identify.wrong-credentials` for a wrong one. The guess is counted
 * before it is looked at, and costs as much for a user who does not exist. It takes so long that
 * the password may be changed meanwhile: what follows holds only while the hash is still there.
 */
async function prove(
  { attempts, passwords, run }: Pick<AccountsOptions, 'attempts' | 'passwords' | 'run'>,
  { email, password, client }: Guess,
  findLogin: () => Promise<Login | null>,
): Promise<Login> {
  const attempt = await attempts.begin(email, client.address)
  let login: Login | null
  let right: boolean
  try {
    login = await findLogin()
    right = await passwords.verify(login?.hash ?? null, password)
  } catch (error) {
    await attempt.withdraw()
    throw error
  }
  if (login === null || !right) {
    const entry = { kind: 'sign-in.failed', actor: null, from: client } as const
    await run(auditStatement(login?.account.id ?? null, entry), 'write')
    throw problem('identify.wrong-credentials')
  }
  await attempt.succeed()
  return login
}

/**
 * The ids of a caller who has signed in; `authorise.key-refused` for one who came with an API key,
 * `identify.required` for anybody else.
 */
export function signedIn(caller: Caller): { readonly id: string; readonly session: string } {
  const { id, session, apiKey } = caller
  if (apiKey !== null) throw problem('authorise.key-refused')
  if (id === null || session === null) throw problem('identify.required')
  return { id, session }
}

/** `identify.required` where the user has gone since the caller was identified. */
export async function accountOf(users: Users, id: string): Promise<Account> {
  const account = await users.find({ id })
  if (account === null) throw problem('identify.required')
  return account
}
