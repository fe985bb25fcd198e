/** Bursts over several nodes against the quota of one caller, and addresses that are made up. */

import { setTimeout as sleep } from 'node:timers/promises'
import { apiPath } from '../../model/names.ts'
import type { LimitModel, Model, ResourceModel } from '../../model/model.ts'
import type { AttackContext } from '../attack.ts'
import { drill } from '../drill.ts'
import type { Reply } from '../http.ts'
import type { Service } from '../service.ts'

/** A minute: one comes back each second and a half, so that a burst meets an empty bucket. */
const quota = 40
const refillMs = 60_000 / quota
const burst = 160
const nodes = 3
/** Policies of the declaration that no burst of ours comes near. */
const roomyMin = 1_000

/** Requests of one caller, all at once, against a full bucket. */
interface Burst {
  readonly name: string
  readonly allowed: number
  /** More than the bucket held and was refilled meanwhile; less is negative. */
  readonly off: number
  readonly inFlight: number
  readonly replies: readonly Reply[]
}

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
    const limited = { RATE_LIMIT: String(quota), RATE_LIMIT_FACTOR: '1' }
    const settings = { ...limited, RATE_LIMIT_STORE: 'postgres' }
    progress(`bursts at ${nodes} nodes that share a quota of ${quota} a minute`)
    const shared = await open(settings, nodes)
    const own = await ownBurst(context, shared, path)
    const behindProxy = await burstAt(shared, 'forged before a proxy', path, number => ({
      'x-forwarded-for': `198.51.100.${number}, 203.0.113.7`,
    }))
    const told = await followHeaders(context, shared, path)
    progress('made-up addresses at a node that trusts no proxy')
    const alone = await open({ ...settings, TRUSTED_PROXIES: '' }, 1)
    const direct = await burstAt(alone, 'forged', path, forgedHeaders)
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
        off: bursts.map(({ off }) => off).join(' '),
        wrong:
          bursts
            .filter(({ off }) => off !== 0)
            .map(({ name }) => name)
            .join(', ') || 'none',
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

/** A list that `default` alone limits, as far as a burst goes. */
function limitedPath(model: Model): string | null {
  const found = [...model.resources.values()].find(resource =>
    model.limits.every(limit => isOutOfTheWay(limit, resource)),
  )
  return found === undefined ? null : `${apiPath}/${found.name}?limit=1`
}

function isOutOfTheWay(limit: LimitModel, { name }: ResourceModel): boolean {
  const { operations } = limit
  const isOn = operations === null || operations.has(name) || operations.has(`${name}.list`)
  const isOurs = limit.name === 'default' || limit.name === 'authentication'
  return isOurs || !isOn || limit.quota >= roomyMin
}

async function ownBurst({ model }: AttackContext, service: Service, path: string): Promise<Burst> {
  const { callers } = service
  const caller = model.identity === null ? callers.anonymous : await callers.member(1)
  const headers = await caller.headers()
  return burstAt(service, 'one caller', path, () => headers)
}

/** Who waits for nobody: all that can be sent at once. */
async function burstAt(
  service: Service,
  name: string,
  path: string,
  headersOf: (number: number) => Readonly<Record<string, string>>,
): Promise<Burst> {
  const sent = Array.from({ length: burst }, (_, number) =>
    service.send({ path, headers: headersOf(number) }),
  )
  const replies = await Promise.all(sent)
  const firstMs = Math.min(...replies.map(({ sentMs }) => sentMs))
  const firstEndMs = Math.min(...replies.map(({ endedMs }) => endedMs))
  const lastMs = Math.max(...replies.map(({ endedMs }) => endedMs))
  const allowed = replies.filter(({ status }) => status !== null && status !== 429).length
  const most = quota + Math.ceil((lastMs - firstMs) / refillMs)
  const unanswered = replies.filter(({ status }) => status === null).length
  const over = Math.max(0, allowed - most)
  const under = Math.min(0, allowed + unanswered - quota)
  const inFlight = replies.filter(({ sentMs }) => sentMs < firstEndMs).length
  return { name, allowed, off: over + under, inFlight, replies }
}

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
  const { callers } = service
  const caller = model.identity === null ? callers.anonymous : await callers.member(2)
  const headers = {
    ...(await caller.headers()),
    ...(model.identity === null && { 'x-forwarded-for': '203.0.113.8' }),
  }
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
