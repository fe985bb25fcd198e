/** JSON objects with declared members, kept as jsonb. */

import type { Codec } from './codec.ts'
import { notInUrl, parsed } from './json.ts'
import type { Kind } from './kind.ts'

export function objectKind(codec: () => Codec): Kind {
  return {
    filters: ['isNull'],
    postgresType: () => 'jsonb',
    check: (field, json, place, faults) =>
      codec().readShape('check', field.members ?? [], json, place, faults),
    parse: notInUrl,
    encode: canonical => JSON.stringify(canonical),
    load: (field, stored) => codec().loadShape(field.members ?? [], parsed(stored)),
    store: (field, value, place, faults) =>
      codec().readShape('store', field.members ?? [], value, place, faults),
    schema: field => codec().schemaOfShape(field.members ?? []),
  }
}
