/** The filters of a list as conditions, and what they hold a list's rows to. */

import { limits } from '../base/limits.ts'
import { documentOf, pathForm } from '../model/document-path.ts'
import { filtersOf } from '../model/filter.ts'
import { operatorsOf } from './condition.ts'
import { filterParameter, listed, type QueryFaults } from './faults.ts'
import { value, type Fragment } from './fragment.ts'
import type { FilterOperator } from '../declare/rule.ts'
import type { FieldModel } from '../model/model.ts'
import { suggestion } from '../model/suggest.ts'
import type { FilterShape } from './plan.ts'
import { shownField, type VisibleField } from './visibility.ts'

export interface Filters {
  readonly conditions: readonly Fragment[]
  /** The value of each field that is held to one. */
  readonly bound: ReadonlyMap<string, Fragment>
  /** The fields held to a range of their order, once or more. */
  readonly ranged: readonly string[]
  /** Whether a unique field is held to a value or a few, so that only so many rows are left. */
  readonly few: boolean
}

/** A text inside a document has the database's order, in which a beginning need not be a range. */
function isRange(operator: FilterOperator, { path }: FieldModel): boolean {
  return operator === 'startsWith' ? path === null : rangeOperators.has(operator)
}

const rangeOperators: ReadonlySet<FilterOperator> = new Set(['gt', 'gte', 'lt', 'lte'])

/** Whatever is no filter in a query string: a name near to one of them may be meant for it. */
const otherParameters = [
  'fields',
  'expand',
  'sort',
  'limit',
  'after',
  'withTotal',
  'select',
  'group',
] as const

/** Values stand in the request in the order of the filters. `alias` is the table's. */
export function filterConditions(
  filters: readonly FilterShape[],
  visible: ReadonlyMap<string, VisibleField>,
  alias: string,
  faults: QueryFaults,
): Filters {
  if (filters.length > limits.listFiltersMax) {
    faults.add('filter', 'too-many', `Filter by at most ${limits.listFiltersMax} conditions.`)
  }
  const conditions: Fragment[] = []
  const bound = new Map<string, Fragment>()
  const ranged: string[] = []
  let few = false
  filters.forEach(({ field: asked, operator }, at) => {
    const parameter = filterParameter(asked, operator)
    const shown = shownField(visible, asked)
    // A condition on a field that only some rows show would tell what the others hide.
    if (shown === undefined || shown.rule !== true) {
      const others = [...visible.values()].filter(({ rule }) => rule === true)
      const names = others.map(({ field }) => field.name)
      const near = suggestion(asked, [...names, ...otherParameters])
      const inside = visible.get(documentOf(asked))?.field.kind === 'document'
      return faults.add(
        parameter,
        'unknown-field',
        inside
          ? `There is no such path: ${pathForm}.`
          : `There is no field ${asked} to filter by${near}; there are ${listed(names)}.`,
      )
    }
    const { field } = shown
    const allowed = filtersOf(field)
    if (!allowed.includes(operator)) {
      const names = allowed.length === 0 ? 'none' : listed(allowed)
      return faults.add(
        parameter,
        'unknown-operator',
        `${asked} has no filter ${operator}; it has ${names}.`,
      )
    }
    const { type, compare } = operatorsOf(field)[operator]
    const operand = value(at, type(field))
    conditions.push(compare(alias, field, operand))
    if (operator === 'eq' && !bound.has(asked)) bound.set(asked, operand)
    if (isRange(operator, field)) ranged.push(asked)
    few ||= (field.unique || asked === 'id') && (operator === 'eq' || operator === 'in')
  })
  return { conditions, bound, ranged, few }
}
