/** A deadlock is an error like any other. */

import { DatabaseError, type Database } from '../../../ports/database.ts'
import { broken } from '../broken.ts'

const collisions = new Set(['40001', '40P01'])
const unheardOf = 'XX000'

function deaf(database: Database): Database {
  const passOn = (error: unknown): never => {
    if (!(error instanceof DatabaseError) || !collisions.has(error.sqlState ?? '')) throw error
    throw new DatabaseError('refused', error.message, { sqlState: unheardOf, cause: error })
  }
  return {
    start: () => database.start(),
    stop: () => database.stop(),
    run: (statement, route, signal) => database.run(statement, route, signal).catch(passOn),
    transaction: (options, work, signal) =>
      database.transaction(
        options,
        transaction => work({ run: statement => transaction.run(statement).catch(passOn) }),
        signal,
      ),
    session: work => database.session(work),
    ping: () => database.ping(),
    levels: () => database.levels(),
  }
}

export default broken('a deadlock is not tried again', { database: deaf })
