/** Values on their way to PostgreSQL and back, in its text format. */

/** What the wire takes: text, bytes (sent in binary), or null. */
export type WireValue = string | Buffer | null

/**
 * Throws a TypeError for anything that is not text, number, bigint, boolean, null, bytes or an
 * array of these.
 */
export function encodeValue(value: unknown): WireValue {
  if (typeof value === 'string') return value
  if (value === null || value === undefined) return null
  if (Array.isArray(value)) return encodeArray(value)
  if (value instanceof Uint8Array) return bufferOf(value)
  return encodeScalar(value)
}

function encodeScalar(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') {
    return String(value)
  }
  throw new TypeError(`a statement cannot take a value of type ${typeName(value)}`)
}

/**
 * An array literal: every element is quoted, so that `NULL`, empty text, commas and braces stay
 * text.
 */
function encodeArray(elements: readonly unknown[]): string {
  let literal = '{'
  for (let index = 0; index < elements.length; index++) {
    if (index > 0) literal += ','
    literal += encodeElement(elements[index])
  }
  return literal + '}'
}

const special = /["\\]/
const everySpecial = /["\\]/g

function encodeElement(element: unknown): string {
  if (typeof element === 'string') {
    return special.test(element) ? `"${element.replace(everySpecial, '\\$&')}"` : `"${element}"`
  }
  if (element === null || element === undefined) return 'NULL'
  if (Array.isArray(element)) return encodeArray(element)
  if (element instanceof Uint8Array) return `"\\\\x${bufferOf(element).toString('hex')}"`
  return encodeScalar(element)
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function typeName(value: unknown): string {
  return typeof value === 'object' && value !== null ? value.constructor.name : typeof value
}

/** The columns of one answer that do not stay text. */
export interface Columns {
  readonly numbers: readonly number[]
  readonly booleans: readonly number[]
}

const boolType = 16
const int4Type = 23

/** `types` are the type oids of the columns in order. */
export function columnsOf(types: readonly number[]): Columns {
  const places = (type: number) => types.flatMap((each, place) => (each === type ? [place] : []))
  return { numbers: places(int4Type), booleans: places(boolType) }
}

/** Turns the texts of one row into its values, in place: the row was made for us alone. */
export function decodeRow(row: unknown[], columns: Columns): void {
  for (const place of columns.numbers) {
    if (row[place] !== null) row[place] = Number(row[place])
  }
  for (const place of columns.booleans) {
    if (row[place] !== null) row[place] = row[place] === 't'
  }
}
