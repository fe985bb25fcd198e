/** Schema-free JSON objects, kept as jsonb and given back as they came. */

import { limits } from '../../base/limits.ts'
import type { Faults } from '../faults.ts'
import type { FieldModel } from '../model.ts'
import { escapePointer } from '../../base/pointer.ts'
import { isJsonObject, loadJson, notInUrl } from './json.ts'
import type { Kind } from './kind.ts'
import { checkCharacters } from './text.ts'

export const document: Kind = {
  filters: ['isNull'],
  postgresType: () => 'jsonb',
  check,
  parse: notInUrl,
  encode: canonical => JSON.stringify(canonical),
  load: loadJson,
  store: check,
  schema: () => ({ type: 'object', additionalProperties: true }),
}

function check(_field: FieldModel, json: unknown, place: string, faults: Faults): unknown {
  if (!isJsonObject(json)) return faults.add(place, 'type', 'must be an object')
  const bytes = measure(json, place, 1, faults)
  if (bytes > limits.documentBytesMax) {
    faults.add(place, 'too-big', `must take at most ${limits.documentBytesMax} bytes as stored`)
  }
  return json
}

/** Bytes of PostgreSQL's text: `, ` and `: ` between the parts, numbers without exponent. */
function measure(value: unknown, place: string, depth: number, faults: Faults): number {
  if (faults.full) return 0
  if (value === null || typeof value === 'boolean') return String(value).length
  if (typeof value === 'string') return measureText(value, place, faults)
  if (typeof value === 'number') return measureNumber(value, place, faults)
  const list = Array.isArray(value)
  if (!list && !isPlainObject(value)) {
    faults.add(place, 'type', 'must be a JSON value')
    return 0
  }
  if (depth > limits.documentDepthMax) {
    faults.add(place, 'too-deep', `must be nested at most ${limits.documentDepthMax} deep`)
    return 0
  }
  return list
    ? measureArray(value, place, depth, faults)
    : measureObject(value, place, depth, faults)
}

/** User code may hand in what JSON does not have: a Date, a Map. */
function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (!isJsonObject(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function measureArray(
  items: readonly unknown[],
  place: string,
  depth: number,
  faults: Faults,
): number {
  let bytes = 2
  items.forEach((item, index) => {
    bytes += 2 + measure(item, `${place}/${index}`, depth + 1, faults)
  })
  return bytes
}

function measureObject(
  object: Readonly<Record<string, unknown>>,
  place: string,
  depth: number,
  faults: Faults,
): number {
  let bytes = 2
  for (const key of Object.keys(object)) {
    const inner = `${place}/${escapePointer(key)}`
    if (key === '__proto__') faults.add(inner, 'forbidden-key', 'may not be named __proto__')
    bytes += 4 + measureText(key, inner, faults)
    bytes += measure(object[key], inner, depth + 1, faults)
  }
  return bytes
}

// oxlint-disable-next-line no-control-regex -- these are the characters that JSON escapes
const escaped = /["\\\u0000-\u001f]/

function measureText(value: string, place: string, faults: Faults): number {
  if (!checkCharacters(value, place, faults)) return 0
  const escapes = escaped.test(value) ? JSON.stringify(value).length - value.length - 2 : 0
  return Buffer.byteLength(value) + escapes + 2
}

/** Integers beyond 2^53 have lost digits on their way through JSON, and 1e400 is infinite. */
function measureNumber(value: number, place: string, faults: Faults): number {
  if (!Number.isFinite(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER) {
    faults.add(place, 'inexact-number', 'cannot be kept exactly: write the number as a string')
    return 0
  }
  const [digits = '', exponent] = String(value).split('e-')
  return digits.length + Number(exponent ?? 0) + 2
}
