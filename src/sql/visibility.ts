/** Which fields of a resource's rows the caller may read. */

import { documentOf, placeIn } from '../model/document-path.ts'
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

/** The same by name. */
export function visibleByName(
  viewpoint: Viewpoint,
  resource: ResourceModel,
): ReadonlyMap<string, VisibleField> {
  return new Map(visibleFields(viewpoint, resource).map(shown => [shown.field.name, shown]))
}

/** The field of the name, or the place in a document that it leads to, shown as the document is. */
export function shownField(
  visible: ReadonlyMap<string, VisibleField>,
  asked: string,
): VisibleField | undefined {
  const shown = visible.get(asked)
  if (shown !== undefined) return shown
  const document = visible.get(documentOf(asked))
  const field = document && placeIn(document.field, asked)
  return field && { field, rule: document.rule }
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
