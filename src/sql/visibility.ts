/** Which fields of a resource's rows the caller may read. */

import type { FieldModel, ResourceModel } from '../model/model.ts'
import { rowResidual, type Residual, type Viewpoint } from './residual.ts'

/** A field that is in the plan, with the rule that a row must meet to show it. */
export interface VisibleField {
  readonly field: FieldModel
  readonly rule: Exclude<Residual, false>
}

/**
 * In the resource's order. Fields hidden from the caller's role are left out, as if they did not
 * exist.
 */
export function visibleFields(
  viewpoint: Viewpoint,
  resource: ResourceModel,
): readonly VisibleField[] {
  return resource.fields.flatMap(field => {
    const visible = visibleField(viewpoint, resource, field)
    return visible === null ? [] : [visible]
  })
}

/** Null where the caller may not read the field of any row. */
function visibleField(
  viewpoint: Viewpoint,
  resource: ResourceModel,
  field: FieldModel,
): VisibleField | null {
  const rule =
    field.access.read === null ? true : rowResidual(viewpoint, resource, field.access.read)
  return rule === false ? null : { field, rule }
}
