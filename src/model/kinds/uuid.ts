/** UUIDs of any version, in lower case. */

import { isUuid } from '../../base/uuid.ts'
import { equalityFilters, itself, loadItself } from './kind.ts'
import type { Kind } from './kind.ts'

const check: Kind['check'] = (_field, json, place, faults) => {
  if (typeof json !== 'string') return faults.add(place, 'type', 'must be a string')
  if (!isUuid(json)) return faults.add(place, 'format', 'must be a UUID')
  return json.toLowerCase()
}

export const uuid: Kind = {
  filters: equalityFilters,
  postgresType: () => 'uuid',
  check,
  parse: check,
  encode: itself,
  load: loadItself,
  store: check,
  schema: () => ({ type: 'string', format: 'uuid', maxLength: 36 }),
}
