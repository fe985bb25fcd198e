/** Bursts over several nodes against the quota of one caller, and addresses that are made up. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { AttackContext } from '../attack.ts'
import { burst, burstAt, limited, limitedPath, ownHeaders, quota, wrongOf } from '../bursts.ts'
import { drill } from '../drill.ts'
import type { Reply } from '../http.ts'
import type { Service } from '../service.ts'

const nodes = 3

export default drill({
  id: 'rate-limit',
  group: 'exhaustion',
  promise: 'security.limit',
  reach: 'settings',
  claim: 'A quota is exact over all nodes, says truly what is left, and no header buys more',
  explained: {
    does: 'bursts of one caller at three nodes that share a quota, and of made-up addresses before and behind a proxy; counts what was let in against the quota, answers whose `RateLimit` is missing or not true, and whether `Retry-After` is kept',
    bar: 'not one request more or less than the quota, every header true',
    asks: 'a list under no limit but `default`',
    seconds: 20,
  },
  needs: model => (limitedPath(model) === null ? 'every list has a limit of its own' : null),
  async attack(context) {
    const { model, open, progress } = context
    const path = limitedPath(model)!
    const settings = { ...limited, RATE_LIMIT_STORE: 'postgres' }
    progress(`bursts at ${nodes} nodes that share a quota of ${quota} a minute`)
    const shared = await open(settings, nodes)
    const headers = await ownHeaders(model, shared, 1)
    const own = await burstAt(shared, { name: 'one caller', path, headersOf: () => headers })
    const behindProxy = await burstAt(shared, {
      name: 'forged before a proxy',
      path,
      headersOf: number => ({ 'x-forwarded-for': `198.51.100.${number}, 203.0.113.7` }),
    })
    const told = await followHeaders(context, shared, path)
    progress('made-up addresses at a node that trusts no proxy')
    const alone = await open({ ...settings, TRUSTED_PROXIES: '' }, 1)
    const direct = await burstAt(alone, { name: 'forged', path, headersOf: forgedHeaders })
    const bursts = [own, behindProxy, direct]
    const replies = bursts.flatMap(each => each.replies)
    return {
      attack: `${bursts.length} bursts of ${burst} requests against a quota of ${quota}, over ${nodes} nodes, from one caller and from made-up addresses`,
      size: replies.length + told.requests,
      inFlight: Math.min(...bursts.map(({ inFlight }) => inFlight)),
      figures: {
        quota,
        allowed: own.allowed,
        allowedBehindProxy: behindProxy.allowed,
        allowedForged: direct.allowed,
        ...wrongOf(bursts),
        badHeaders: [...replies, ...told.replies].filter(isMistold).length,
        untrue: told.untrue,
        unkept: told.unkept,
      },
    }
  },
  judge: ({ wrong, off, badHeaders, untrue, unkept }) => [
    ...(wrong === 'none' ? [] : [`not as many as the quota were let in: ${wrong} (off by ${off})`]),
    ...(badHeaders === 0 ? [] : [`${badHeaders} answers do not tell the limit as they should`]),
    ...(untrue === 0 ? [] : [`${untrue} requests were not treated as the answer before had said`]),
    ...(unkept === 0 ? [] : ['a request after the time of Retry-After was refused']),
  ],
})

/** Every header by which anybody was ever told where a request comes from. */
function forgedHeaders(number: number): Readonly<Record<string, string>> {
  const address = `198.51.100.${number}`
  return {
    'x-forwarded-for': address,
    forwarded: `for=${address}`,
    'x-real-ip': address,
    'x-client-ip': address,
    'true-client-ip': address,
    'cf-connecting-ip': address,
  }
}

/** One after the other until there is none left, and once more when it is time again. */
async function followHeaders({ model }: AttackContext, service: Service, path: string) {
  const headers = await ownHeaders(model, service, 2)
  const replies: Reply[] = []
  let untrue = 0
  for (let left = 1; replies.length < burst;) {
    const reply = await service.send({ path, headers })
    replies.push(reply)
    const isAllowed = reply.status !== 429
    if (left > 0 && !isAllowed) untrue += 1
    if (!isAllowed) break
    left = leftOf(reply) ?? 0
  }
  const waitMs = Number(replies.at(-1)?.headers['retry-after']) * 1_000
  if (!(waitMs > 0 && waitMs < 60_000))
    return { requests: replies.length, replies, untrue, unkept: 1 }
  await sleep(waitMs)
  const again = await service.send({ path, headers })
  replies.push(again)
  return { requests: replies.length, replies, untrue, unkept: again.status === 429 ? 1 : 0 }
}

const member = /"([^"\\]+)"((?:;[a-z][a-z0-9]*=(?:\d+|"[^"\\]*"|:[A-Za-z0-9+/=]*:))+)/y

/** A structured field (RFC 9651): a list of strings with parameters; null: it is none. */
function listIn(text: unknown): ReadonlyMap<string, ReadonlyMap<string, string>> | null {
  if (typeof text !== 'string') return null
  const members = new Map<string, ReadonlyMap<string, string>>()
  for (let at = 0; ; at += 2) {
    member.lastIndex = at
    const found = member.exec(text)
    if (found === null) return null
    const parameters = found[2]!
      .slice(1)
      .split(';')
      .map(each => each.split('=', 2))
    members.set(found[1]!, new Map(parameters.map(([name = '', value = '']) => [name, value])))
    at = member.lastIndex
    if (at === text.length) return members
    if (!text.startsWith(', ', at)) return null
  }
}

function leftOf({ headers }: Reply): number | null {
  const left = listIn(headers['ratelimit'])?.get('default')?.get('r')
  return left === undefined ? null : Number(left)
}

/** RateLimit and RateLimit-Policy of the IETF draft on every answer; a 429 says whose and when. */
function isMistold({ status, headers, json }: Reply): boolean {
  if (status === null) return false
  const policy = listIn(headers['ratelimit-policy'])?.get('default')
  const state = listIn(headers['ratelimit'])?.get('default')
  if (policy?.get('q') !== String(quota) || policy.get('w') !== '60') return true
  if (!/^\d+$/.test(state?.get('r') ?? '') || !/^\d+$/.test(state?.get('t') ?? '')) return true
  if (status !== 429) return false
  const violated: unknown = Reflect.get(Object(json), 'violated-policies')
  return !(Number(headers['retry-after']) > 0 && JSON.stringify(violated) === '["default"]')
}
