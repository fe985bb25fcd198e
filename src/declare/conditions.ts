/**
 * Filters as objects, `{ status: 'paid', total: { gte: '10' } }`, turned into a list of conditions.
 */

import { filterOperators } from './rule.ts'
import type { Condition, FilterOperator } from './rule.ts'

const operators: ReadonlySet<string> = new Set(filterOperators)

/**
 * A plain value means `eq`, null means `isNull`, an object names its operators. Conditions all hold
 * together.
 */
export function toConditions(filter: Readonly<Record<string, unknown>>): readonly Condition[] {
  const conditions: Condition[] = []
  for (const [field, wanted] of Object.entries(filter ?? {})) {
    if (wanted === undefined) continue
    if (wanted === null) {
      conditions.push(Object.freeze({ field, operator: 'isNull', value: true }))
    } else if (isComparison(wanted)) {
      for (const [operator, value] of Object.entries(wanted)) {
        if (value !== undefined && isOperator(operator)) {
          conditions.push(Object.freeze({ field, operator, value }))
        }
      }
    } else {
      conditions.push(Object.freeze({ field, operator: 'eq', value: wanted }))
    }
  }
  return Object.freeze(conditions)
}

function isComparison(value: unknown): value is Readonly<Partial<Record<FilterOperator, unknown>>> {
  if (typeof value !== 'object' || value === null) return false
  if (Object.getPrototypeOf(value) !== Object.prototype) return false
  return Object.keys(value).every(isOperator)
}

function isOperator(word: string): word is FilterOperator {
  return operators.has(word)
}
