/** Exact decimal numbers: strings on the wire, `Decimal` in user code, numeric in the table. */

import { Decimal } from '../../base/decimal.ts'
import { limits } from '../../base/limits.ts'
import type { Faults } from '../faults.ts'
import type { FieldModel } from '../model.ts'
import { bounded, itself, orderedFilters } from './kind.ts'
import type { Kind } from './kind.ts'

const form = /^-?\d+(?:\.\d+)?$/
/** Leading zeros are allowed, but not without end. */
const charsMax = 2 * limits.decimalPrecisionMax

export const decimal: Kind = {
  filters: orderedFilters,
  postgresType: ({ bounds }) => `numeric(${precisionOf(bounds)}, ${scaleOf(bounds)})`,
  check,
  parse: check,
  encode: itself,
  load: (_field, stored) => Decimal.parse(String(stored)),
  store(field, value, place, faults) {
    return check(field, value instanceof Decimal ? value.toString() : value, place, faults)
  },
  schema: ({ bounds }) =>
    bounded(
      { type: 'string', format: 'decimal', pattern: '^-?[0-9]+(\\.[0-9]+)?$' },
      { 'x-minimum': bounds.min, 'x-maximum': bounds.max },
    ),
}

function check(field: FieldModel, json: unknown, place: string, faults: Faults): unknown {
  const written = typeof json === 'number' && Number.isSafeInteger(json) ? String(json) : json
  if (typeof written !== 'string') {
    return faults.add(place, 'type', 'must be a decimal number written as a string')
  }
  if (written.length > charsMax || !form.test(written)) {
    return faults.add(place, 'format', 'must be a decimal number, digits with at most one point')
  }
  return checkDigits(field, Decimal.parse(written), place, faults)
}

function checkDigits(field: FieldModel, value: Decimal, place: string, faults: Faults): unknown {
  const { bounds } = field
  const scale = scaleOf(bounds)
  const padded = value.toScale(scale)
  if (!padded.equals(value)) {
    return faults.add(place, 'scale', `must have at most ${scale} digits after the point`)
  }
  const whole = precisionOf(bounds) - scale
  if (integerDigits(padded) > whole) {
    return faults.add(place, 'precision', `must have at most ${whole} digits before the point`)
  }
  if (bounds.min !== null && padded.compare(String(bounds.min)) < 0) {
    faults.add(place, 'too-small', `must be at least ${bounds.min}`)
  }
  if (bounds.max !== null && padded.compare(String(bounds.max)) > 0) {
    faults.add(place, 'too-large', `must be at most ${bounds.max}`)
  }
  return padded.toString()
}

function integerDigits(value: Decimal): number {
  const digits = value.toString().replace('-', '').split('.')[0] ?? ''
  return digits === '0' ? 0 : digits.length
}

function precisionOf(bounds: FieldModel['bounds']): number {
  return bounds.precision ?? limits.decimalPrecisionMax
}

function scaleOf(bounds: FieldModel['bounds']): number {
  return bounds.scale ?? 0
}
