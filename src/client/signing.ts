/** Who calls: the token or cookie of every call, and `auth`, which gives and takes them. */

import { callOf, ClientProblem } from './problem.ts'
import type { Call } from './problem.ts'
import type {
  Account,
  ApiKey,
  Credentials,
  MadeApiKey,
  NewApiKey,
  SessionEntry,
} from './surface.ts'
import type { Message, Send, Signature } from './transport.ts'

export interface SigningOptions {
  /**
   * `token` (unless given): `auth.signIn` keeps tokens in memory and renews them. `cookie`: the
   * browser keeps the session, also over a reload; for pages.
   */
  readonly session?: 'token' | 'cookie'
  /** An API key, or a token from elsewhere; a function is asked before each call. */
  readonly token?: string | (() => string | Promise<string>)
}

/** A call in the caller's name. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- as of Send
export type Ask = <Answer>(message: Message) => Promise<Answer>

interface Signing {
  readonly ask: Ask
  /** Whether a key may go along: the backend takes none from who is not signed in. */
  readonly isSignedIn: () => boolean
  readonly auth: object
}

const nobody: Signature = { headers: {}, credentials: 'omit' }

/** What a program signed in with, the next of both at each renewal. */
interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string
}

/** One sign-in, whatever tokens it holds by now. */
interface Holder {
  tokens: Tokens
  renewing: Promise<void> | null
}

export function createSigning(send: Send, options: SigningOptions): Signing {
  const byCookie = options.session === 'cookie'
  let holder: Holder | null = null

  async function signature(): Promise<Signature> {
    const { token } = options
    if (byCookie) return { headers: {}, credentials: 'include' }
    const given =
      typeof token === 'function' ? await token() : (token ?? holder?.tokens.accessToken)
    return given === undefined ? nobody : bearer(given)
  }

  async function nextTokens(mine: Holder): Promise<void> {
    const { refreshToken } = mine.tokens
    try {
      mine.tokens = await send<Tokens>(post('/token/refresh', undefined, { refreshToken }), nobody)
    } catch (error) {
      const isOver = error instanceof ClientProblem && error.status === 401
      if (isOver && holder === mine) holder = null
      throw error
    } finally {
      mine.renewing = null
    }
  }

  /**
   * A refused token means that nothing was done: any call may be sent again with the next one, but
   * never in the name of somebody who signed in meanwhile. Two that rotate one refresh token at
   * once would look like a theft of it.
   */
  const ask: Ask = async <Answer>(sent: Message): Promise<Answer> => {
    const mine = holder
    const spent = mine?.tokens
    try {
      return await send<Answer>(sent, await signature())
    } catch (error) {
      const isSpent = error instanceof ClientProblem && error.code === 'identify.invalid-token'
      if (!isSpent || mine === null || mine !== holder) throw error
      if (mine.tokens === spent) await (mine.renewing ??= nextTokens(mine))
      if (mine !== holder) throw error
      return send<Answer>(sent, await signature())
    }
  }

  async function enter({ email, password }: Credentials, signal: AbortSignal | undefined) {
    if (byCookie) {
      const entered = await ask<{ user: Account }>(post('/sign-in', signal, { email, password }))
      return accountOf(entered.user)
    }
    const body = { email, password, refresh: true }
    holder = { tokens: await send<Tokens>(post('/token', signal, body), nobody), renewing: null }
    return accountOf(await ask<Me>(message('GET', '/me', signal)))
  }

  async function leave(signal: AbortSignal | undefined): Promise<void> {
    await ask<null>(post('/sign-out', signal))
    holder = null
  }

  return {
    ask,
    isSignedIn: () => byCookie || holder !== null || options.token !== undefined,
    auth: { ...entrances(ask, enter, leave), ...sessions(ask), ...apiKeys(ask) },
  }
}

interface Me extends Account {
  readonly session: string | null
}

interface AllOf<Entry> {
  readonly data: readonly Entry[]
}

interface Given {
  readonly signal?: AbortSignal
}

type Enter = (credentials: Credentials, signal: AbortSignal | undefined) => Promise<Account>
type Leave = (signal: AbortSignal | undefined) => Promise<void>
type Failing<Value> = Call<Value, ClientProblem>

function entrances(ask: Ask, enter: Enter, leave: Leave) {
  async function register(input: Credentials, signal: AbortSignal | undefined): Promise<Account> {
    await ask(post('/sign-up', signal, input))
    return enter(input, signal)
  }
  return {
    signUp: (input: Credentials, { signal }: Given = {}) => callOf(register(input, signal)),
    signIn: (input: Credentials, { signal }: Given = {}) => callOf(enter(input, signal)),
    signOut: ({ signal }: Given = {}) => callOf(leave(signal)),
  }
}

function done(ask: Ask, sent: Message): Failing<void> {
  return callOf(ask<null>(sent).then(() => undefined))
}

function entries<Entry>(ask: Ask, sent: Message): Failing<readonly Entry[]> {
  return callOf(ask<AllOf<Entry>>(sent).then(({ data }) => data))
}

function sessions(ask: Ask) {
  return {
    me: ({ signal }: Given = {}) => callOf(ask<Me>(message('GET', '/me', signal))),
    changePassword: (input: object, { signal }: Given = {}) =>
      done(ask, post('/password', signal, input)),
    sessions: ({ signal }: Given = {}) =>
      entries<SessionEntry>(ask, message('GET', '/sessions', signal)),
    endSession: (id: string, { signal }: Given = {}) =>
      done(ask, message('DELETE', `/sessions/${encodeURIComponent(id)}`, signal)),
    endOtherSessions: ({ signal }: Given = {}) => done(ask, message('DELETE', '/sessions', signal)),
  }
}

function apiKeys(ask: Ask) {
  return {
    createApiKey: (input: NewApiKey, { signal }: Given = {}) =>
      callOf(ask<MadeApiKey>(post('/api-keys', signal, input))),
    apiKeys: ({ signal }: Given = {}) => entries<ApiKey>(ask, message('GET', '/api-keys', signal)),
    revokeApiKey: (id: string, { signal }: Given = {}) =>
      done(ask, message('DELETE', `/api-keys/${encodeURIComponent(id)}`, signal)),
    revokeApiKeys: ({ signal }: Given = {}) => done(ask, message('DELETE', '/api-keys', signal)),
  }
}

function post(path: string, signal: AbortSignal | undefined, body?: unknown): Message {
  return message('POST', path, signal, body)
}

function message(
  method: Message['method'],
  path: string,
  signal: AbortSignal | undefined,
  body?: unknown,
): Message {
  return {
    method,
    path: `/auth${path}`,
    ...(body === undefined ? {} : { body }),
    ...(signal === undefined ? {} : { signal }),
  }
}

function bearer(token: string): Signature {
  return { headers: { authorization: `Bearer ${token}` }, credentials: 'omit' }
}

function accountOf({ id, email, roles }: Account): Account {
  return { id, email, roles }
}
