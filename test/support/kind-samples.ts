/** For each kind of field a declared one, and values that it takes from the wire. */

import fc from 'fast-check'
import { field } from 'mettle'
import type { Field, FieldKind } from 'mettle'

interface Sample {
  readonly field: Field
  /** Values that the field takes from the wire. */
  readonly wire: fc.Arbitrary<unknown>
}

const characters = fc.string({ unit: 'binary', maxLength: 20 }).filter(text => !text.includes('\0'))
const whole = fc.bigInt({ min: -(10n ** 10n) + 1n, max: 10n ** 10n - 1n })
/** Neither JSON text nor numeric knows a negative zero. */
const safeNumber = fc
  .oneof(fc.integer(), fc.double({ min: -1e15, max: 1e15, noNaN: true }))
  .map(number => number + 0)
const moment = fc
  .integer({ min: Date.parse('0001-01-01T00:00:00Z'), max: Date.parse('9999-12-31T23:59:59Z') })
  .map(ms => new Date(ms).toISOString())
const documentValue = fc.letrec(tie => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.boolean(),
    safeNumber,
    characters,
    tie('list'),
    tie('object'),
  ),
  list: fc.array(tie('value'), { maxLength: 4 }),
  object: fc.dictionary(
    characters.filter(key => key !== '__proto__'),
    tie('value'),
    { maxKeys: 4, noNullPrototype: true },
  ),
})).object

const decimals = fc
  .tuple(whole, fc.integer({ min: 0, max: 99 }))
  .map(([digits, cents]) => `${digits}.${String(cents).padStart(2, '0')}`)

export const samples: Readonly<Record<FieldKind, Sample>> = {
  text: { field: field.text(), wire: characters },
  integer: { field: field.integer(), wire: fc.integer() },
  bigint: {
    field: field.bigint(),
    wire: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
  },
  decimal: { field: field.decimal({ precision: 12, scale: 2 }), wire: decimals },
  boolean: { field: field.boolean(), wire: fc.boolean() },
  date: { field: field.date(), wire: moment.map(text => text.slice(0, 10)) },
  timestamp: { field: field.timestamp(), wire: moment },
  uuid: { field: field.uuid(), wire: fc.uuid() },
  choice: { field: field.choice(['a', 'b']), wire: fc.constantFrom('a', 'b') },
  document: { field: field.document(), wire: documentValue },
  list: {
    field: field.list({ at: field.timestamp(), price: field.decimal({ precision: 12, scale: 2 }) }),
    wire: fc.array(fc.record({ at: moment, price: decimals }), { maxLength: 5 }),
  },
  object: {
    field: field.object({ big: field.bigint(), extra: field.document({ optional: true }) }),
    wire: fc.record({ big: whole.map(String), extra: fc.oneof(documentValue, fc.constant(null)) }),
  },
  ref: { field: field.ref('users'), wire: fc.uuid() },
}
