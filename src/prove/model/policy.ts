/**
 * The declared rules of access, decided a second time and independently of the engine: who may do
 * what to a row, and what a row must be like for somebody to pass.
 */

import type { Condition, RuleNode, RuleOf } from '../../declare/rule.ts'
import type { Model, ResourceModel } from '../../model/model.ts'

/** What the rules look at of a caller. */
export interface Actor {
  readonly id: string | null
  readonly roles: readonly string[]
}

/** A row as it was planted, with the rows that it refers to. */
export interface Planted {
  readonly resource: ResourceModel
  readonly id: string
  /** By name, in the form of the wire. */
  readonly values: Readonly<Record<string, unknown>>
  readonly parents: Readonly<Record<string, Planted>>
}

/** What a row shall be like; a reference names a row, or says what that one shall be like. */
export interface Wish {
  readonly values: Readonly<Record<string, unknown>>
  readonly parents: Readonly<Record<string, Wish | Planted>>
}

export function isPlanted(row: Wish | Planted): row is Planted {
  return 'resource' in row
}

export const anyRow: Wish = Object.freeze({ values: {}, parents: {} })

/** Whether the caller passes the rule on this row. */
export function admits(model: Model, rule: RuleNode, caller: Actor, row: Planted): boolean {
  return decide(rule, { model, caller, row })
}

interface Case {
  readonly model: Model
  readonly caller: Actor
  readonly row: Planted
}

type Deciders = { readonly [K in RuleNode['kind']]: (rule: RuleOf<K>, given: Case) => boolean }

const deciders: Deciders = {
  anyone: () => true,
  nobody: () => false,
  signedIn: (_rule, { caller }) => caller.id !== null,
  role: ({ role }, { caller }) => caller.roles.includes(role),
  owner: ({ field }, { caller, row }) => caller.id !== null && valueOf(row, field) === caller.id,
  where: ({ conditions }, { row }) =>
    conditions.every(condition => holds(condition, valueOf(row, condition.field))),
  through({ field }, { model, caller, row }) {
    const parent = row.parents[field]
    return (
      parent !== undefined && decide(parent.resource.access.read, { model, caller, row: parent })
    )
  },
  anyOf: ({ rules }, given) => rules.some(rule => decide(rule, given)),
  allOf: ({ rules }, given) => rules.every(rule => decide(rule, given)),
  not: ({ rule }, given) => !decide(rule, given),
}

function decide<K extends RuleNode['kind']>(rule: RuleOf<K>, given: Case): boolean {
  return deciders[rule.kind](rule, given)
}

function valueOf(row: Planted, field: string): unknown {
  return field === 'id' ? row.id : (row.values[field] ?? null)
}

function holds({ operator, value }: Condition, actual: unknown): boolean {
  switch (operator) {
    case 'isNull':
      return (actual === null) === (value === true)
    case 'eq':
      return String(actual) === String(value)
    case 'ne':
      return String(actual) !== String(value)
    case 'in':
      return Array.isArray(value) && value.map(String).includes(String(actual))
    case 'contains':
      return String(actual).includes(String(value))
    case 'startsWith':
      return String(actual).startsWith(String(value))
    default:
      return actual !== null && ordered[operator](compare(actual, value))
  }
}

const ordered = {
  gt: (sign: number) => sign > 0,
  gte: (sign: number) => sign >= 0,
  lt: (sign: number) => sign < 0,
  lte: (sign: number) => sign <= 0,
} as const

function compare(left: unknown, right: unknown): number {
  const [first, second] = [Number(left), Number(right)]
  if (!Number.isNaN(first) && !Number.isNaN(second)) return first - second
  return String(left) < String(right) ? -1 : Number(String(left) !== String(right))
}

/** What a row must be like for the caller to pass; null: no row lets the caller pass. */
export function wishFor(
  model: Model,
  resource: ResourceModel,
  rule: RuleNode,
  caller: Actor,
): Wish | null {
  return wish(rule, { model, resource, caller })
}

/** The ways to pass, one for each alternative that the rule leaves; none where nobody can. */
export function wishesFor(
  model: Model,
  resource: ResourceModel,
  rule: RuleNode,
  caller: Actor,
): readonly Wish[] {
  if (rule.kind === 'anyOf') {
    return rule.rules.flatMap(each => wishesFor(model, resource, each, caller))
  }
  const found = wishFor(model, resource, rule, caller)
  return found === null ? [] : [found]
}

interface Wishing {
  readonly model: Model
  readonly resource: ResourceModel
  readonly caller: Actor
}

type Wishers = {
  readonly [K in RuleNode['kind']]: (rule: RuleOf<K>, given: Wishing) => Wish | null
}

const orNone = (holdsNow: boolean): Wish | null => (holdsNow ? anyRow : null)
const withValue = (field: string, value: unknown): Wish => ({
  values: { [field]: value },
  parents: {},
})

const wishers: Wishers = {
  anyone: () => anyRow,
  nobody: () => null,
  signedIn: (_rule, { caller }) => orNone(caller.id !== null),
  role: ({ role }, { caller }) => orNone(caller.roles.includes(role)),
  owner: ({ field }, { caller }) => (caller.id === null ? null : withValue(field, caller.id)),
  where: ({ conditions }, { resource }) =>
    conditions.reduce<Wish | null>(
      (all, condition) => merged(all, conditionWish(resource, condition)),
      anyRow,
    ),
  through({ field }, { model, resource, caller }) {
    const target = model.resources.get(resource.field.get(field)?.target ?? '')
    if (target === undefined) return null
    const parent = wish(target.access.read, { model, resource: target, caller })
    return parent === null ? null : { values: {}, parents: { [field]: parent } }
  },
  anyOf(rules, given) {
    for (const rule of rules.rules) {
      const found = wish(rule, given)
      if (found !== null) return found
    }
    return null
  },
  allOf: ({ rules }, given) =>
    rules.reduce<Wish | null>((all, rule) => merged(all, wish(rule, given)), anyRow),
  not({ rule }, { caller }) {
    const known = settled(rule, caller)
    // A row made without a wish is the likeliest to be no exception.
    return known === null ? anyRow : orNone(!known)
  },
}

/** What a rule comes to for the caller whatever the row; null: it depends on that. */
function settled(rule: RuleNode, caller: Actor): boolean | null {
  switch (rule.kind) {
    case 'anyone':
    case 'nobody':
      return rule.kind === 'anyone'
    case 'signedIn':
      return caller.id !== null
    case 'role':
      return caller.roles.includes(rule.role)
    case 'not': {
      const known = settled(rule.rule, caller)
      return known === null ? null : !known
    }
    case 'anyOf':
    case 'allOf': {
      const decisive = rule.kind === 'anyOf'
      const all = rule.rules.map(each => settled(each, caller))
      if (all.includes(decisive)) return decisive
      return all.includes(null) ? null : !decisive
    }
    default:
      return null
  }
}

function wish<K extends RuleNode['kind']>(rule: RuleOf<K>, given: Wishing): Wish | null {
  return wishers[rule.kind](rule, given)
}

function conditionWish(
  resource: ResourceModel,
  { field, operator, value }: Condition,
): Wish | null {
  if (operator === 'in') return Array.isArray(value) ? withValue(field, value[0]) : null
  if (operator === 'isNull') return value === true ? withValue(field, null) : anyRow
  if (operator === 'ne') {
    const other = resource.field.get(field)?.values?.find(each => each !== value)
    if (typeof value === 'boolean') return withValue(field, !value)
    return other === undefined ? anyRow : withValue(field, other)
  }
  if (operator === 'gt') return withValue(field, Number(value) + 1)
  if (operator === 'lt') return withValue(field, Number(value) - 1)
  return withValue(field, value)
}

/** What is like both; null where one cannot be. */
export function merged(left: Wish | null, right: Wish | null): Wish | null {
  if (left === null || right === null) return null
  return {
    values: { ...left.values, ...right.values },
    parents: { ...left.parents, ...right.parents },
  }
}
