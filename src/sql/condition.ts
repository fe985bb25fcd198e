/** One comparison of a column: the same for filters of a request and `where` terms of a rule. */

import { limits } from '../base/limits.ts'
import type { FilterOperator } from '../declare/rule.ts'
import type { FieldModel } from '../model/model.ts'
import { sql, raw, type Fragment } from './fragment.ts'
import { sqlKinds } from './kinds.ts'

/**
 * A missing value (null) meets `ne` and `isNull` only. `contains` and `startsWith` are literal and
 * tell upper from lower case.
 */
interface SqlOperator {
  /** The type of the operand, given the field. */
  readonly type: (field: FieldModel) => string
  readonly compare: (column: Fragment, operand: Fragment, field: FieldModel) => Fragment
}

const sameType = (field: FieldModel): string => sqlKinds[field.kind].type

function infix(operator: string): SqlOperator {
  return {
    type: sameType,
    compare: (column, operand) => sql`${column} ${raw(operator)} ${operand}`,
  }
}

export const sqlOperators: Readonly<Record<FilterOperator, SqlOperator>> = {
  eq: infix('='),
  ne: infix('is distinct from'),
  gt: infix('>'),
  gte: infix('>='),
  lt: infix('<'),
  lte: infix('<='),
  in: {
    type: field => `${sameType(field)}[]`,
    compare: (column, operand) => sql`${column} = any (${operand})`,
  },
  contains: {
    type: () => 'text',
    compare: (column, operand) => sql`strpos(${column}, ${operand}) > 0`,
  },
  startsWith: { type: () => 'text', compare: startsWith },
  isNull: {
    type: () => 'bool',
    compare: (column, operand) => sql`(${column} is null) = ${operand}`,
  },
}

/**
 * `starts_with` finds its index range only where the prefix is a constant, which it never is in a
 * generic plan. The range is exact: a text of at most `max` characters with the prefix cannot sort
 * behind the prefix and `max` times the last code point. Texts too long for an index need none.
 */
function startsWith(column: Fragment, operand: Fragment, field: FieldModel): Fragment {
  const max = Number(field.bounds.max ?? Infinity)
  if (max > limits.indexedTextCharsMax) return sql`starts_with(${column}, ${operand})`
  const last = raw(`repeat(chr(1114111), ${max})`)
  return sql`${column} >= ${operand} and ${column} < ${operand} || ${last}`
}
