/** Aggregates: the rows that a caller may read, told apart by groups, each with its figures. */

import type { Caller } from '../base/caller.ts'
import { limits } from '../base/limits.ts'
import type { FilterOperator } from '../declare/rule.ts'
import { measureWords, termText, type Term } from '../model/measures.ts'
import type { FieldModel, Model } from '../model/model.ts'
import { operatorsOf } from './condition.ts'
import { QueryFaults } from './faults.ts'
import { figureOf, found, groupKeys, sortFigure, testedFigure, type Figure } from './figures.ts'
import { filterConditions } from './filter.ts'
import { all, column, join, raw, sql, value, type Fragment } from './fragment.ts'
import { jsonColumn, objectJson, type JsonMember } from './json-text.ts'
import { orderBy } from './order.ts'
import type { FilterShape, ReadPlan } from './plan.ts'
import { readableRows, scanPlan } from './scan.ts'
import { visibleByName } from './visibility.ts'

/** Everything that decides the SQL text of an aggregate. */
export interface AggregateShape {
  readonly resource: string
  readonly select: readonly Term[]
  readonly group: readonly Term[]
  readonly filters: readonly FilterShape[]
  /** Conditions on the figures of a group. */
  readonly having: readonly { readonly term: Term; readonly operator: FilterOperator }[]
  readonly sort: readonly { readonly term: Term; readonly descending: boolean }[]
}

/** What an aggregate is made into. */
interface CompiledAggregate {
  /**
   * Request values: `[...filter values, ...having values, limit]`. Rows: one, `[body, more]`: the
   * groups as a JSON array in text, and whether there are more than the limit.
   */
  readonly plan: ReadPlan
  /** What the figure of each condition of `having` is, to read its value. */
  readonly figures: readonly FieldModel[]
}

/** Throws a `validate.query` problem that names every parameter at fault. */
export function compileAggregate(
  model: Model,
  shape: AggregateShape,
  caller: Caller,
): CompiledAggregate {
  const resource = model.resources.get(shape.resource)
  if (resource === undefined) throw new Error(`the model has no resource ${shape.resource}`)
  const viewpoint = { model, caller }
  const faults = new QueryFaults()
  const visible = visibleByName(viewpoint, resource)
  checkSizes(shape, faults)
  const filters = filterConditions(shape.filters, visible, 't', faults)
  const keys = groupKeys(shape.group, visible, faults)
  const selected = found(shape.select.map(term => figureOf(term, visible, 'select', faults)))
  const sorted = shape.sort.map(({ term }) => sortFigure(term, keys, visible, faults))
  const tested = shape.having.map(({ term, operator }) =>
    testedFigure(term, operator, visible, faults),
  )
  faults.raise()
  const figures = placed([...keys, ...selected, ...found(sorted), ...found(tested)])
  const rows = readableRows(viewpoint, resource, filters)
  const plan = scanPlan(resource, 'aggregate', statementOf(shape, keys, figures, rows))
  return { plan, figures: found(tested).map(({ field }) => field) }
}

/** The groups that meet the conditions, in order, one more than asked for. */
function statementOf(
  { select, group, filters, having, sort }: AggregateShape,
  keys: readonly Figure[],
  figures: Placed,
  rows: Fragment,
): Fragment {
  const limit = value(filters.length + having.length, 'int4')
  const columns = [...figures.values()].map(
    ({ value: own, field }) => sql`${own} as ${raw(field.column)}`,
  )
  const by = keys.length === 0 ? '' : ` group by ${keys.map((_, at) => at + 1).join(', ')}`
  const groups = sql`select ${join(columns, ', ')} from (${rows}) t${raw(by)}`
  const conditions = having.map(({ term, operator }, at) => {
    const { field } = figures.get(termText(term))!
    const { type, compare } = operatorsOf(field)[operator]
    return compare('g', field, value(filters.length + at, type(field)))
  })
  const order = [...sort, ...group.map(term => ({ term, descending: false }))].map(
    ({ term, descending }) => ({ field: figures.get(termText(term))!.field, descending }),
  )
  const numbered = order.length === 0 ? raw('') : sql`order by ${orderBy(order, 'g')}`
  const met = sql`select g.*, row_number() over (${numbered}) as "#" from (${groups}) g where ${all(conditions)} order by "#" limit ${limit} + 1`
  const body = groupJson(group, select, figures)
  return sql`select '[' || coalesce(string_agg(${body}, ',' order by g."#") filter (where g."#" <= ${limit}), '') || ']', count(*) > ${limit} from (${met}) g`
}

function checkSizes({ select, group, filters, having, sort }: AggregateShape, faults: QueryFaults) {
  const { aggregateMeasuresMax, aggregateKeysMax, sortFieldsMax, listFiltersMax } = limits
  if (select.length > aggregateMeasuresMax)
    faults.add('select', 'too-many', `Ask for at most ${aggregateMeasuresMax} figures.`)
  if (group.length > aggregateKeysMax)
    faults.add('group', 'too-many', `Group by at most ${aggregateKeysMax} fields.`)
  if (sort.length > sortFieldsMax)
    faults.add('sort', 'too-many', `Sort by at most ${sortFieldsMax} keys.`)
  if (filters.length <= listFiltersMax && filters.length + having.length > listFiltersMax)
    faults.add('filter', 'too-many', `Filter by at most ${listFiltersMax} conditions.`)
}

/** By the text of its term, each as a column of the groups. */
type Placed = ReadonlyMap<string, Figure>

function placed(figures: readonly Figure[]): Placed {
  const places = new Map<string, Figure>()
  for (const figure of figures) {
    const text = termText(figure.term)
    if (places.has(text)) continue
    const field = { ...figure.field, column: `f${places.size + 1}`, path: null }
    places.set(text, { ...figure, field })
  }
  return places
}

function groupJson(group: readonly Term[], select: readonly Term[], figures: Placed): Fragment {
  const member = (name: string, term: Term): JsonMember => {
    const { field } = figures.get(termText(term))!
    const counted = sql`${column('g', field.column)}::text`
    return {
      name,
      value: term.word === 'count' ? counted : jsonColumn(field, 'g'),
      condition: null,
    }
  }
  const object = (name: string, terms: readonly Term[]): readonly JsonMember[] => {
    const members = terms.map(term => member(term.field, term))
    return terms.length === 0 ? [] : [{ name, value: objectJson(members), condition: null }]
  }
  const measures = measureWords.flatMap(word => {
    const terms = select.filter(term => term.word === word)
    return word === 'count'
      ? terms.slice(0, 1).map(term => member(word, term))
      : object(word, terms)
  })
  return objectJson([...object('group', group), ...measures])
}
