/** Sessions as browsers and programs open them, asked for at one node or the other. */

import { limits } from '../base/limits.ts'
import type { Caller } from './callers.ts'
import { memberOf, nowMs, type Reply } from './http.ts'
import type { Random } from './random.ts'
import type { Service } from './service.ts'

/** What a session is used with: its cookie or its access token; or an API key. */
export interface Session {
  readonly id: string
  /** The cookie's value, the access token or the key. */
  readonly token: string
  /** Of programs that asked for one. */
  readonly refreshToken: string | null
  readonly headers: Readonly<Record<string, string>>
}

/** How long a node may go on with what it knows of a session that another node has ended. */
export const revocationMs = limits.sessionCacheMs

/**
 * Passwords are looked at only so often for one address, and each browser has its own. Rejects with
 * the answer where there is no session in it.
 */
export async function openByCookie(
  service: Service,
  random: Random,
  { email, password }: Pick<Caller, 'email' | 'password'>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Session> {
  const origin = { 'x-forwarded-for': anAddress(random), origin: service.url }
  const reply = await service.send({
    path: '/auth/sign-in',
    body: { email, password },
    headers: { ...origin, ...headers },
  })
  return sessionOf(reply, origin)
}

/** From the answer to a sign-in. */
export function sessionOf(reply: Reply, headers: Readonly<Record<string, string>>): Session {
  const [pair = ''] = cookieIn(reply).split(';')
  const id = memberOf(Object(reply.json).session, 'id')
  if (pair === '' || id === null) throw new Error(`no session: ${reply.status} ${reply.text}`)
  const token = pair.slice(pair.indexOf('=') + 1)
  return { id, token, refreshToken: null, headers: { ...headers, cookie: pair } }
}

/** The first Set-Cookie; empty where there is none. */
export function cookieIn({ headers }: Reply): string {
  const [first = ''] = [headers['set-cookie'] ?? ''].flat()
  return first
}

export async function openByToken(
  service: Service,
  random: Random,
  { email, password }: Pick<Caller, 'email' | 'password'>,
): Promise<Session> {
  const origin = { 'x-forwarded-for': anAddress(random) }
  const body = { email, password, refresh: true }
  const reply = await service.send({ path: '/auth/token', body, headers: origin })
  const token = memberOf(reply.json, 'accessToken')
  if (token === null) throw new Error(`no token: ${reply.status} ${reply.text}`)
  const headers = { ...origin, authorization: `Bearer ${token}` }
  const me = await service.send({ path: '/auth/me', headers })
  const id = memberOf(me.json, 'session') ?? ''
  return { id, token, refreshToken: memberOf(reply.json, 'refreshToken'), headers }
}

/**
 * An API key, which is used as a session is. `scopes` null: whatever its owner may do. Rejects with
 * the answer where there is none in it.
 */
export async function openKey(
  service: Service,
  { headers }: Pick<Session, 'headers'>,
  { password }: Pick<Caller, 'password'>,
  scopes: readonly string[] | null = null,
): Promise<Session> {
  const body = { password, name: 'prove', expiresInDays: 1, ...(scopes !== null && { scopes }) }
  const reply = await service.send({ path: '/auth/api-keys', body, headers })
  const [id, token] = [memberOf(reply.json, 'id'), memberOf(reply.json, 'key')]
  if (id === null || token === null) throw new Error(`no key: ${reply.status} ${reply.text}`)
  const { cookie: _cookie, origin: _origin, ...address } = headers
  return {
    id,
    token,
    refreshToken: null,
    headers: { ...address, authorization: `Bearer ${token}` },
  }
}

/** One that no caller of a drill comes from. */
export function anAddress(random: Random): string {
  return `10.${random.whole(80, 250)}.${random.whole(0, 255)}.${random.whole(1, 254)}`
}

/** Resolves when no node may honour what was ended at that moment, by the clock of `nowMs`. */
export async function pastRevocation(endedMs: number): Promise<void> {
  const leftMs = endedMs + revocationMs + clockSlackMs - nowMs()
  await new Promise(resolve => setTimeout(resolve, Math.max(0, leftMs)))
}

/** Between the clocks of two processes of one machine. */
export const clockSlackMs = 50
