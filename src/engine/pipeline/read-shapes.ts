/** From what a request wants to see to the shape of its read. */

import type { ExpandShape, FilterShape, ReadShape, SortShape } from '../../sql/plan.ts'
import type { ExpandInput, View } from '../operation.ts'

const ones = new WeakMap<View, Map<string, ReadShape>>()

/** The same object for the same view, so that its plan is found by identity. */
export function shapeOfOne(resource: string, view: View): ReadShape {
  let shapes = ones.get(view)
  if (shapes === undefined) ones.set(view, (shapes = new Map()))
  let shape = shapes.get(resource)
  if (shape === undefined) {
    shape = Object.freeze({
      resource,
      form: 'one',
      fields: view.fields,
      expand: view.expand.map(expandShape),
      filters: [],
      sort: [],
      after: false,
    })
    shapes.set(resource, shape)
  }
  return shape
}

export function shapeOfList(
  resource: string,
  view: View,
  filters: readonly FilterShape[],
  sort: readonly SortShape[],
  after: boolean,
): ReadShape {
  return {
    resource,
    form: 'list',
    fields: view.fields,
    expand: view.expand.map(expandShape),
    // A filter of a request brings its value along, which is no part of the shape.
    filters: filters.map(({ field, operator }) => ({ field, operator })),
    sort,
    after,
  }
}

function expandShape(input: ExpandInput): ExpandShape {
  return { name: input.name, fields: input.fields, expand: input.expand.map(expandShape) }
}
