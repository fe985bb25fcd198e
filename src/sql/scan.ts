/** Plans of reads that look at every row that meets a condition, however many there are. */

import { digestOf } from '../base/digest.ts'
import type { ResourceModel } from '../model/model.ts'
import type { Filters } from './filter.ts'
import { render, type Fragment } from './fragment.ts'
import { matchedRows } from './page.ts'
import { choosePaths } from './paths.ts'
import type { ReadPlan } from './plan.ts'
import { readResidual, type Viewpoint } from './residual.ts'

/** The rows that the caller may read and that meet the filters, in no order: a statement of `t`. */
export function readableRows(
  viewpoint: Viewpoint,
  resource: ResourceModel,
  filters: Filters,
): Fragment {
  const residual = readResidual(viewpoint, resource)
  const request = { viewpoint, resource, residual, filters, order: [] }
  return matchedRows({ ...request, alias: 't', paths: choosePaths(request) })
}

/** `of`: what the plan makes of the rows, the second part of its key. */
export function scanPlan(resource: ResourceModel, of: string, statement: Fragment): ReadPlan {
  const { text, parameters } = render(statement)
  const tag = digestOf(JSON.stringify([text, parameters]))
  return Object.freeze({
    kind: 'read',
    key: `${resource.name}.${of}:${tag}`,
    resource: resource.name,
    form: 'list',
    text,
    parameters: Object.freeze(parameters),
    order: Object.freeze([]),
    bounded: false,
    batch: null,
    tag,
    foreign: true,
    declared: false,
  })
}
