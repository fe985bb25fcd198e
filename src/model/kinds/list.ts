/** Lists of one field or of one shape, kept as jsonb. */

import { limits } from '../../base/limits.ts'
import type { Faults } from '../faults.ts'
import type { FieldModel } from '../model.ts'
import type { Codec, Reading } from './codec.ts'
import { notInUrl, parsed } from './json.ts'
import { bounded } from './kind.ts'
import type { Kind } from './kind.ts'

export function listKind(codec: () => Codec): Kind {
  const read =
    (reading: Reading): Kind['check'] =>
    (field, value, place, faults) => {
      if (!Array.isArray(value)) return faults.add(place, 'type', 'must be an array')
      if (!checkCount(field, value.length, place, faults)) return undefined
      const scalar = scalarOf(field)
      return value.map((item: unknown, index) =>
        scalar === null
          ? codec().readShape(reading, field.members ?? [], item, `${place}/${index}`, faults)
          : codec().read(reading, scalar, item, `${place}/${index}`, faults),
      )
    }
  return {
    filters: ['isNull'],
    postgresType: () => 'jsonb',
    check: read('check'),
    parse: notInUrl,
    encode: canonical => JSON.stringify(canonical),
    load(field, stored) {
      const items = parsed(stored)
      if (!Array.isArray(items)) throw new TypeError(`${field.name} does not hold a list`)
      const scalar = scalarOf(field)
      return items.map((item: unknown) =>
        scalar === null ? codec().loadShape(field.members ?? [], item) : codec().load(scalar, item),
      )
    },
    store: read('store'),
    schema(field) {
      const scalar = scalarOf(field)
      const items =
        scalar === null ? codec().schemaOfShape(field.members ?? []) : codec().schema(scalar)
      return bounded(
        { type: 'array', items },
        { minItems: field.bounds.min, maxItems: field.bounds.max ?? limits.listItemsMax },
      )
    },
  }
}

/** The field of a list of scalars has no name. */
function scalarOf(field: FieldModel): FieldModel | null {
  const first = field.members?.[0]
  return first !== undefined && first.name === '' ? first : null
}

/** Too many items are not looked at. */
function checkCount(field: FieldModel, count: number, place: string, faults: Faults): boolean {
  const least = Number(field.bounds.min ?? 0)
  const most = Number(field.bounds.max ?? limits.listItemsMax)
  if (count < least) faults.add(place, 'too-short', `must have at least ${least} items`)
  if (count > most) faults.add(place, 'too-long', `must have at most ${most} items`)
  return count <= most
}
