/** Whoever waits for a lock waits where everybody has to pass, and for as long as it takes. */

import { limits } from '../../../base/limits.ts'
import { broken } from '../broken.ts'

export default broken('who waits for a lock keeps the shared connections', {
  postgres: options => ({
    ...options,
    limits: { ...options.limits, laneLockTimeoutMs: limits.statementTimeoutMs },
  }),
  database: database => ({
    start: () => database.start(),
    stop: () => database.stop(),
    run: (statement, route, signal) =>
      database.run(statement, route === 'pool' ? 'write' : route, signal),
    // a write alone says how long it waits, a command does not
    transaction: (options, work, signal) =>
      options.lockTimeoutMs === undefined
        ? database.transaction(options, work, signal)
        : work({ run: statement => database.run(statement, 'write', signal) }),
    session: work => database.session(work),
    ping: () => database.ping(),
    levels: () => database.levels(),
  }),
})
