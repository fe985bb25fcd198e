/** Fields that no declaration names: those of the engine itself. */

import type { FieldKind, FieldModel } from './model.ts'
import { snakeCased } from './names.ts'

/** A field that must be given and may be written, unless told otherwise. */
export function engineField(
  name: string,
  kind: FieldKind,
  otherwise: Partial<Omit<FieldModel, 'name' | 'kind' | 'bounds'>> & {
    readonly bounds?: Partial<FieldModel['bounds']>
  } = {},
): FieldModel {
  const { bounds, ...rest } = otherwise
  return Object.freeze({
    name,
    column: snakeCased(name),
    kind,
    optional: false,
    default: null,
    system: false,
    readOnly: false,
    unique: false,
    bounds: Object.freeze({ ...unbounded, ...bounds }),
    values: null,
    target: null,
    onDelete: 'restrict',
    members: null,
    access: Object.freeze({ read: null, write: null }),
    renamedFrom: null,
    path: null,
    ...rest,
  })
}

const unbounded = { min: null, max: null, pattern: null, precision: null, scale: null }
