/** Whole numbers of 32 bits. */

import type { Faults } from '../faults.ts'
import type { FieldModel } from '../model.ts'
import { itself, loadItself, orderedFilters } from './kind.ts'
import type { Kind } from './kind.ts'

export const int4Min = -2_147_483_648
export const int4Max = 2_147_483_647

export const integer: Kind = {
  filters: orderedFilters,
  postgresType: () => 'int4',
  check,
  parse(field, text, place, faults) {
    if (!/^-?\d{1,10}$/.test(text)) return faults.add(place, 'format', 'must be a whole number')
    return check(field, Number(text), place, faults)
  },
  encode: itself,
  load: loadItself,
  store: check,
  schema: field => {
    const { least, most } = rangeOf(field)
    return { type: 'integer', format: 'int32', minimum: least, maximum: most }
  },
}

function check(field: FieldModel, json: unknown, place: string, faults: Faults): unknown {
  if (typeof json !== 'number') return faults.add(place, 'type', 'must be a whole number')
  if (!Number.isInteger(json) && Number.isFinite(json)) {
    return faults.add(place, 'type', 'must be a whole number')
  }
  const { least, most } = rangeOf(field)
  if (json < least) faults.add(place, 'too-small', `must be at least ${least}`)
  if (json > most) faults.add(place, 'too-large', `must be at most ${most}`)
  if (Number.isNaN(json)) faults.add(place, 'type', 'must be a whole number')
  return json + 0 // -0 becomes 0
}

function rangeOf({ bounds }: FieldModel): { least: number; most: number } {
  return { least: Number(bounds.min ?? int4Min), most: Number(bounds.max ?? int4Max) }
}
