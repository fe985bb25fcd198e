/** Exact decimal numbers: strings on the wire, `Decimal` in user code, numeric in the table. */

import { Decimal } from '../../base/decimal.ts'
import { limits } from '../../base/limits.ts'
import type { Faults } from '../faults.ts'
import type { FieldModel } from '../model.ts'
import { bounded, itself, orderedFilters } from './kind.ts'
import type { Kind } from './kind.ts'

const form = /^(-?)(\d+)(?:\.(\d+))?$/
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
      {
        type: 'string',
        format: 'decimal',
        maxLength: precisionOf(bounds) + '-0.'.length,
        pattern: '^-?[0-9]+(\\.[0-9]+)?$',
      },
      { 'x-minimum': bounds.min, 'x-maximum': bounds.max },
    ),
}

function check(field: FieldModel, json: unknown, place: string, faults: Faults): unknown {
  const written = typeof json === 'number' && Number.isSafeInteger(json) ? String(json) : json
  if (typeof written !== 'string') {
    return faults.add(place, 'type', 'must be a decimal number written as a string')
  }
  const match = written.length > charsMax ? null : form.exec(written)
  if (match === null) {
    return faults.add(place, 'format', 'must be a decimal number, digits with at most one point')
  }
  const canonical = padded(field, match, place, faults)
  if (canonical !== null) checkRange(field, canonical, place, faults)
  return canonical
}

/** By text alone: this runs for each write, and big integers would cost ten times as much. */
function padded(
  { bounds }: FieldModel,
  [, sign, whole = '', fraction = '']: RegExpExecArray,
  place: string,
  faults: Faults,
): string | null {
  const scale = scaleOf(bounds)
  const digits = whole.replace(/^0+(?=\d)/, '')
  const most = precisionOf(bounds) - scale
  if (/[1-9]/.test(fraction.slice(scale))) {
    faults.add(place, 'scale', `must have at most ${scale} digits after the point`)
    return null
  }
  if (digits.length > most && digits !== '0') {
    faults.add(place, 'precision', `must have at most ${most} digits before the point`)
    return null
  }
  const text = scale === 0 ? digits : `${digits}.${fraction.slice(0, scale).padEnd(scale, '0')}`
  return sign === '-' && /[1-9]/.test(text) ? `-${text}` : text
}

function checkRange(field: FieldModel, canonical: string, place: string, faults: Faults): void {
  const { least, most } = rangeOf(field)
  if (least === null && most === null) return
  const value = Decimal.parse(canonical)
  if (least !== null && value.compare(least) < 0) {
    faults.add(place, 'too-small', `must be at least ${least.toString()}`)
  }
  if (most !== null && value.compare(most) > 0) {
    faults.add(place, 'too-large', `must be at most ${most.toString()}`)
  }
}

interface Range {
  readonly least: Decimal | null
  readonly most: Decimal | null
}

const ranges = new WeakMap<FieldModel, Range>()

function rangeOf(field: FieldModel): Range {
  let range = ranges.get(field)
  if (range === undefined) {
    const { min, max } = field.bounds
    range = {
      least: min === null ? null : Decimal.parse(String(min)),
      most: max === null ? null : Decimal.parse(String(max)),
    }
    ranges.set(field, range)
  }
  return range
}

function precisionOf(bounds: FieldModel['bounds']): number {
  return bounds.precision ?? limits.decimalPrecisionMax
}

function scaleOf(bounds: FieldModel['bounds']): number {
  return bounds.scale ?? 0
}
