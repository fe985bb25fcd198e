/** The values of filters, wherever they come from: URLs, repositories and `where` rules. */

import { limits } from '../base/limits.ts'
import { filterOperators, type FilterOperator } from '../declare/rule.ts'
import { readPlaceText, readPlaceValue } from './document-path.ts'
import type { Faults } from './faults.ts'
import { codec, kinds } from './kinds/index.ts'
import type { Reading } from './kinds/codec.ts'
import type { FieldModel } from './model.ts'

/** The comparisons that a field has; a place inside a document may hold anything and has all. */
export function filtersOf({ kind, path }: FieldModel): readonly FilterOperator[] {
  return path === null ? kinds[kind].filters : filterOperators
}

/**
 * From wire or user to driver: an array for `in`, a boolean for `isNull`, else one value. Bounds of
 * the field do not bind a filter: `price[gte]=-1` is a fair question. The result is of use only
 * when no fault was added.
 */
export function readFilter(
  reading: Reading,
  field: FieldModel,
  operator: FilterOperator,
  value: unknown,
  place: string,
  faults: Faults,
): unknown {
  const filters = filtersOf(field)
  if (!filters.includes(operator)) {
    return faults.add(
      place,
      'type',
      `cannot be compared with ${operator}: use ${filters.join(', ')}`,
    )
  }
  if (operator === 'isNull') return readBoolean(reading, value, place, faults)
  const readOne = operandReader(reading, field, operator, place, faults)
  if (operator !== 'in') return readOne(value)
  const values: unknown = typeof value === 'string' && reading === 'parse' ? [value] : value
  if (!Array.isArray(values)) return faults.add(place, 'type', 'must be an array')
  if (reading === 'parse' && isJoined(values, field)) {
    return faults.add(place, 'format', `takes one value each time: ${place}=a&${place}=b`)
  }
  if (values.length > limits.filterInMax) {
    return faults.add(place, 'too-long', `must have at most ${limits.filterInMax} values`)
  }
  return values.map(readOne)
}

/** Reads one operand to its driver value. */
function operandReader(
  reading: Reading,
  field: FieldModel,
  operator: FilterOperator,
  place: string,
  faults: Faults,
): (value: unknown) => unknown {
  if (field.path !== null) {
    return operator === 'startsWith'
      ? value => readPlaceText(value, place, faults)
      : value => readPlaceValue(reading, value, place, faults)
  }
  const operand = operandOf(field)
  return value => codec.encode(operand, codec.read(reading, operand, value, place, faults) ?? null)
}

/** `city,cargo`: what no value of the field can be, and many other services take for two. */
function isJoined(values: readonly unknown[], field: FieldModel): boolean {
  const { kind, values: choices, path } = field
  const [only] = values
  if (path !== null || values.length !== 1 || typeof only !== 'string' || !only.includes(','))
    return false
  return kind !== 'text' && !(choices ?? []).includes(only)
}

function readBoolean(reading: Reading, value: unknown, place: string, faults: Faults): unknown {
  if (typeof value === 'boolean') return value
  if (reading === 'parse' && (value === 'true' || value === 'false')) return value === 'true'
  return faults.add(place, 'type', 'must be true or false')
}

const operands = new WeakMap<FieldModel, FieldModel>()

/** The field as something to compare with: never null, and as wide as its column. */
function operandOf(field: FieldModel): FieldModel {
  let operand = operands.get(field)
  if (operand === undefined) {
    const bounds = { ...field.bounds, min: null, max: null, pattern: null }
    operand = Object.freeze({ ...field, optional: false, bounds: Object.freeze(bounds) })
    operands.set(field, operand)
  }
  return operand
}
