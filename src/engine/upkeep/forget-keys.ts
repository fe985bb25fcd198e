/** The chore that forgets idempotency keys whose time is over. */

import { limits } from '../../base/limits.ts'
import type { Database } from '../../ports/database.ts'
import { forgetKeys } from '../../sql/write/idempotency.ts'
import type { Chore } from './upkeep.ts'

/** Deletes in small statements, which hold no row for long. */
export function forgettingKeys(database: Pick<Database, 'run'>): Chore {
  const rowsMax: number = limits.upkeepRowsMax
  return {
    name: 'idempotency',
    async run(signal) {
      for (let rows = rowsMax; rows === rowsMax && !signal.aborted;) {
        rows = (await database.run(forgetKeys(rowsMax), 'pool')).length
      }
    },
  }
}
