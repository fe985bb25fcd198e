/** The keys that sign access tokens are exchanged, and thrown away, in the middle of a load. */

import { setTimeout as sleep } from 'node:timers/promises'
import { limits } from '../../base/limits.ts'
import type { AttackContext } from '../attack.ts'
import { drill } from '../drill.ts'
import { createSender, memberOf, nowMs } from '../http.ts'
import type { Entry } from '../ledger.ts'
import type { ClientWork } from '../load/client.ts'
import type { Service } from '../service.ts'
import { clockSlackMs, openByToken, type Session } from '../sessions.ts'
import { timelineOf } from '../timeline.ts'

const clients = 16
const usesOfEach = 4
const pauseMs = 25
const lookMs = 200
/** Each node looks at the keys every five seconds at most; the first makes what is missing. */
const exchangeMsMax = 60_000
/** After a theft: what a node knows of keys and of callers is that old at most. */
const boundMs = limits.signingKeyReloadMs + limits.sessionCacheMs
/** As long again as the bound, to see that it stays so. */
const afterwardsMs = 2_000

/** Every second client stays with its first token, the others renew theirs all the time. */
const bearer: ClientWork<readonly Session[]> = async ({ number, data, send, tell, stopping }) => {
  const session = data[number]!
  const { authorization: first = '', ...origin } = session.headers
  let { refreshToken } = session
  let [authorization, about] = [first, 'first']
  while (!stopping()) {
    if (number % 2 === 1) {
      const body = { refreshToken }
      const reply = await send({
        about: 'renewal',
        path: '/auth/token/refresh',
        body,
        headers: origin,
      })
      const token = memberOf(reply.json, 'accessToken')
      if (token === null) continue
      refreshToken = memberOf(reply.json, 'refreshToken')
      authorization = `Bearer ${token}`
      about = `renewed ${Math.round(reply.sentMs)}`
      tell(kidOf(token))
    }
    for (let use = 0; use < usesOfEach && !stopping(); use++) {
      await send({ about, path: '/auth/me', headers: { ...origin, authorization } })
      await sleep(pauseMs)
    }
  }
}

function kidOf(token: string): string {
  const header: unknown = JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString())
  return memberOf(header, 'kid') ?? ''
}

export default drill({
  id: 'signing-keys',
  group: 'security',
  promise: 'security.token',
  reach: 'operates',
  claim: 'New signing keys refuse no good token, and after a theft old ones die everywhere in time',
  explained: {
    does: 'rotates the signing keys as an operator does, and then once more as compromised, on nodes of its own, while clients use and renew their tokens (the notice of two minutes is put forward in the database); counts good tokens that were refused, and stolen ones that were accepted after the stated bound',
    bar: 'no token is refused before the theft, none of before is accepted 7 s after it, and renewals go on',
    asks: 'users',
    seconds: 35,
  },
  needs: model => (model.identity === null ? 'this backend has no users' : null),
  clients: { bearer },
  async attack(context) {
    const service = await context.open({})
    const sessions: Session[] = []
    for (let number = 0; number < clients; number++) {
      const member = await service.callers.member(number % 4)
      sessions.push(await openByToken(service, context.random, member))
    }
    const load = context.load(bearer, { clients, data: sessions, on: service })
    await load.reach(clients * usesOfEach)
    const old = new Set(sessions.map(({ token }) => kidOf(token)))
    const rotatedMs = await rotate(context, service)
    const kids = () => load.facts.filter(fact => typeof fact === 'string')
    await until(() => kids().some(kid => !old.has(kid)), 'the next key signs nothing')
    await load.reach(clients * usesOfEach)
    context.progress('throwing all keys away')
    const stolenMs = nowMs()
    await service.operate(['keys', 'rotate', '--compromised'])
    const goneMs = nowMs()
    // The old ones are refused from the end of the command on, within the bound.
    const deadMs = goneMs + boundMs + clockSlackMs
    await sleep(deadMs - nowMs() + afterwardsMs)
    await load.reach(clients * usesOfEach)
    const { entries } = await load.stop()
    const good = entries.filter(({ endedMs }) => endedMs < stolenMs)
    const late = entries.filter(({ sentMs }) => sentMs > deadMs)
    const during = entries.filter(({ sentMs, endedMs }) => sentMs < goneMs && endedMs > stolenMs)
    const firsts = late.filter(({ about }) => about === 'first')
    const renewed = late.filter(entry => renewedAfter(entry, deadMs))
    return {
      attack: `keys exchanged, then thrown away, while ${clients} clients use and renew tokens on ${service.nodes.length} nodes`,
      size: entries.length,
      inFlight: during.length,
      figures: {
        requests: entries.length,
        keysSeen: new Set(kids()).size,
        beforeTheft: good.length,
        refusedBefore: good.filter(isRefused).length,
        boundMs,
        acceptedLate: firsts.filter(({ outcome }) => outcome === 'ok').length,
        refusedLate: firsts.filter(isRefused).length,
        renewedAfter: renewed.filter(({ outcome }) => outcome === 'ok').length,
        renewedYetRefused: renewed.filter(isRefused).length,
      },
      timeline: timelineOf(entries, [rotatedMs, stolenMs]),
    }
  },
  judge: figures => [
    ...(figures.refusedBefore === 0
      ? []
      : [`${figures.refusedBefore} of ${figures.beforeTheft} good tokens were refused`]),
    ...(figures.acceptedLate === 0
      ? []
      : [`${figures.acceptedLate} stolen tokens were accepted after ${boundMs} ms`]),
    ...(figures.refusedLate > 0 ? [] : ['no stolen token was ever refused']),
    ...(figures.renewedYetRefused === 0
      ? []
      : [`${figures.renewedYetRefused} tokens of the next key were refused`]),
    ...(figures.renewedAfter > 0 ? [] : ['nobody could renew a token after the theft']),
  ],
})

function isRefused({ status }: Entry): boolean {
  return status === 401 || status === 403
}

function renewedAfter({ about }: Entry, atMs: number): boolean {
  return about.startsWith('renewed ') && Number(about.slice('renewed '.length)) > atMs
}

/** Resolves when every node knows the next key and its notice is over; gives when it began. */
async function rotate({ progress }: AttackContext, service: Service): Promise<number> {
  progress('exchanging the keys')
  const rotatedMs = nowMs()
  await service.operate(['keys', 'rotate'])
  const senders = service.urls.map(url => createSender({ url }))
  const known = async () => {
    const replies = await Promise.all(senders.map(({ send }) => send({ path: '/auth/jwks.json' })))
    return replies.every(({ json }) => Number(Object(json).keys?.length) > 1)
  }
  await until(known, 'not every node published the next key')
  for (const { close } of senders) close()
  const text = `update "mettle"."signing_keys" set
  "created_at" = "created_at" - $1 * interval '1 ms',
  "retired_at" = "retired_at" - $1 * interval '1 ms'`
  await service.records.query(text, [limits.signingKeyNoticeMs])
  return rotatedMs
}

async function until(isSo: () => boolean | Promise<boolean>, otherwise: string): Promise<void> {
  const untilMs = nowMs() + exchangeMsMax
  while (!(await isSo())) {
    if (nowMs() > untilMs) throw new Error(otherwise)
    await sleep(lookMs)
  }
}
