/** PostgreSQL is said to answer without being asked. */

import { broken } from '../broken.ts'

export default broken('nobody asks whether PostgreSQL answers', {
  database: database => ({
    start: () => database.start(),
    stop: () => database.stop(),
    run: (statement, route, signal) => database.run(statement, route, signal),
    transaction: (options, work, signal) => database.transaction(options, work, signal),
    session: work => database.session(work),
    ping: () => Promise.resolve(),
    levels: () => database.levels(),
  }),
})
