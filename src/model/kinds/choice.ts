/** One of some declared words. */

import { suggestion } from '../suggest.ts'
import { equalityFilters, itself, loadItself } from './kind.ts'
import type { Kind } from './kind.ts'

const check: Kind['check'] = (field, json, place, faults) => {
  if (typeof json !== 'string') return faults.add(place, 'type', 'must be a string')
  const values = field.values ?? []
  if (values.includes(json)) return json
  return faults.add(
    place,
    'choice',
    `must be one of ${values.join(', ')}${suggestion(json, values)}`,
  )
}

export const choice: Kind = {
  filters: equalityFilters,
  postgresType: () => 'text collate pg_c_utf8',
  check,
  parse: check,
  encode: itself,
  load: loadItself,
  store: check,
  // JSON Schema has no empty enum; the roles of an identity without roles have no value.
  schema: ({ values }) =>
    values === null || values.length === 0
      ? { type: 'string', maxLength: 0, not: {} }
      : { type: 'string', enum: values },
}
