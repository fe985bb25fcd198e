/** Who calls: the token or cookie of every call, and `auth`, which gives and takes them. */

import { callOf } from './problem.ts'
import type { Call, ClientProblem } from './problem.ts'
import type { Account, Credentials, SessionEntry } from './surface.ts'
import type { Message, Send, Signature } from './transport.ts'

export interface SigningOptions {
  /**
   * `token` (unless given): `auth.signIn` keeps an access token in memory. `cookie`: the browser
   * keeps the session, also over a reload; for pages.
   */
  readonly session?: 'token' | 'cookie'
  /** A token from elsewhere, asked for before each call. */
  readonly token?: string | (() => string | Promise<string>)
}

/** A call in the caller's name. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- as of Send
export type Ask = <Answer>(message: Message) => Promise<Answer>

export interface Signing {
  readonly ask: Ask
  /** Whether a key may go along: the backend takes none from who is not signed in. */
  readonly isSignedIn: () => boolean
  readonly auth: object
}

const nobody: Signature = { headers: {}, credentials: 'omit' }

interface Held {
  readonly token: string
  /** The session that the token names. */
  readonly session: string
}

export function createSigning(send: Send, options: SigningOptions): Signing {
  const byCookie = options.session === 'cookie'
  let held: Held | null = null

  async function signature(): Promise<Signature> {
    const { token } = options
    if (byCookie) return { headers: {}, credentials: 'include' }
    const given = typeof token === 'function' ? await token() : (token ?? held?.token)
    return given === undefined ? nobody : bearer(given)
  }
  const ask: Ask = async <Answer>(sent: Message) => send<Answer>(sent, await signature())

  async function enter(credentials: Credentials, signal: AbortSignal | undefined) {
    const body = { email: credentials.email, password: credentials.password }
    if (byCookie) {
      const { user } = await ask<{ user: Account }>(message('POST', '/sign-in', signal, body))
      return accountOf(user)
    }
    const issued = await send<Issued>(message('POST', '/token', signal, body), nobody)
    const me = await send<Me>(message('GET', '/me', signal), bearer(issued.accessToken))
    held = { token: issued.accessToken, session: me.session }
    return accountOf(me)
  }

  async function leave(signal: AbortSignal | undefined): Promise<void> {
    if (byCookie) await ask(message('POST', '/sign-out', signal))
    if (held === null) return
    const { token, session } = held
    held = null
    await send(message('DELETE', `/sessions/${session}`, signal), bearer(token))
  }

  return {
    ask,
    isSignedIn: () => byCookie || held !== null || options.token !== undefined,
    auth: { ...entrances(ask, enter, leave), ...sessions(ask) },
  }
}

interface Issued {
  readonly accessToken: string
}

interface Me extends Account {
  readonly session: string
}

interface SessionPage {
  readonly data: readonly SessionEntry[]
}

interface Given {
  readonly signal?: AbortSignal
}

type Enter = (credentials: Credentials, signal: AbortSignal | undefined) => Promise<Account>
type Leave = (signal: AbortSignal | undefined) => Promise<void>
type Failing<Value> = Call<Value, ClientProblem>

function entrances(ask: Ask, enter: Enter, leave: Leave) {
  async function register(input: Credentials, signal: AbortSignal | undefined): Promise<Account> {
    await ask(message('POST', '/sign-up', signal, input))
    return enter(input, signal)
  }
  return {
    signUp: (input: Credentials, { signal }: Given = {}) => callOf(register(input, signal)),
    signIn: (input: Credentials, { signal }: Given = {}) => callOf(enter(input, signal)),
    signOut: ({ signal }: Given = {}) => callOf(leave(signal)),
  }
}

function sessions(ask: Ask) {
  const done = (sent: Message): Failing<void> => callOf(ask<null>(sent).then(() => undefined))
  const list = async (signal: AbortSignal | undefined) => {
    const { data } = await ask<SessionPage>(message('GET', '/sessions', signal))
    return data
  }
  return {
    me: ({ signal }: Given = {}) => callOf(ask<Me>(message('GET', '/me', signal))),
    changePassword: (input: object, { signal }: Given = {}) =>
      done(message('POST', '/password', signal, input)),
    sessions: ({ signal }: Given = {}) => callOf(list(signal)),
    endSession: (id: string, { signal }: Given = {}) =>
      done(message('DELETE', `/sessions/${encodeURIComponent(id)}`, signal)),
    endOtherSessions: ({ signal }: Given = {}) => done(message('DELETE', '/sessions', signal)),
  }
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
