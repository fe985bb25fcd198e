/** Sessions are guessed, planted, ended on one node and used on the other, and left to age. */

import { limits } from '../../base/limits.ts'
import { apiPath } from '../../model/names.ts'
import type { AttackContext } from '../attack.ts'
import { drill } from '../drill.ts'
import { createSender, memberOf, nowMs, type Request, type Sender } from '../http.ts'
import { whoMayDelete } from '../model/deletions.ts'
import type { Service } from '../service.ts'
import { openByCookie, openByToken, openKey, pastRevocation, type Session } from '../sessions.ts'

const opened = 40
/** Of a backend with limits that are meant. */
const openedOutside = 16
const bitsMin = 128
/** Of so many random tokens fewer different characters in one place do not come by chance. */
const varietyMin = 6

/** What was done to end a session, and the nodes that still took it when they may not. */
interface Ending {
  readonly name: string
  /** Sessions; none where there is no such way. */
  readonly ended: number
  readonly uses: number
}

export default drill({
  id: 'session',
  group: 'security',
  promise: 'security.session',
  reach: 'outside',
  claim:
    'Sessions cannot be guessed or planted, belong to their owner, and die when told, everywhere',
  explained: {
    does: 'compares tokens, plants sessions before a sign-in, uses those of others; ends sessions and API keys in every way (sign-out, owner, password, refresh token, revoked key, age, deletion) and uses them on every node; counts uses after the end',
    bar: 'tokens have 128 bits or more, and nothing that ended is accepted on any node',
    asks: 'users',
    seconds: 10,
  },
  needs: model => (model.identity === null ? 'this backend has no users' : null),
  async attack(context) {
    const { progress, service } = context
    progress('guessing')
    const { compared, bits, variety, twins } = await guess(context)
    progress('planting')
    const planted = await plantSessions(context)
    const strangers = await tryStranger(context)
    progress('ending, and using on every node')
    const endings = (await endAll(context)).filter(({ ended }) => ended > 0)
    const lived = endings.filter(({ uses }) => uses > 0)
    return {
      attack: `${compared} sessions compared, planted ones used, ${endings.length} ended in every way${service.own ? '' : ' but those of age, which takes the database,'} and used on every node`,
      size: compared + planted + endings.length,
      inFlight: null,
      figures: {
        tokenBits: bits,
        leastVariety: variety,
        twins,
        fixations: planted,
        foreignUses: strangers,
        endings: endings.length,
        usesAfterEnd: lived.reduce((sum, { uses }) => sum + uses, 0),
        found: lived.map(({ name }) => name).join(', ') || 'nothing',
      },
    }
  },
  judge: ({ tokenBits, leastVariety, twins, fixations, foreignUses, usesAfterEnd, found }) => [
    ...(tokenBits >= bitsMin ? [] : [`a token has ${tokenBits} bits at most, not ${bitsMin}`]),
    ...(leastVariety >= varietyMin ? [] : ['a place of the tokens is hardly random']),
    ...(twins === 0 ? [] : [`${twins} tokens came twice`]),
    ...(fixations === 0
      ? []
      : [`${fixations} sessions that were planted before a sign-in live on`]),
    ...(foreignUses === 0 ? [] : [`${foreignUses} sessions were seen or ended by a stranger`]),
    ...(usesAfterEnd === 0
      ? []
      : [`${usesAfterEnd} uses of sessions that had ended, by: ${found}`]),
  ],
})

async function guess({ service, random }: AttackContext) {
  const member = await service.callers.member()
  const sessions = await Promise.all(
    Array.from({ length: service.own ? opened : openedOutside }, () =>
      openByCookie(service, random, member),
    ),
  )
  const tokens = sessions.map(({ token }) => token)
  const length = Math.min(...tokens.map(token => token.length))
  const places = Array.from({ length }, (_, at) => new Set(tokens.map(token => token[at])).size)
  const bits = Math.round(length * Math.log2(new Set(tokens.join('')).size))
  const twins = tokens.length - new Set(tokens).size
  return { compared: tokens.length, bits, variety: Math.min(...places), twins }
}

/** A victim signs in with a cookie that the attacker knows. Gives how many of them are of use. */
async function plantSessions({ service, random }: AttackContext): Promise<number> {
  const member = await service.callers.member()
  const mine = await openByCookie(service, random, member)
  const invented = { cookie: mine.headers['cookie']!.replace(mine.token, random.word(43)) }
  const victim = await service.callers.member(2)
  const known = await openByCookie(service, random, victim)
  const planted = [
    invented,
    { cookie: mine.headers['cookie']! },
    { cookie: known.headers['cookie']! },
  ]
  let uses = 0
  for (const cookie of planted) {
    const entered = await openByCookie(service, random, victim, cookie)
    const reply = await service.send({ path: '/auth/me', headers: cookie })
    const isVictims = memberOf(reply.json, 'id') === victim.id
    // The last one was the victim's own: a sign-in ends it, at once here and in time elsewhere.
    if (cookie.cookie === entered.headers['cookie']) uses += 1
    else if (isVictims && cookie !== planted.at(-1)) uses += 1
  }
  return uses
}

/** A stranger knows the id of a session. Gives what he could do with it. */
async function tryStranger({ service, random }: AttackContext): Promise<number> {
  const owner = await service.callers.member()
  const session = await openByCookie(service, random, owner)
  const stranger = await service.callers.member(2)
  const headers = await stranger.headers()
  const path = `/auth/sessions/${session.id}`
  const ended = await service.send({ path, method: 'DELETE', headers })
  const list = await service.send({ path: '/auth/sessions', headers })
  const [used] = await usesOf(service, session)
  return [ended.status === 204, list.text.includes(session.id), used !== 200].filter(Boolean).length
}

/** A way to end a session; gives the sessions that must be dead after it. */
type Ender = (
  context: AttackContext,
  send: Sender['send'],
) => Promise<{
  readonly dead: readonly Session[]
  readonly endedMs: number
  /** Whether it was ended by a request to the first node, which knows at once. */
  readonly byRequest: boolean
}>

const enders: Readonly<Record<string, Ender>> = {
  'sign-out': endBy(({ headers }) => ({ path: '/auth/sign-out', method: 'POST', headers })),
  'ended by its owner': endBy(({ id }, other) => ({
    path: `/auth/sessions/${id}`,
    method: 'DELETE',
    headers: other.headers,
  })),
  'all others ended': endBy((_session, other) => ({
    path: '/auth/sessions',
    method: 'DELETE',
    headers: other.headers,
  })),
  'refresh token revoked': endBy(
    ({ refreshToken }) => ({
      path: '/auth/token/revoke',
      body: { refreshToken },
    }),
    'token',
  ),
  async 'refresh token reused'(context, send) {
    const member = await context.service.callers.member(11)
    const session = await openByToken(context.service, context.random, member)
    await everywhere(context, session)
    const renew = async (refreshToken: string | null) => {
      const reply = await context.service.send({
        path: '/auth/token/refresh',
        body: { refreshToken },
      })
      return memberOf(reply.json, 'refreshToken')
    }
    await renew(await renew(session.refreshToken))
    await send({ path: '/auth/token/refresh', body: { refreshToken: session.refreshToken } })
    return { dead: [session], endedMs: nowMs(), byRequest: true }
  },
  async 'password changed'(context, send) {
    const { service, random } = context
    const member = await service.callers.member(12)
    const changing = await openByCookie(service, random, member)
    const others = [
      await openByCookie(service, random, member),
      await openByToken(service, random, member),
    ]
    for (const session of [changing, ...others]) await everywhere(context, session)
    const body = { current: member.password, next: `${random.word(16)}-Next` }
    await send({ path: '/auth/password', body, headers: changing.headers })
    // Its own session goes on, with another token.
    return { dead: [changing, ...others], endedMs: nowMs(), byRequest: true }
  },
  async 'API key revoked'(context, send) {
    const { service, random } = context
    const member = await service.callers.member(17)
    const owner = await openByCookie(service, random, member)
    const keys = [await openKey(service, owner, member), await openKey(service, owner, member)]
    for (const key of keys) await everywhere(context, key)
    const { headers } = owner
    await send({ path: `/auth/api-keys/${keys[0]!.id}`, method: 'DELETE', headers })
    await send({ path: '/auth/api-keys', method: 'DELETE', headers })
    return { dead: keys, endedMs: nowMs(), byRequest: true }
  },
  async 'user deleted'(context, send) {
    const { model, service, random } = context
    const users = model.resources.get(model.identity!.resource)!
    const victim = await service.callers.member(16)
    const row = { resource: users, id: victim.id!, values: { id: victim.id }, parents: {} }
    const deleter = await whoMayDelete(service.callers, model, victim, row)
    if (deleter === null) return { dead: [], endedMs: nowMs(), byRequest: true }
    const session = await openByCookie(service, random, victim)
    await everywhere(context, session)
    const headers = await deleter.headers()
    const path = `${apiPath}/${users.name}/${victim.id}`
    const { status } = await send({ path, method: 'DELETE', headers })
    // Rows that refer to the account may keep it.
    const dead = status === 204 ? [session] : []
    return { dead, endedMs: nowMs(), byRequest: true }
  },
  'too old': endIn(`"expires_at" = now() - interval '1 second'`),
  'unused for too long': endIn(
    `"last_used_at" = now() - interval '${limits.sessionIdleHours} hours 1 second'`,
  ),
}

function endBy(
  request: (session: Session, other: Session) => Request,
  kind: 'cookie' | 'token' = 'cookie',
): Ender {
  return async (context, send) => {
    const { service, random } = context
    // An account of its own for each: one of them ends all other sessions.
    const member = await service.callers.member(kind === 'token' ? 13 : 14)
    const open = kind === 'token' ? openByToken : openByCookie
    const session = await open(service, random, member)
    const other = await openByCookie(service, random, member)
    await everywhere(context, session)
    await send(request(session, other))
    return { dead: [session], endedMs: nowMs(), byRequest: true }
  }
}

function endIn(change: string): Ender {
  return async context => {
    const { service, random } = context
    if (!service.own) return { dead: [], endedMs: nowMs(), byRequest: false }
    const session = await openByCookie(service, random, await service.callers.member(15))
    await everywhere(context, session)
    const text = `update "mettle"."sessions" set ${change} where "id" = $1::uuid`
    await service.records.query(text, [session.id])
    return { dead: [session], endedMs: nowMs(), byRequest: false }
  }
}

/** One after the other, since some of them end what others opened; then all are used once more. */
async function endAll(context: AttackContext): Promise<readonly Ending[]> {
  const { service } = context
  const [first = service.url] = service.urls
  const { send, close } = senderTo(service, first)
  const ended: { name: string; uses: number; dead: readonly Session[] }[] = []
  let lastMs = 0
  for (const [name, end] of Object.entries(enders)) {
    const { dead, endedMs, byRequest } = await end(context, send)
    const atOnce = byRequest
      ? await Promise.all(dead.map(each => usesOf(service, each, [first])))
      : []
    ended.push({ name, dead, uses: accepted(atOnce.flat()) })
    lastMs = endedMs
  }
  close()
  await pastRevocation(lastMs)
  return Promise.all(
    ended.map(async ({ name, dead, uses }) => {
      const later = await Promise.all(dead.map(each => usesOf(service, each)))
      return { name, ended: dead.length, uses: uses + accepted(later.flat()) }
    }),
  )
}

function accepted(statuses: readonly (number | null)[]): number {
  return statuses.filter(status => status === 200).length
}

/** Every node shall know the session before it ends. Rejects where one does not. */
async function everywhere({ service }: AttackContext, session: Session): Promise<void> {
  const statuses = await usesOf(service, session)
  if (accepted(statuses) < statuses.length) throw new Error('a session that was opened is refused')
}

/** At a node, past the balancer; of a backend that is not ours, within its limits. */
function senderTo({ own, send }: Service, url: string): Sender {
  return own ? createSender({ url }) : { send, close: () => {} }
}

async function usesOf(
  service: Service,
  { headers }: Session,
  urls = service.urls,
): Promise<readonly (number | null)[]> {
  return Promise.all(
    urls.map(async url => {
      const { send, close } = senderTo(service, url)
      const { status } = await send({ path: '/auth/me', headers })
      close()
      return status
    }),
  )
}
