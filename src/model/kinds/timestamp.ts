/**
 * Moments to the millisecond: RFC 3339 on the wire, `Date` in user code, timestamptz(3) in the
 * table.
 */

import type { Faults } from '../faults.ts'
import type { FieldModel } from '../model.ts'
import { dayExists } from './calendar.ts'
import { itself, orderedFilters } from './kind.ts'
import type { Kind } from './kind.ts'

const form =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/

const earliestMs = Date.parse('0001-01-01T00:00:00.000Z')
const latestMs = Date.parse('9999-12-31T23:59:59.999Z')

export const timestamp: Kind = {
  filters: orderedFilters,
  postgresType: () => 'timestamptz(3)',
  check,
  parse: check,
  encode: itself,
  load: (_field, stored) => new Date(toIso(String(stored))),
  store(_field, value, place, faults) {
    if (!(value instanceof Date)) return faults.add(place, 'type', 'must be a Date')
    return fromMs(value.getTime(), place, faults)
  },
  schema: () => ({ type: 'string', format: 'date-time', maxLength: 35 }),
}

function check(_field: FieldModel, json: unknown, place: string, faults: Faults): unknown {
  if (typeof json !== 'string') return faults.add(place, 'type', 'must be a string')
  const match = form.exec(json)
  if (match === null || !exists(match)) {
    return faults.add(
      place,
      'format',
      'must be a date-time of RFC 3339, such as 2025-01-31T08:00:00Z',
    )
  }
  const fraction = match[7] ?? ''
  if (/[1-9]/.test(fraction.slice(3))) {
    return faults.add(place, 'scale', 'must not be finer than a millisecond')
  }
  const [, year, month, day, hour, minute, second] = match
  const utc = `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.slice(0, 3).padEnd(3, '0')}Z`
  return fromMs(Date.parse(utc) - offsetMs(match), place, faults)
}

function exists(match: RegExpExecArray): boolean {
  const at = (index: number) => Number(match[index] ?? 0)
  const time = at(4) < 24 && at(5) < 60 && at(6) < 60
  return dayExists(at(1), at(2), at(3)) && time && at(9) < 24 && at(10) < 60
}

function offsetMs(match: RegExpExecArray): number {
  if (match[8] === undefined) return 0
  const minutes = Number(match[9]) * 60 + Number(match[10])
  return (match[8] === '-' ? -minutes : minutes) * 60_000
}

function fromMs(ms: number, place: string, faults: Faults): unknown {
  // Also false for an invalid Date, whose time is NaN.
  if (!(ms >= earliestMs && ms <= latestMs)) {
    return faults.add(place, 'format', 'must lie in the years 0001 to 9999')
  }
  return new Date(ms).toISOString()
}

/** PostgreSQL's own text form, `2025-01-31 08:00:00.5+00`, as ISO 8601. */
function toIso(stored: string): string {
  return stored.replace(' ', 'T').replace(/\+00$/, 'Z')
}
