/** The filters of a list as conditions, and what they hold a list's rows to. */

import { limits } from '../base/limits.ts'
import { kinds } from '../model/kinds/index.ts'
import { sqlOperators } from './condition.ts'
import { filterParameter, listed, type QueryFaults } from './faults.ts'
import { column, value, type Fragment } from './fragment.ts'
import type { FilterShape } from './plan.ts'
import type { VisibleField } from './visibility.ts'

export interface Filters {
  readonly conditions: readonly Fragment[]
  /** The value of each field that is held to one. */
  readonly bound: ReadonlyMap<string, Fragment>
  /** The fields held to a range of their order, once or more. */
  readonly ranged: readonly string[]
  /** Whether a unique field is held to a value or a few, so that only so many rows are left. */
  readonly few: boolean
}

const rangeOperators = new Set(['gt', 'gte', 'lt', 'lte', 'startsWith'])

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
    const shown = visible.get(asked)
    // A condition on a field that only some rows show would tell what the others hide.
    if (shown === undefined || shown.rule !== true) {
      const others = [...visible.values()].filter(({ rule }) => rule === true)
      const names = listed(others.map(({ field }) => field.name))
      return faults.add(
        parameter,
        'unknown-field',
        `There is no field ${asked} to filter by; there are ${names}.`,
      )
    }
    const { field } = shown
    const allowed = kinds[field.kind].filters
    if (!allowed.includes(operator)) {
      const names = allowed.length === 0 ? 'none' : listed(allowed)
      return faults.add(
        parameter,
        'unknown-operator',
        `${asked} has no filter ${operator}; it has ${names}.`,
      )
    }
    const { type, compare } = sqlOperators[operator]
    const operand = value(at, type(field))
    conditions.push(compare(column(alias, field.column), operand, field))
    if (operator === 'eq' && !bound.has(asked)) bound.set(asked, operand)
    if (rangeOperators.has(operator)) ranged.push(asked)
    few ||= (field.unique || asked === 'id') && (operator === 'eq' || operator === 'in')
  })
  return { conditions, bound, ranged, few }
}
