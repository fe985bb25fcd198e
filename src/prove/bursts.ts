/** Bursts of one caller against a quota, and whether as many were let in as it says. */

import type { LimitModel, Model, ResourceModel } from '../model/model.ts'
import { apiPath } from '../model/names.ts'
import type { Reply } from './http.ts'
import type { Service } from './service.ts'
import type { Settings } from './site.ts'

/** A minute: one comes back each second and a half, so that a burst meets an empty bucket. */
export const quota = 40
const refillMs = 60_000 / quota
export const burst = 160
/** Policies of the declaration that no burst of ours comes near. */
const roomyMin = 1_000

/** What every node of such a drill is started with. */
export const limited: Settings = { RATE_LIMIT: String(quota), RATE_LIMIT_FACTOR: '1' }

/** Requests of one caller, all at once, against a full bucket. */
export interface Burst {
  readonly name: string
  readonly allowed: number
  /** More than the buckets held and were refilled meanwhile; less than one held is negative. */
  readonly off: number
  readonly inFlight: number
  readonly replies: readonly Reply[]
}

interface BurstOptions {
  readonly name: string
  readonly path: string
  readonly headersOf: (number: number) => Readonly<Record<string, string>>
  /** How many buckets the caller has: one for all nodes, or one at each. */
  readonly buckets?: number
}

/** A list that `default` alone limits, as far as a burst goes. */
export function limitedPath(model: Model): string | null {
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

/** What requests of a fresh caller carry; the same number is the same caller. */
export async function ownHeaders(
  model: Model,
  { callers }: Service,
  number: number,
): Promise<Readonly<Record<string, string>>> {
  if (model.identity !== null) return (await callers.member(number)).headers()
  return { ...(await callers.anonymous.headers()), 'x-forwarded-for': `203.0.113.${100 + number}` }
}

/** Who waits for nobody: all that can be sent at once. */
export async function burstAt(
  service: Service,
  { name, path, headersOf, buckets = 1 }: BurstOptions,
): Promise<Burst> {
  const sent = Array.from({ length: burst }, (_, number) =>
    service.send({ path, headers: headersOf(number) }),
  )
  const replies = await Promise.all(sent)
  const firstMs = Math.min(...replies.map(({ sentMs }) => sentMs))
  const firstEndMs = Math.min(...replies.map(({ endedMs }) => endedMs))
  const lastMs = Math.max(...replies.map(({ endedMs }) => endedMs))
  const allowed = replies.filter(({ status }) => status !== null && status !== 429).length
  const most = buckets * (quota + Math.ceil((lastMs - firstMs) / refillMs))
  const unanswered = replies.filter(({ status }) => status === null).length
  const over = Math.max(0, allowed - most)
  const under = Math.min(0, allowed + unanswered - quota)
  const inFlight = replies.filter(({ sentMs }) => sentMs < firstEndMs).length
  return { name, allowed, off: over + under, inFlight, replies }
}

/** Which bursts were wrong, as figures; `none` where all were right. */
export function wrongOf(bursts: readonly Burst[]) {
  const wrong = bursts.filter(({ off }) => off !== 0).map(({ name }) => name)
  return { off: bursts.map(({ off }) => off).join(' '), wrong: wrong.join(', ') || 'none' }
}
