/** How many rows meet a filter, for code in commands: always exact, so never bounded. */

import type { Caller } from '../base/caller.ts'
import { digestOf } from '../base/digest.ts'
import type { Model } from '../model/model.ts'
import { QueryFaults } from './faults.ts'
import { filterConditions } from './filter.ts'
import { all, render, sql } from './fragment.ts'
import type { CountPlan, FilterShape } from './plan.ts'
import { predicate } from './predicate.ts'
import { readResidual } from './residual.ts'
import { tableAs } from './table.ts'
import { visibleFields } from './visibility.ts'

export interface CountShape {
  readonly resource: string
  readonly filters: readonly FilterShape[]
}

/**
 * Counts the rows that the caller may read. Throws the `validate.query` problem of `compileRead`.
 */
export function compileCount(model: Model, shape: CountShape, caller: Caller): CountPlan {
  const resource = model.resources.get(shape.resource)
  if (resource === undefined) throw new Error(`the model has no resource ${shape.resource}`)
  const viewpoint = { model, caller }
  const faults = new QueryFaults()
  const visible = new Map(
    visibleFields(viewpoint, resource).map(shown => [shown.field.name, shown]),
  )
  const { conditions } = filterConditions(shape.filters, visible, 't', faults)
  faults.raise()
  const readable = predicate(viewpoint, readResidual(viewpoint, resource), { resource, alias: 't' })
  const { text, parameters } = render(
    sql`select count(*)::text from ${tableAs(resource, 't')} where ${all([...conditions, readable])}`,
  )
  return Object.freeze({
    kind: 'count',
    key: `${resource.name}.count:${digestOf(text)}`,
    resource: resource.name,
    text,
    parameters,
  })
}
