/** What the database itself holds of each kind of field: checks, and constants as SQL. */

import { quoteName, quoteText } from '../base/quote.ts'
import { constraintName } from './names.ts'
import type { ConstraintPurpose } from './names.ts'
import type { Constraint } from './table.ts'
import type { FieldKind, FieldModel } from '../model/model.ts'

interface ColumnRules {
  /** Conditions by purpose; null where the declaration asks for none. */
  checks(field: FieldModel): Partial<Record<ConstraintPurpose, string | null>>
  /** A canonical value (see model/kinds) as an SQL literal. */
  literal(value: unknown): string
}

const quoted = (value: unknown) => quoteText(String(value))
const plain = (value: unknown) => String(value)

function unchecked(literal: (value: unknown) => string): ColumnRules {
  return { checks: () => ({}), literal }
}

/** Kinds whose bounds are the least and the greatest value. */
function ordered(type: string): ColumnRules {
  const literal = (value: unknown) => `${quoted(value)}::${type}`
  return {
    checks: field => ({ range: within(quoteName(field.column), field, literal) }),
    literal,
  }
}

/** Kinds that travel as jsonb. */
function json(shape: 'array' | 'object'): ColumnRules {
  return {
    checks: field => ({ shape: `jsonb_typeof(${quoteName(field.column)}) = ${quoteText(shape)}` }),
    literal: value => `${quoteText(JSON.stringify(value))}::jsonb`,
  }
}

const columnRules: Readonly<Record<FieldKind, ColumnRules>> = {
  text: {
    checks: field => ({ length: within(`char_length(${quoteName(field.column)})`, field, plain) }),
    literal: quoted,
  },
  choice: {
    checks: field => ({
      choice: `${quoteName(field.column)} in (${(field.values ?? []).map(quoteText).join(', ')})`,
    }),
    literal: quoted,
  },
  integer: ordered('int4'),
  bigint: ordered('int8'),
  decimal: ordered('numeric'),
  date: ordered('date'),
  timestamp: ordered('timestamptz'),
  boolean: unchecked(plain),
  uuid: unchecked(quoted),
  ref: unchecked(quoted),
  document: json('object'),
  list: json('array'),
  object: json('object'),
}

/** Every check of one field, named after what it is for. */
export function fieldChecks(table: string, field: FieldModel): readonly Constraint[] {
  return Object.entries(columnRules[field.kind].checks(field))
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

/** A canonical value of the field as an SQL literal. */
export function fieldLiteral(field: FieldModel, value: unknown): string {
  return columnRules[field.kind].literal(value)
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
