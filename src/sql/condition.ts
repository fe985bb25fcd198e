/** One comparison of a column: the same for filters of a request and `where` terms of a rule. */

import { limits } from '../base/limits.ts'
import type { FilterOperator } from '../declare/rule.ts'
import { pathLiteral } from '../model/document-path.ts'
import type { FieldModel } from '../model/model.ts'
import { fieldValue } from './field-value.ts'
import { column, raw, sql, type Fragment } from './fragment.ts'
import { sqlKinds } from './kinds.ts'

/**
 * A missing value (null) meets `ne` and `isNull` only. `contains` and `startsWith` are literal and
 * tell upper from lower case.
 */
interface SqlOperator {
  /** The type of the operand, given the field. */
  readonly type: (field: FieldModel) => string
  /** `alias` is that of the row. */
  readonly compare: (alias: string, field: FieldModel, operand: Fragment) => Fragment
}

const sameType = (field: FieldModel): string => sqlKinds[field.kind].type

function infix(operator: string): SqlOperator {
  return {
    type: sameType,
    compare: (alias, field, operand) =>
      sql`${fieldValue(alias, field)} ${raw(operator)} ${operand}`,
  }
}

/** Of a field with a column of its own. */
const columnOperators: Readonly<Record<FilterOperator, SqlOperator>> = {
  eq: infix('='),
  ne: infix('is distinct from'),
  gt: infix('>'),
  gte: infix('>='),
  lt: infix('<'),
  lte: infix('<='),
  in: {
    type: field => `${sameType(field)}[]`,
    compare: (alias, field, operand) => sql`${fieldValue(alias, field)} = any (${operand})`,
  },
  contains: {
    type: () => 'text',
    compare: (alias, field, operand) => sql`strpos(${fieldValue(alias, field)}, ${operand}) > 0`,
  },
  startsWith: { type: () => 'text', compare: startsWith },
  isNull: {
    type: () => 'bool',
    compare: (alias, field, operand) => sql`(${fieldValue(alias, field)} is null) = ${operand}`,
  },
}

/**
 * `starts_with` finds its index range only where the prefix is a constant, which it never is in a
 * generic plan. The range is exact: a text of at most `max` characters with the prefix cannot sort
 * behind the prefix and `max` times the last code point. Texts too long for an index need none.
 */
function startsWith(alias: string, field: FieldModel, operand: Fragment): Fragment {
  const text = fieldValue(alias, field)
  const max = Number(field.bounds.max ?? Infinity)
  if (max > limits.indexedTextCharsMax) return sql`starts_with(${text}, ${operand})`
  const last = raw(`repeat(chr(1114111), ${max})`)
  return sql`${text} >= ${operand} and ${text} < ${operand} || ${last}`
}

/**
 * Of a place in a document. A range holds values of the operand's own JSON type, which stand
 * together in the order of jsonb: texts, then numbers, then booleans.
 */
const placeOperators: Readonly<Record<FilterOperator, SqlOperator>> = {
  ...columnOperators,
  gt: rangeAbove('>'),
  gte: rangeAbove('>='),
  lt: rangeBelow('<'),
  lte: rangeBelow('<='),
  // part of a text, or an item of a list
  contains: {
    type: sameType,
    compare(alias, field, operand) {
      const { json, text } = place(alias, field)
      return sql`case jsonb_typeof(${json}) when 'string' then strpos(${text}, ${operand} #>> '{}') > 0 when 'array' then ${json} @> ${operand} end`
    },
  },
  startsWith: {
    type: () => 'text',
    compare(alias, field, operand) {
      const { json, text } = place(alias, field)
      return sql`(jsonb_typeof(${json}) = 'string' and starts_with(${text}, ${operand}))`
    },
  },
  isNull: {
    type: () => 'bool',
    compare: (alias, field, operand) =>
      sql`(coalesce(${place(alias, field).json}, 'null') = 'null') = ${operand}`,
  },
}

/** What the document has there, of any type and length. */
function place(
  alias: string,
  { column: document, path }: FieldModel,
): { readonly json: Fragment; readonly text: Fragment } {
  const keys = raw(pathLiteral(path ?? []))
  const whole = column(alias, document)
  return { json: sql`${whole} #> ${keys}`, text: sql`${whole} #>> ${keys}` }
}

/** The least of the numbers, behind every text: no document holds one as small. */
const leastNumber = "'-1e131071'::jsonb"

function rangeAbove(operator: string): SqlOperator {
  return {
    type: sameType,
    compare(alias, field, operand) {
      const end = sql`case jsonb_typeof(${operand}) when 'string' then ${raw(leastNumber)} when 'number' then 'false' else '[null]' end`
      const value = fieldValue(alias, field)
      return sql`${value} ${raw(operator)} ${operand} and ${value} < ${end}`
    },
  }
}

function rangeBelow(operator: string): SqlOperator {
  return {
    type: sameType,
    compare(alias, field, operand) {
      const start = sql`case jsonb_typeof(${operand}) when 'string' then '""'::jsonb when 'number' then ${raw(leastNumber)} else 'false' end`
      const value = fieldValue(alias, field)
      return sql`${value} ${raw(operator)} ${operand} and ${value} >= ${start}`
    },
  }
}

export function operatorsOf(field: FieldModel): Readonly<Record<FilterOperator, SqlOperator>> {
  return field.path === null ? columnOperators : placeOperators
}
