/**
 * The index paths that lead to the rows of a list: one for each side of an `or` in the caller's
 * rule.
 */

import type { RuleNode, RuleOf } from '../declare/rule.ts'
import type { ResourceModel } from '../model/model.ts'
import type { Filters } from './filter.ts'
import { coverage, orderName, type OrderKey } from './order.ts'
import { parentOf, readResidual, type Residual, type Viewpoint } from './residual.ts'

/** Terms of a rule that hold together, and how the rows for which they do are found. */
export interface Path {
  /** The terms that remain to be asked of each row. */
  readonly terms: readonly RuleNode[]
  /** The reference whose readable rows lead to the rows, where that is the way. */
  readonly through: string | null
  /**
   * Whether an index finds the rows in their order, with no condition left that could remove any.
   */
  readonly bounded: boolean
  /** The index that would give the order, where none does. */
  readonly missing: readonly string[] | null
}

/** What decides about paths. */
export interface PathRequest {
  readonly viewpoint: Viewpoint
  readonly resource: ResourceModel
  /** Which rows the caller may read. */
  readonly residual: Residual
  readonly filters: Filters
  readonly order: readonly OrderKey[]
}

/** None where the caller may read no row. */
export function choosePaths(request: PathRequest): readonly Path[] {
  return alternatives(request.residual).map(terms => choosePath(request, terms))
}

/** The rule as an `or` of `and`s. */
export function alternatives(residual: Residual): readonly (readonly RuleNode[])[] {
  if (typeof residual === 'boolean') return residual ? [[]] : []
  if (residual.kind === 'anyOf') return residual.rules.flatMap(alternatives)
  if (residual.kind !== 'allOf') return [[residual]]
  return residual.rules.reduce<readonly (readonly RuleNode[])[]>(
    (sofar, rule) => sofar.flatMap(terms => alternatives(rule).map(more => [...terms, ...more])),
    [[]],
  )
}

/**
 * The reference to go through: none where the caller owns the rows, else one that is held to a
 * single row before any other. A reference whose rows everybody may read leads nowhere.
 */
export function drivingThrough(
  viewpoint: Viewpoint,
  resource: ResourceModel,
  terms: readonly RuleNode[],
  bound: ReadonlyMap<string, unknown>,
): string | null {
  if (terms.some(term => term.kind === 'owner')) return null
  const fields = terms.flatMap(term => (term.kind === 'through' ? [term.field] : []))
  const narrowing = fields.filter(
    field => readResidual(viewpoint, parentOf(viewpoint.model, resource, field).parent) !== true,
  )
  return narrowing.find(field => bound.has(field)) ?? narrowing[0] ?? null
}

function choosePath(request: PathRequest, terms: readonly RuleNode[]): Path {
  const { viewpoint, resource, filters, order } = request
  const owners = terms.flatMap(term => (term.kind === 'owner' ? [term.field] : []))
  const constants = terms.flatMap(term => (term.kind === 'where' ? heldByWhere(term) : []))
  const through = drivingThrough(viewpoint, resource, terms, filters.bound)
  const driving = through === null ? owners : [through]
  const equal = new Set([...filters.bound.keys(), ...driving, ...constants])
  const found = coverage(resource, equal, order, new Set(driving))
  const left = terms.filter(term => term.kind !== 'through' || term.field !== through)
  return {
    terms: left,
    through,
    bounded:
      filters.few ||
      (found !== null &&
        filtersHeld(found.held, filters, order) &&
        left.every(term => termHeld(term, found.held)) &&
        (through === null || filters.bound.has(through))),
    missing: found === null ? wanted(driving, order, equal) : null,
  }
}

/** Indexes end in the id by themselves. */
function wanted(
  driving: readonly string[],
  order: readonly OrderKey[],
  equal: ReadonlySet<string>,
): readonly string[] {
  const sorted = order.filter(({ field }) => !equal.has(field.name) && field.name !== 'id')
  return [...driving.slice(0, 1), ...sorted.map(orderName)]
}

function heldByWhere(term: RuleOf<'where'>): readonly string[] {
  return term.conditions.filter(({ operator }) => operator === 'eq').map(({ field }) => field)
}

function filtersHeld(
  held: ReadonlySet<string>,
  filters: Filters,
  order: readonly OrderKey[],
): boolean {
  const first = order.find(key => !held.has(key.field.name))?.field.name
  return (
    filters.conditions.length === filters.bound.size + filters.ranged.length &&
    [...filters.bound.keys()].every(field => held.has(field)) &&
    filters.ranged.every(field => field === first)
  )
}

function termHeld(term: RuleNode, held: ReadonlySet<string>): boolean {
  if (term.kind === 'owner') return held.has(term.field)
  if (term.kind !== 'where') return false
  const equal = heldByWhere(term)
  return equal.length === term.conditions.length && equal.every(field => held.has(field))
}
