/** What each kind of field is in a table: its type, the checks that hold it, and how a constant of it is written. */

import { constraintName, quoteName, quoteText } from './names.ts'
import type { ConstraintPurpose } from './names.ts'
import type { Constraint } from './table.ts'
import type { FieldKind, FieldModel } from '../model/model.ts'

interface ColumnKind {
  type(field: FieldModel): string
  /** Conditions by purpose; null where the declaration asks for none. */
  checks(field: FieldModel): Partial<Record<ConstraintPurpose, string | null>>
  /** A constant as an SQL literal. */
  literal(value: unknown): string
}

const quoted = (value: unknown) => quoteText(String(value))
const plain = (value: unknown) => String(value)

/** Text sorts and compares by code point, in every database alike; the API counts characters as PostgreSQL does. */
const textType = 'text collate "pg_c_utf8"'

function atomic(type: string, literal: (value: unknown) => string): ColumnKind {
  return { type: () => type, checks: () => ({}), literal }
}

/** Kinds that are ordered, whose bounds are the least and the greatest value. */
function ordered(type: (field: FieldModel) => string, castTo: string): ColumnKind {
  const literal = (value: unknown) => `${quoteText(boundText(value))}::${castTo}`
  return {
    type,
    checks: field => ({ range: within(quoteName(field.column), field, literal) }),
    literal,
  }
}

/** Kinds that travel as jsonb and must be of one JSON type. */
function json(shape: 'array' | 'object' | null): ColumnKind {
  return {
    type: () => 'jsonb',
    checks: field => ({
      shape: shape && `jsonb_typeof(${quoteName(field.column)}) = ${quoteText(shape)}`,
    }),
    literal: value => `${quoteText(JSON.stringify(value))}::jsonb`,
  }
}

export const columnKinds: Readonly<Record<FieldKind, ColumnKind>> = {
  text: {
    type: () => textType,
    checks: field => ({ length: within(`char_length(${quoteName(field.column)})`, field, plain) }),
    literal: quoted,
  },
  choice: {
    type: () => textType,
    checks: field => ({
      choice: `${quoteName(field.column)} in (${(field.values ?? []).map(quoteText).join(', ')})`,
    }),
    literal: quoted,
  },
  integer: ordered(() => 'int4', 'int4'),
  bigint: ordered(() => 'int8', 'int8'),
  decimal: ordered(decimalType, 'numeric'),
  date: ordered(() => 'date', 'date'),
  timestamp: ordered(() => 'timestamptz(3)', 'timestamptz'),
  boolean: atomic('bool', plain),
  uuid: atomic('uuid', quoted),
  ref: atomic('uuid', quoted),
  document: json(null),
  list: json('array'),
  object: json('object'),
}

/** Every check of one field, named after what it is for. */
export function fieldChecks(table: string, field: FieldModel): readonly Constraint[] {
  return Object.entries(columnKinds[field.kind].checks(field))
    .filter(([, condition]) => condition !== null)
    .map(([purpose, condition]) => ({
      name: constraintName(table, field.column, purpose),
      kind: 'check',
      columns: [field.column],
      definition: `check (${condition})`,
      owned: true,
      valid: true,
    }))
}

function decimalType({ bounds }: FieldModel): string {
  return bounds.precision === null ? 'numeric' : `numeric(${bounds.precision},${bounds.scale ?? 0})`
}

function within(
  expression: string,
  { bounds: { min, max } }: FieldModel,
  literal: (value: unknown) => string,
): string | null {
  const least = min === null ? [] : [`${expression} >= ${literal(min)}`]
  const greatest = max === null ? [] : [`${expression} <= ${literal(max)}`]
  const conditions = [...least, ...greatest]
  return conditions.length === 0 ? null : conditions.join(' and ')
}

function boundText(value: unknown): string {
  return value instanceof Date ? value.toISOString() : String(value)
}
