/** The epoch: a short hash of the declared tables, which plans and events carry. */

import { createHash } from 'node:crypto'
import { kinds } from './kinds/index.ts'
import type { FieldModel, ResourceModel } from './model.ts'

const hexDigits = 12

/**
 * Rules, defaults and bounds are not in it: they change no table that a prepared statement could
 * have seen.
 */
export function epochOf(resources: ReadonlyMap<string, ResourceModel>): string {
  const tables = [...resources.values()].map(({ table, fields, indexes }) => ({
    table,
    columns: fields.map(columnOf),
    indexes: indexes.map(({ name, columns, unique }) => ({ name, columns, unique })),
  }))
  return createHash('sha256').update(JSON.stringify(tables)).digest('hex').slice(0, hexDigits)
}

function columnOf(field: FieldModel): unknown {
  const { name, column, optional, target } = field
  return { name, column, optional, target, type: kinds[field.kind].postgresType(field) }
}
