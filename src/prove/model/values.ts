/** Values that declared fields take, as they go over the wire. */

import type { FieldKind, FieldModel } from '../../model/model.ts'
import { type Random, seeded } from '../random.ts'
import { matching } from './pattern.ts'

/**
 * `modest` is what an input asks for: one, the least, soon. `generous` is what rows have, so that
 * inputs find enough.
 */
export type Size = 'modest' | 'generous'

interface ValueOptions {
  readonly size?: Size
  /** The id of a row of the resource; default: of none. */
  readonly reference?: (target: string) => string
  /** Whether optional fields are filled in as well. */
  readonly whole?: boolean
  /** Dates lie after this moment, milliseconds since the epoch. Default: now. */
  readonly sinceMs?: number
}

/**
 * How to make any number of inputs, as plain data: a load generator makes them itself, and the same
 * number always gives the same.
 */
export interface Recipe {
  readonly fields: readonly FieldModel[]
  /** Ids of rows, by resource. */
  readonly references: Readonly<Record<string, string>>
  /** Goes before what would be made. */
  readonly given: Readonly<Record<string, unknown>>
  readonly sinceMs: number
  readonly seed: number
}

export function inputOf(recipe: Recipe, number: number): Record<string, unknown> {
  const { fields, references, given, sinceMs, seed } = recipe
  const random = seeded(seed).fork(String(number))
  const reference = (target: string) => references[target] ?? random.uuid()
  return { ...createValues(random).input(fields, { reference, sinceMs }), ...given }
}

export interface Values {
  word(length: number): string
  value(field: FieldModel, options?: ValueOptions): unknown
  /** Of every field that must be given. */
  input(fields: readonly FieldModel[], options?: ValueOptions): Record<string, unknown>
}

type Making = Required<ValueOptions> & { readonly random: Random }
type Maker = (field: FieldModel, making: Making) => unknown

const sizes: Readonly<Record<Size, number>> = { modest: 1, generous: 1_000_000 }
const dayMs = 86_400_000

export function createValues(random: Random): Values {
  const making = (options: ValueOptions): Making => ({
    size: 'modest',
    reference: () => random.uuid(),
    whole: false,
    sinceMs: Date.now(),
    ...options,
    random,
  })
  return {
    word: length => random.word(length),
    value: (field, options = {}) => make(field, making(options)),
    input: (fields, options = {}) => membersOf(fields, making(options)),
  }
}

function make(field: FieldModel, options: Making): unknown {
  return makers[field.kind](field, options)
}

function membersOf(fields: readonly FieldModel[], options: Making): Record<string, unknown> {
  return Object.fromEntries(
    fields
      .filter(field => options.whole || isNeeded(field))
      .map(field => [field.name, make(field, options)]),
  )
}

/** Whether an input without the field is refused. */
export function isNeeded({ optional, default: absent }: FieldModel): boolean {
  return !optional && absent === null
}

/** Whether the API takes the field from somebody. */
export function isWritable({ system, readOnly, access }: FieldModel): boolean {
  return !system && !readOnly && access.write?.kind !== 'nobody'
}

const makers: Readonly<Record<FieldKind, Maker>> = {
  text,
  integer: (field, options) => Number(numberFor(field, options)),
  bigint: (field, options) => String(numberFor(field, options)),
  decimal: decimalFor,
  boolean: (_field, { random }) => random.next() < 0.5,
  date: (_field, options) => moment(options).slice(0, 10),
  timestamp: (_field, options) => moment(options),
  uuid: (_field, { random }) => random.uuid(),
  choice: field => field.values?.[0] ?? '',
  document: (_field, { random }) => ({ note: random.word(8) }),
  list: listOf,
  object: (field, options) => membersOf(field.members ?? [], options),
  ref: (field, { reference }) => reference(field.target ?? ''),
}

function text({ name, bounds, unique }: FieldModel, { random }: Making): string {
  const least = Number(bounds.min ?? 0)
  const most = Number(bounds.max ?? 100)
  if (bounds.pattern !== null) return matching(bounds.pattern, random)
  if (/e-?mail/i.test(name)) return `${random.word(10)}@prove.example`
  const wanted = Math.max(least, unique ? 16 : 8)
  return random.word(Math.min(wanted, most))
}

/** Within the bounds; a whole number, so that it fits every kind of number. */
function numberFor({ bounds, unique }: FieldModel, { size, random }: Making): bigint {
  const wanted = unique ? random.whole(1, 2_000_000_000) : sizes[size]
  const least = bounds.min === null ? -Infinity : Math.ceil(Number(bounds.min))
  const most = bounds.max === null ? Infinity : Math.floor(Number(bounds.max))
  return BigInt(Math.min(Math.max(wanted, least), most))
}

function decimalFor(field: FieldModel, options: Making): string {
  const { precision, scale } = field.bounds
  const digits = precision === null ? Infinity : precision - (scale ?? 0)
  const whole = String(numberFor(field, options))
  return whole.length <= digits ? whole : '9'.repeat(Math.max(1, digits))
}

/** Soon, and not twice the same. */
function moment({ random, sinceMs }: Making): string {
  return new Date(sinceMs + random.whole(1, 365) * dayMs + random.whole(0, dayMs)).toISOString()
}

function listOf({ members, bounds }: FieldModel, options: Making): readonly unknown[] {
  const count = Math.max(1, Number(bounds.min ?? 0))
  const [single] = members ?? []
  const item = () =>
    members?.length === 1 && single?.name === ''
      ? make(single, options)
      : membersOf(members ?? [], options)
  return Array.from({ length: count }, item)
}
