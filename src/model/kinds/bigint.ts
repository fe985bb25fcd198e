/** Whole numbers of 64 bits: strings on the wire, because JSON readers round them. */

import type { Faults } from '../faults.ts'
import type { FieldModel } from '../model.ts'
import { bounded, itself, orderedFilters } from './kind.ts'
import type { Kind } from './kind.ts'

export const int8Min = -(2n ** 63n)
export const int8Max = 2n ** 63n - 1n
const form = /^-?\d{1,19}$/

export const bigint: Kind = {
  filters: orderedFilters,
  postgresType: () => 'int8',
  check,
  parse: check,
  encode: itself,
  load: (_field, stored) => BigInt(String(stored)),
  store(field, value, place, faults) {
    if (typeof value !== 'bigint') return faults.add(place, 'type', 'must be a bigint')
    return checkRange(field, value, place, faults)
  },
  schema: ({ bounds }) =>
    bounded(
      { type: 'string', format: 'int64', maxLength: 20, pattern: '^-?[0-9]{1,19}$' },
      { 'x-minimum': bounds.min, 'x-maximum': bounds.max },
    ),
}

function check(field: FieldModel, json: unknown, place: string, faults: Faults): unknown {
  if (typeof json === 'number' && Number.isSafeInteger(json)) {
    return checkRange(field, BigInt(json), place, faults)
  }
  if (typeof json !== 'string') {
    return faults.add(place, 'type', 'must be a whole number written as a string')
  }
  if (!form.test(json))
    return faults.add(place, 'format', 'must be a whole number of at most 64 bits')
  return checkRange(field, BigInt(json), place, faults)
}

function checkRange(field: FieldModel, value: bigint, place: string, faults: Faults): string {
  const least = BigInt(field.bounds.min ?? int8Min)
  const most = BigInt(field.bounds.max ?? int8Max)
  if (value < least) faults.add(place, 'too-small', `must be at least ${least}`)
  if (value > most) faults.add(place, 'too-large', `must be at most ${most}`)
  return value.toString()
}
