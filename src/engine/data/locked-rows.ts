/** Rows that a transaction holds against change by others. */

import { problem } from '../../base/errors.ts'
import type { LockedRows } from '../../declare/repository.ts'
import type { LoadedRow } from './rows.ts'

export function lockedRows(resource: string, rows: readonly LoadedRow[]): LockedRows<LoadedRow> {
  const byId = new Map(rows.map(row => [row['id'], row]))
  return {
    size: byId.size,
    has: id => byId.has(id.toLowerCase()),
    get: id => {
      const row = byId.get(id.toLowerCase())
      if (row === undefined) throw missing(resource, id)
      return row
    },
    [Symbol.iterator]: () => byId.values(),
  }
}

/** The place of the id in the input is not known here, so there is no pointer. */
function missing(resource: string, id: string) {
  const detail = `${resource} has no row ${id}`
  return problem('validate.invalid', { detail, errors: [{ code: 'reference', detail }] })
}
