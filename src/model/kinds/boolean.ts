/** True or false. */

import { itself, loadItself } from './kind.ts'
import type { Kind } from './kind.ts'

const check: Kind['check'] = (_field, json, place, faults) =>
  typeof json === 'boolean' ? json : faults.add(place, 'type', 'must be true or false')

export const boolean: Kind = {
  filters: ['eq', 'ne', 'isNull'],
  postgresType: () => 'bool',
  check,
  parse(_field, text, place, faults) {
    if (text === 'true') return true
    if (text === 'false') return false
    return faults.add(place, 'format', 'must be true or false')
  },
  encode: itself,
  load: loadItself,
  store: check,
  schema: () => ({ type: 'boolean' }),
}
