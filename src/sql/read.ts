/**
 * The read compiler: one statement for each request, however nested, for the rows that the caller
 * may read.
 */

import type { Caller } from '../base/caller.ts'
import { digestOf } from '../base/digest.ts'
import type { Model, ResourceModel } from '../model/model.ts'
import { batchText } from './batch.ts'
import { bodyJson, type Body } from './body.ts'
import { QueryFaults } from './faults.ts'
import { filterConditions } from './filter.ts'
import { fieldValue } from './field-value.ts'
import { all, always, join, render, sql, value, type Fragment } from './fragment.ts'
import { behind } from './keyset.ts'
import { orderName, totalOrder, type OrderKey } from './order.ts'
import { pageRows } from './page.ts'
import { choosePaths, type Path, type PathRequest } from './paths.ts'
import type { ReadPlan, ReadShape } from './plan.ts'
import { predicate } from './predicate.ts'
import { readResidual, type Viewpoint } from './residual.ts'
import { tableAs, tableColumns } from './table.ts'
import { visibleByName } from './visibility.ts'

/**
 * The plan of a read. Only the caller's kind and roles decide about it; the id is a parameter.
 * Throws a `validate.query` problem that names every parameter at fault.
 */
export function compileRead(model: Model, shape: ReadShape, caller: Caller): ReadPlan {
  const resource = model.resources.get(shape.resource)
  if (resource === undefined) throw new Error(`the model has no resource ${shape.resource}`)
  return forms[shape.form]({ model, caller }, resource, shape)
}

type Compiler = (viewpoint: Viewpoint, resource: ResourceModel, shape: ReadShape) => ReadPlan

const forms: Readonly<Record<ReadShape['form'], Compiler>> = { one: compileOne, list: compileList }

function compileOne(viewpoint: Viewpoint, resource: ResourceModel, shape: ReadShape): ReadPlan {
  const faults = new QueryFaults()
  const body = bodyJson(viewpoint, resource, shape, faults)
  faults.raise()
  const readable = predicate(viewpoint, readResidual(viewpoint, resource), { resource, alias: 't' })
  const condition = all([sql`t."id" = ${value(0, 'uuid')}`, readable])
  const statement = sql`select ${body.json}, t."version" from ${tableAs(resource, 't')} where ${condition}`
  return finishPlan(resource, 'one', statement, body, body.bounded, [])
}

function compileList(viewpoint: Viewpoint, resource: ResourceModel, shape: ReadShape): ReadPlan {
  const faults = new QueryFaults()
  const body = bodyJson(viewpoint, resource, shape, faults, { alias: 't', depth: 0, lists: 1 })
  const visible = visibleByName(viewpoint, resource)
  const filters = filterConditions(shape.filters, visible, 't', faults)
  const order = totalOrder(resource, shape.sort, visible, new Set(filters.bound.keys()), faults)
  faults.raise()
  const residual = readResidual(viewpoint, resource)
  const request: PathRequest = { viewpoint, resource, residual, filters, order }
  const paths = choosePaths(request)
  if (shape.sort.length > 0) refuseUnindexed(resource, paths, faults)
  faults.raise()
  const cursorAt = shape.filters.length
  const limit = value(cursorAt + (shape.after ? order.length : 0), 'int4')
  const starts = shape.after ? behind(order, 't', cursorAt) : [always]
  const rows = pageRows({ ...request, alias: 't', paths, starts, size: sql`${limit} + 1` })
  const statement = listStatement(resource, body, rows, order, limit)
  const bounded = body.bounded && paths.every(path => path.bounded)
  return finishPlan(resource, 'list', statement, body, bounded, order.map(orderName))
}

/**
 * A sort that no index gives would read and sort everything that the caller may read, for every
 * page again.
 */
function refuseUnindexed(
  resource: ResourceModel,
  paths: readonly Path[],
  faults: QueryFaults,
): void {
  const missing = paths.find(path => path.missing !== null)?.missing
  if (missing === undefined || missing === null) return
  const index = `[${missing.map(field => `'${field}'`).join(', ')}]`
  faults.add(
    'sort',
    'unindexed-sort',
    `No index gives this order; declare the index ${index} of ${resource.name}.`,
  )
}

/**
 * One row more than asked for was fetched: it tells whether there is a next page, and is not shown.
 */
function listStatement(
  resource: ResourceModel,
  body: Body,
  rows: Fragment,
  order: readonly OrderKey[],
  limit: Fragment,
): Fragment {
  const last = join(
    order.map(key => sql`${fieldValue('t', key.field)}::text`),
    ', ',
  )
  const whole = tableColumns(resource, 't')
  return sql`select '[' || coalesce(string_agg(${body.json}, ',') filter (where t."#" <= ${limit}), '') || ']', case when count(*) > ${limit} then min(to_json(array[${last}])::text) filter (where t."#" = ${limit}) end from (select ${whole}, row_number() over () as "#" from (${rows}) t) t`
}

function finishPlan(
  resource: ResourceModel,
  form: ReadShape['form'],
  statement: Fragment,
  body: Body,
  bounded: boolean,
  order: readonly string[],
): ReadPlan {
  const { text, parameters } = render(statement)
  const tag = digestOf(JSON.stringify([text, parameters]))
  return Object.freeze({
    kind: 'read',
    key: `${resource.name}.${form}:${tag}`,
    resource: resource.name,
    form,
    text,
    parameters: Object.freeze(parameters),
    order: Object.freeze(order),
    bounded,
    batch: bounded ? batchText(statement, parameters, 2) : null,
    tag,
    foreign: body.foreign,
    declared: false,
  })
}
