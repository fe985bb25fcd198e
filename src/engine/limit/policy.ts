/** Policies as the limiter applies them, and what a bucket's level means for a caller. */

import type { Caller } from '../../base/caller.ts'
import { limits } from '../../base/limits.ts'
import { quotaMost } from '../../model/build-limits.ts'
import type { LimitModel } from '../../model/model.ts'
import { costOf } from '../../ports/buckets.ts'
import type { Operation } from '../operation.ts'
import { addressKey } from './address.ts'

/** The policies that one request is held to, all of them at once. */
export interface PolicySet extends Policies {
  /** Those for somebody who came without an API key: without those by key. */
  readonly keyless: Policies
}

export interface Policies {
  readonly policies: readonly LimitPolicy[]
  /** `RateLimit-Policy` of draft-ietf-httpapi-ratelimit-headers. */
  readonly header: string
}

export interface LimitPolicy extends LimitModel {
  /** Begins the keys of its buckets: another quota or time begins anew. */
  readonly prefix: string
}

/** The sets of a model. */
export interface PolicySets {
  /** Whatever has no policy of its own. */
  readonly ordinary: PolicySet
  /** What looks at a password. */
  readonly authentication: PolicySet
  of(operation: Operation): PolicySet
}

export function createPolicySets(models: readonly LimitModel[]): PolicySets {
  const policies = models.map(policyOf)
  const guessing = policies.filter(({ name }) => name === 'authentication')
  const others = policies.filter(({ name }) => name !== 'authentication')
  const ordinary = setOf(others.filter(({ operations }) => operations === null))
  const narrow = others.filter(({ operations }) => operations !== null)
  const byName = new Map<string, PolicySet>()

  function find(operation: Operation): PolicySet {
    const [name, part] = namesOf(operation)
    const known = byName.get(name)
    if (known !== undefined) return known
    const on = ({ operations }: LimitPolicy) => operations!.has(name) || operations!.has(part)
    const own = narrow.filter(on)
    const found = own.length === 0 ? ordinary : setOf([...ordinary.policies, ...own])
    byName.set(name, found)
    return found
  }

  return {
    ordinary,
    authentication: setOf(guessing),
    of: narrow.length === 0 ? () => ordinary : find,
  }
}

/** Of the operation, and of its resource. */
function namesOf(operation: Operation): readonly [name: string, part: string] {
  if ('name' in operation) return [operation.name, operation.name]
  return [`${operation.resource}.${operation.kind}`, operation.resource]
}

function policyOf(model: LimitModel): LimitPolicy {
  const { name, quota, windowSeconds } = model
  return Object.freeze({ ...model, prefix: `${name} ${quota}/${windowSeconds} ` })
}

/** One object where no policy is by key, so that nothing has to be told apart. */
function setOf(policies: readonly LimitPolicy[]): PolicySet {
  const others = policies.filter(({ by }) => by !== 'key')
  const all = policiesOf(policies)
  const keyless = others.length === policies.length ? all : policiesOf(others)
  return Object.freeze({ ...all, keyless })
}

function policiesOf(policies: readonly LimitPolicy[]): Policies {
  const header = policies
    .map(({ name, quota, windowSeconds }) => `"${name}";q=${quota};w=${windowSeconds}`)
    .join(', ')
  return Object.freeze({ policies: Object.freeze(policies), header })
}

/** Who is counted: a user's id is null where nobody has signed in. */
export type Counted = Pick<Caller, 'id' | 'apiKey'>

type SubjectOf = (caller: Counted, address: string) => string

const subjectOf: Readonly<Record<LimitModel['by'], SubjectOf>> = {
  caller: ({ id }, address) => id ?? addressKey(address),
  key: ({ apiKey }) => apiKey!.id,
  address: (_, address) => addressKey(address),
  everyone: () => '',
}

/** Whom each policy counts; those by key are for callers with one. */
export function subjectsOf(
  { policies }: Policies,
  caller: Counted,
  address: string,
): readonly string[] {
  return policies.map(({ by }) => subjectOf[by](caller, address))
}

/** Whole requests left. */
export function remaining(policy: LimitModel, level: number): number {
  return Math.floor(level / costOf(policy))
}

/** Seconds, rounded up, until the whole quota is there again. */
export function resetSeconds(policy: LimitModel, level: number): number {
  const { quota } = policy
  return Math.ceil((quota * costOf(policy) - level) / quota / 1_000)
}

/** Seconds, rounded up, until one request is there; 0 where one is. */
export function retryAfterSeconds(policy: LimitModel, level: number): number {
  const cost = costOf(policy)
  return level >= cost ? 0 : Math.ceil((cost - level) / policy.quota / 1_000)
}

/** What an operator says of the policies. */
interface Operated {
  /** The quota of `default` in `limits.rateWindowSeconds`; null: as declared. */
  readonly rateLimit: number | null
  /** What every quota is multiplied by. */
  readonly rateLimitFactor: number
}

/** The model's policies, with the operator's word on them; as many as can be counted at most. */
export function asOperated(
  models: readonly LimitModel[],
  { rateLimit, rateLimitFactor }: Operated,
): readonly LimitModel[] {
  return models.map(model => {
    const isGiven = rateLimit !== null && model.name === 'default'
    const windowSeconds = isGiven ? limits.rateWindowSeconds : model.windowSeconds
    const quota = (isGiven ? rateLimit : model.quota) * rateLimitFactor
    return { ...model, windowSeconds, quota: Math.min(quota, quotaMost(windowSeconds)) }
  })
}
