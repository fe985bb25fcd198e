/** Days of the calendar: `YYYY-MM-DD` everywhere. */

import { dayExists } from './calendar.ts'
import { itself, loadItself, orderedFilters } from './kind.ts'
import type { Kind } from './kind.ts'

const form = /^(\d{4})-(\d{2})-(\d{2})$/

const check: Kind['check'] = (_field, json, place, faults) => {
  if (typeof json !== 'string') return faults.add(place, 'type', 'must be a string')
  const match = form.exec(json)
  if (match === null || !dayExists(Number(match[1]), Number(match[2]), Number(match[3]))) {
    return faults.add(place, 'format', 'must be a day from 0001-01-01 to 9999-12-31')
  }
  return json
}

export const date: Kind = {
  filters: orderedFilters,
  postgresType: () => 'date',
  check,
  parse: check,
  encode: itself,
  load: loadItself,
  store: check,
  schema: () => ({ type: 'string', format: 'date', maxLength: 10 }),
}
