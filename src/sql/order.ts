/** The total order of a list, and the index that gives its rows in it. */

import { limits } from '../base/limits.ts'
import type { FieldModel, IndexModel, ResourceModel } from '../model/model.ts'
import { insteadOf, type QueryFaults } from './faults.ts'
import { fieldValue } from './field-value.ts'
import { join, raw, sql, type Fragment } from './fragment.ts'
import { sqlKinds } from './kinds.ts'
import type { SortShape } from './plan.ts'
import { shownField, type VisibleField } from './visibility.ts'

/** Empty values are the greatest, as in PostgreSQL's indexes: last ascending, first descending. */
export interface OrderKey {
  readonly field: FieldModel
  readonly descending: boolean
}

/**
 * The sort asked for, made total by the id in the direction of its last key (every index ends so).
 * Fields that a filter binds to one value order nothing and are left out; nothing orders rows
 * behind a unique field.
 */
export function totalOrder(
  resource: ResourceModel,
  sort: readonly SortShape[],
  visible: ReadonlyMap<string, VisibleField>,
  bound: ReadonlySet<string>,
  faults: QueryFaults,
): readonly OrderKey[] {
  if (sort.length > limits.sortFieldsMax) {
    faults.add('sort', 'too-many', `Sort by at most ${limits.sortFieldsMax} fields.`)
  }
  const keys: OrderKey[] = []
  const names = new Set<string>()
  for (const { field: asked, descending } of sort) {
    const field = sortable(visible, asked, faults)
    if (names.has(asked)) faults.add('sort', 'duplicate', `${asked} is named twice.`)
    names.add(asked)
    if (field === null || bound.has(asked)) continue
    keys.push({ field, descending })
    if (decides(field)) return keys
  }
  const id = resource.field.get('id')!
  return [...keys, { field: id, descending: sort.at(-1)?.descending ?? false }]
}

function sortable(
  visible: ReadonlyMap<string, VisibleField>,
  asked: string,
  faults: QueryFaults,
): FieldModel | null {
  const shown = shownField(visible, asked)
  if (shown !== undefined && shown.rule === true && isScalar(shown.field)) return shown.field
  const others = [...visible.values()].filter(({ field, rule }) => rule === true && isScalar(field))
  faults.add(
    'sort',
    'unknown-sort',
    `${asked} is nothing to sort by${insteadOf(
      asked,
      others.map(other => other.field.name),
    )}`,
  )
  return null
}

function isScalar({ kind, path }: FieldModel): boolean {
  return path !== null || sqlKinds[kind].scalar
}

/** Whether no two rows have the same value. Rows without a value are many. */
function decides(field: FieldModel): boolean {
  return field.name === 'id' || (field.unique && !field.optional)
}

export function orderBy(order: readonly OrderKey[], alias: string): Fragment {
  const keys = order.map(({ field, descending }) =>
    descending ? sql`${fieldValue(alias, field)} ${raw('desc')}` : fieldValue(alias, field),
  )
  return join(keys, ', ')
}

/** `-createdAt`, as on the wire. */
export function orderName(key: OrderKey): string {
  return key.descending ? `-${key.field.name}` : key.field.name
}

/**
 * How an index serves a list: fields held to one value come first, then the order, forwards or
 * backwards.
 */
interface Coverage {
  readonly index: IndexModel
  /** The fields of the index that are held to one value. */
  readonly held: ReadonlySet<string>
}

/**
 * The index that holds the most of the `equal` fields in front of the order, null where none gives
 * the order. With `required` fields, one of them must be among those held: the others would read
 * the rows of everybody.
 */
export function coverage(
  resource: ResourceModel,
  equal: ReadonlySet<string>,
  order: readonly OrderKey[],
  required: ReadonlySet<string>,
): Coverage | null {
  let best: Coverage | null = null
  for (const index of resource.indexes) {
    const held = heldBy(index, equal, order)
    if (held === null || (required.size > 0 && ![...required].some(field => held.has(field))))
      continue
    if (best === null || held.size > best.held.size) best = { index, held }
  }
  return best
}

function heldBy(
  index: IndexModel,
  equal: ReadonlySet<string>,
  order: readonly OrderKey[],
): ReadonlySet<string> | null {
  const first = index.columns.findIndex(({ field }) => !equal.has(field))
  const rest = first === -1 ? [] : index.columns.slice(first)
  const held = new Set(
    (first === -1 ? index.columns : index.columns.slice(0, first)).map(({ field }) => field),
  )
  // At most one row is left, in any order.
  if (rest.length === 0 && index.unique) return held
  const needed = order.filter(key => !held.has(key.field.name))
  if (needed.length > rest.length) return null
  const backwards = needed[0] !== undefined && needed[0].descending !== rest[0]?.descending
  const fits = needed.every(
    (key, at) =>
      rest[at]?.field === key.field.name && (rest[at].descending !== key.descending) === backwards,
  )
  return fits ? held : null
}
