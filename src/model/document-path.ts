/** Places inside documents as fields: `attributes.color` is filtered, sorted and indexed. */

import { limits } from '../base/limits.ts'
import { numberForm, isKept } from '../base/number-text.ts'
import { quoteText } from '../base/quote.ts'
import type { Faults } from './faults.ts'
import type { Reading } from './kinds/codec.ts'
import { checkCharacters } from './kinds/text.ts'
import type { FieldModel } from './model.ts'

/** What a name may be that leads one step into a document; others cannot be asked for. */
const keyForm = /^[\p{L}\p{M}\p{N}_$@: -]{1,100}$/u

export const pathForm = `a path has at most ${limits.documentPathStepsMax} names behind that of the document, of letters, digits, spaces and _ - $ @ :`

/** The field of the name, or what stands at the path: `attributes.size.width`. */
export function fieldNamed(
  fields: ReadonlyMap<string, FieldModel>,
  name: string,
): FieldModel | undefined {
  const field = fields.get(name)
  if (field !== undefined) return field
  const document = fields.get(documentOf(name))
  return document === undefined ? undefined : placeIn(document, name)
}

/** `attributes` of `attributes.color`. */
export function documentOf(name: string): string {
  const dot = name.indexOf('.')
  return dot === -1 ? name : name.slice(0, dot)
}

/** A place in a document as a field; undefined where the name does not lead into it. */
export function placeIn(document: FieldModel, name: string): FieldModel | undefined {
  const [head, ...path] = name.split('.')
  if (document.kind !== 'document' || document.path !== null || document.name !== head)
    return undefined
  if (path.length === 0 || path.length > limits.documentPathStepsMax) return undefined
  if (!path.every(key => keyForm.test(key))) return undefined
  return Object.freeze({ ...document, name, path: Object.freeze(path), optional: true })
}

/**
 * SQL of the text, number or boolean at the path as jsonb, null for everything else, so that what
 * an index holds is bounded whatever a document holds: of a text only its beginning. Made of
 * operators and immutable functions; no value can make it fail.
 */
export function placeText(column: string, path: readonly string[]): string {
  const keys = pathLiteral(path)
  const at = `${column} #> ${keys}`
  const text = `jsonb_object(array['', left(${column} #>> ${keys}, ${limits.documentPathCharsMax})]) -> ''`
  return `(case jsonb_typeof(${at}) when 'string' then ${text} when 'number' then ${at} when 'boolean' then ${at} end)`
}

/** The path as a constant: `'{"size","width"}'`. Its names hold no quotes or backslashes. */
export function pathLiteral(path: readonly string[]): string {
  return quoteText(`{${path.map(key => `"${key}"`).join(',')}}`)
}

/**
 * What a place is compared with, as JSON text. Of a URL a number, `true`, `false` and a text in
 * double quotes are what they are in JSON; every other text is itself.
 */
export function readPlaceValue(
  reading: Reading,
  value: unknown,
  place: string,
  faults: Faults,
): unknown {
  const scalar =
    reading === 'parse' && typeof value === 'string' ? scalarOf(value, place, faults) : value
  if (typeof scalar === 'boolean') return String(scalar)
  if (typeof scalar === 'number') {
    if (isComparable(scalar)) return JSON.stringify(scalar)
    const most = Number.MAX_SAFE_INTEGER
    return faults.add(place, 'inexact-number', `must be from -${most} to ${most}`)
  }
  const text = readPlaceText(scalar, place, faults)
  return text === undefined ? undefined : JSON.stringify(text)
}

/** Whether a document may hold the number. */
function isComparable(value: number): boolean {
  return Math.abs(value) <= Number.MAX_SAFE_INTEGER
}

/** The same where only texts are compared. */
export function readPlaceText(value: unknown, place: string, faults: Faults): string | undefined {
  const most = limits.documentPathCharsMax - 1
  if (value === null) faults.add(place, 'null', 'is found with isNull')
  else if (typeof value !== 'string')
    faults.add(place, 'type', 'must be a text, a number or a boolean')
  else if (value.length > most)
    faults.add(place, 'too-long', `must have at most ${most} characters`)
  else if (checkCharacters(value, place, faults)) return value
  return undefined
}

function scalarOf(text: string, place: string, faults: Faults): unknown {
  if (text === 'true' || text === 'false') return text === 'true'
  if (text === 'null') return null
  if (numberForm.test(text)) return numberOf(text, place, faults)
  if (!text.startsWith('"')) return text
  try {
    return JSON.parse(text) as unknown
  } catch {
    faults.add(place, 'format', 'begins with a quote, but is no JSON text')
    return ''
  }
}

/** A number that has other digits than its text, in a document or a query, is another number. */
function numberOf(text: string, place: string, faults: Faults): number {
  const value = Number(text)
  const isExact = text.length <= limits.documentPathCharsMax && isKept(text, value)
  if (!isExact && isComparable(value))
    faults.add(place, 'inexact-number', `cannot be compared exactly; a document has it as ${value}`)
  return value
}
