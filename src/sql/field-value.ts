/** A field's value in a row: its column, or what stands at its path inside the document. */

import { quoteName } from '../base/quote.ts'
import { placeText } from '../model/document-path.ts'
import type { FieldModel } from '../model/model.ts'
import { column, raw, type Fragment } from './fragment.ts'

/** `t."price"`. The text of a path is that of the index declared for it, letter by letter. */
export function fieldValue(alias: string, field: FieldModel): Fragment {
  if (field.path === null) return column(alias, field.column)
  return raw(placeText(`${alias}.${quoteName(field.column)}`, field.path))
}
