/**
 * Where a list continues: conditions for the rows behind a given one, each a range of the index
 * that gives the order.
 */

import { fieldValue } from './field-value.ts'
import { all, join, raw, sql, value, type Fragment } from './fragment.ts'
import { sqlKinds } from './kinds.ts'
import type { OrderKey } from './order.ts'

/**
 * Conditions that no row meets two of and that together hold for the rows behind the row whose
 * values stand in the request from `at` on. Several, because PostgreSQL reads an index range for a
 * row comparison but not for an `or`: it would read every row with the first value again and drop
 * those before.
 */
export function behind(order: readonly OrderKey[], alias: string, at: number): readonly Fragment[] {
  const keys = order.map((key, index) => ({
    ...key,
    column: fieldValue(alias, key.field),
    last: value(at + index, sqlKinds[key.field.kind].type),
  }))
  return comparable(order)
    ? [rowComparison(keys)]
    : keys.flatMap((key, index) => ranges(keys.slice(0, index), key))
}

interface PlacedKey extends OrderKey {
  readonly column: Fragment
  readonly last: Fragment
}

function comparable(order: readonly OrderKey[]): boolean {
  return order.every(key => key.descending === order[0]!.descending && !key.field.optional)
}

function rowComparison(keys: readonly PlacedKey[]): Fragment {
  const operator = raw(keys[0]!.descending ? '<' : '>')
  if (keys.length === 1) return sql`${keys[0]!.column} ${operator} ${keys[0]!.last}`
  const columns = join(
    keys.map(key => key.column),
    ', ',
  )
  return sql`(${columns}) ${operator} (${join(
    keys.map(key => key.last),
    ', ',
  )})`
}

/**
 * Equal in `same` and further in `key`: one condition for each way in which an empty value may take
 * part.
 */
function ranges(same: readonly PlacedKey[], key: PlacedKey): readonly Fragment[] {
  const starts = same.reduce<readonly (readonly Fragment[])[]>(
    (sofar, part) => sofar.flatMap(start => equal(part).map(condition => [...start, condition])),
    [[]],
  )
  return starts.flatMap(start => further(key).map(condition => all([...start, condition])))
}

function equal({ field, column: left, last }: PlacedKey): readonly Fragment[] {
  const same = sql`${left} = ${last}`
  return field.optional ? [same, sql`${left} is null and ${last} is null`] : [same]
}

/** Empty values are the greatest. */
function further({ field, descending, column: left, last }: PlacedKey): readonly Fragment[] {
  if (descending) {
    const less = sql`${left} < ${last}`
    return field.optional ? [less, sql`${left} is not null and ${last} is null`] : [less]
  }
  const greater = sql`${left} > ${last}`
  return field.optional ? [greater, sql`${left} is null and ${last} is not null`] : [greater]
}
