/** How many rows meet a filter: exact, or up to a bound. */

import type { Caller } from '../base/caller.ts'
import type { Model } from '../model/model.ts'
import { QueryFaults } from './faults.ts'
import { filterConditions } from './filter.ts'
import { raw, sql } from './fragment.ts'
import type { FilterShape, ReadPlan } from './plan.ts'
import { readableRows, scanPlan } from './scan.ts'
import { visibleByName } from './visibility.ts'

export interface CountShape {
  readonly resource: string
  readonly filters: readonly FilterShape[]
  /** Rows after which counting stops; null counts all. */
  readonly most: number | null
}

/**
 * Counts the rows that the caller may read: one row, `[count]`, as text. Request values are those
 * of the filters. Throws the `validate.query` problem of `compileRead`.
 */
export function compileCount(model: Model, shape: CountShape, caller: Caller): ReadPlan {
  const resource = model.resources.get(shape.resource)
  if (resource === undefined) throw new Error(`the model has no resource ${shape.resource}`)
  const viewpoint = { model, caller }
  const faults = new QueryFaults()
  const visible = visibleByName(viewpoint, resource)
  const filters = filterConditions(shape.filters, visible, 't', faults)
  faults.raise()
  const rows = readableRows(viewpoint, resource, filters)
  const end = shape.most === null ? raw('') : raw(` limit ${shape.most}`)
  return scanPlan(
    resource,
    'count',
    sql`select count(*)::text from (select 1 from (${rows}) t${end}) t`,
  )
}
