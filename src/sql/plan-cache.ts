/** Read plans, compiled once for each shape and kind of caller. */

import { LRUCache } from 'lru-cache'
import type { Caller } from '../base/caller.ts'
import { limits } from '../base/limits.ts'
import type { RuleNode, RuleOf } from '../declare/rule.ts'
import type { Model } from '../model/model.ts'
import type { ReadPlan, ReadShape } from './plan.ts'
import { compileRead } from './read.ts'

/** Throws the `validate.query` problem of `compileRead`; faulty shapes are not kept. */
export type PlanRead = (shape: ReadShape, caller: Caller) => ReadPlan

export interface PlanCacheOptions {
  /** Plans kept; the least used go. */
  readonly plansMax?: number
  /**
   * There is no word of plans that go: one that its shape or somebody's batch still holds stays in
   * use.
   */
  readonly onCompiled?: (key: string) => void
}

/**
 * Finds the plan of a shape for a caller. Fastest where the caller of this function keeps its shape
 * objects: then it is one look-up by identity and one by the caller's roles. Callers whose rules
 * come to the same text share one plan object.
 */
export function createPlanRead(model: Model, options: PlanCacheOptions = {}): PlanRead {
  const accessKey = createAccessKey(model)
  const byShape = new WeakMap<ReadShape, Map<string, ReadPlan>>()
  const byRequest = new LRUCache<string, ReadPlan>({ max: options.plansMax ?? limits.planCacheMax })
  const byKey = new LRUCache<string, ReadPlan>({ max: options.plansMax ?? limits.planCacheMax })

  function find(shape: ReadShape, caller: Caller, access: string): ReadPlan {
    const request = `${access} ${JSON.stringify(shape)}`
    const known = byRequest.get(request)
    if (known !== undefined) return known
    const compiled = compileRead(model, shape, caller)
    const shared = byKey.get(compiled.key) ?? compiled
    if (shared === compiled) {
      byKey.set(compiled.key, compiled)
      options.onCompiled?.(compiled.key)
    }
    byRequest.set(request, shared)
    return shared
  }

  return (shape, caller) => {
    const access = accessKey(caller)
    let plans = byShape.get(shape)
    const hit = plans?.get(access)
    if (hit !== undefined) return hit
    const plan = find(shape, caller, access)
    if (plans === undefined) byShape.set(shape, (plans = new Map()))
    plans.set(access, plan)
    return plan
  }
}

/**
 * What of a caller may decide about a plan: its kind, and those of its roles that some rule of the
 * model names.
 */
export function createAccessKey(model: Model): (caller: Caller) => string {
  const mentioned = mentionedRoles(model)
  const known = new WeakMap<Caller, string>()
  const compute = (caller: Caller): string => {
    const roles = caller.roles.filter(role => mentioned.has(role))
    if (roles.length > 1) roles.sort()
    return roles.length === 0 ? 'user' : `user ${roles.join(',')}`
  }
  return caller => {
    if (caller.kind !== 'user' || caller.roles.length === 0) return caller.kind
    let key = known.get(caller)
    if (key === undefined) known.set(caller, (key = compute(caller)))
    return key
  }
}

function mentionedRoles(model: Model): ReadonlySet<string> {
  const roles = new Set<string>()
  for (const resource of model.resources.values()) {
    for (const rule of Object.values(resource.access)) collectRoles(rule, roles)
    for (const { access } of resource.fields) {
      if (access.read !== null) collectRoles(access.read, roles)
      if (access.write !== null) collectRoles(access.write, roles)
    }
  }
  return roles
}

type Collectors = {
  readonly [K in RuleNode['kind']]: (rule: RuleOf<K>, roles: Set<string>) => void
}

const nothing = (): void => undefined

const collectors: Collectors = {
  anyone: nothing,
  signedIn: nothing,
  nobody: nothing,
  owner: nothing,
  where: nothing,
  through: nothing,
  role: (rule, roles) => roles.add(rule.role),
  anyOf: (rule, roles) => rule.rules.forEach(part => collectRoles(part, roles)),
  allOf: (rule, roles) => rule.rules.forEach(part => collectRoles(part, roles)),
  not: (rule, roles) => collectRoles(rule.rule, roles),
}

function collectRoles<K extends RuleNode['kind']>(rule: RuleOf<K>, roles: Set<string>): void {
  collectors[rule.kind](rule, roles)
}
