/** Writes of the engine's own, outside of any plan. */

import type { Database, Row, Statement } from '../../ports/database.ts'
import { isLockTimeout } from './refusals.ts'

/** In a lane; the pool waits for a lock that takes longer than the others in a lane can bear. */
export async function runOwnWrite(
  database: Pick<Database, 'run'>,
  statement: Statement,
): Promise<readonly Row[]> {
  try {
    return await database.run(statement, 'write')
  } catch (error) {
    if (!isLockTimeout(error)) throw error
    return database.run(statement, 'pool')
  }
}
