/** The four fields that every row has: id, version, createdAt, updatedAt. */

import type { FieldKind, FieldModel } from './model.ts'
import { snakeCased } from './names.ts'

function header(name: string, kind: FieldKind, readOnly: boolean): FieldModel {
  return Object.freeze({
    name,
    column: snakeCased(name),
    kind,
    optional: false,
    default: null,
    system: true,
    readOnly,
    unique: false,
    bounds: Object.freeze({ min: null, max: null, pattern: null, precision: null, scale: null }),
    values: null,
    target: null,
    onDelete: 'restrict',
    members: null,
    access: Object.freeze({ read: null, write: null }),
    renamedFrom: null,
    path: null,
  })
}

/** A create may choose the id; the rest is only the engine's to set. */
export const rowHeader: readonly FieldModel[] = Object.freeze([
  header('id', 'uuid', false),
  header('version', 'integer', true),
  header('createdAt', 'timestamp', true),
  header('updatedAt', 'timestamp', true),
])
