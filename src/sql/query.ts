/** A declared query: the user's own SQL inside, the declared rows as JSON text outside. */

import { LRUCache } from 'lru-cache'
import { digestOf } from '../base/digest.ts'
import { limits } from '../base/limits.ts'
import { renderSql, type SqlParameter, type SqlSource } from '../declare/sql.ts'
import { kinds } from '../model/kinds/index.ts'
import type { QueryModel } from '../model/model.ts'
import { column, join, name, raw, render, sql } from './fragment.ts'
import { jsonText, objectJson } from './json-text.ts'
import type { ReadPlan } from './plan.ts'

/** A query ready to run: rows of the plan are those of a list, always with null as `next`. */
interface CompiledQuery {
  readonly plan: ReadPlan
  readonly values: readonly SqlParameter[]
}

/**
 * The user's SQL must give a column for each declared output field, under the field's name (`as
 * "unitPrice"`), in any order. Values are cast to the declared types, so what cannot be one is
 * refused by PostgreSQL. At most `limits.queryRowsMax` rows.
 */
export function compileQuery(query: QueryModel, source: SqlSource): CompiledQuery {
  const { text, values } = renderSql(source)
  return { plan: queryPlan(query, text, values.length), values }
}

/** The same, with a memory of the texts that each query gave. */
export function createPlanQuery(): typeof compileQuery {
  // By the query itself: another model may have one of the same name and text, but other columns.
  const plansOf = new WeakMap<QueryModel, LRUCache<string, ReadPlan>>()
  return (query, source) => {
    const { text, values } = renderSql(source)
    let plans = plansOf.get(query)
    if (plans === undefined) plansOf.set(query, (plans = new LRUCache({ max: textsMax })))
    let plan = plans.get(text)
    if (plan === undefined) plans.set(text, (plan = queryPlan(query, text, values.length)))
    return { plan, values }
  }
}

/** Of one query: they differ by optional parts of its statement, hardly ever by more. */
const textsMax = 100

function queryPlan(query: QueryModel, source: string, parameterCount: number): ReadPlan {
  const body = objectJson(
    query.output.map(field => ({
      name: field.name,
      value: jsonText(column('t', field.name), field),
      condition: null,
    })),
  )
  const typed = query.output.map(
    field =>
      sql`${column('q', field.name)}::${raw(kinds[field.kind].postgresType(field))} as ${name(field.name)}`,
  )
  // The line break ends a comment on the last line of the source.
  const rows = sql`select ${join(typed, ', ')} from (${raw(source)}${raw('\n')}) q limit ${raw(String(limits.queryRowsMax))}`
  const { text } = render(
    sql`select '[' || coalesce(string_agg(${body}, ','), '') || ']', null from (${rows}) t`,
  )
  const tag = digestOf(text)
  return Object.freeze({
    kind: 'read',
    key: `${query.name}.query:${tag}`,
    resource: query.name,
    form: 'list',
    text,
    parameters: Array.from({ length: parameterCount }, (_, at) => ({
      source: { from: 'value', at } as const,
      type: 'unknown',
    })),
    order: [],
    bounded: false,
    batch: null,
    tag,
    foreign: true,
    declared: true,
  })
}
