/** The four fields that every row has: id, version, createdAt, updatedAt. */

import { engineField } from './engine-field.ts'
import type { FieldModel } from './model.ts'

/** A create may choose the id; the rest is only the engine's to set. */
export const rowHeader: readonly FieldModel[] = Object.freeze([
  engineField('id', 'uuid', { system: true }),
  engineField('version', 'integer', { system: true, readOnly: true }),
  engineField('createdAt', 'timestamp', { system: true, readOnly: true }),
  engineField('updatedAt', 'timestamp', { system: true, readOnly: true }),
])
