/** The reader takes the highest position that it sees for the end of the log. */

import type { Database } from '../../../ports/database.ts'
import { broken } from '../broken.ts'

const oldest = 'select pg_snapshot_xmin(pg_current_snapshot())'
const nobodyWrites = 'select 9223372036854775807::bigint'

function naive(database: Database): Database {
  return {
    start: () => database.start(),
    stop: () => database.stop(),
    run: (statement, route, signal) => {
      const text = statement.text === oldest ? nobodyWrites : statement.text
      return database.run({ ...statement, text }, route, signal)
    },
    transaction: (options, work, signal) => database.transaction(options, work, signal),
    session: work => database.session(work),
    ping: () => database.ping(),
    levels: () => database.levels(),
  }
}

export default broken('readers go on from the last position that they saw', { database: naive })
