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
    transaction: (options, work, signal) =>
      database.transaction({ ...options, lockTimeoutMs: limits.lockTimeoutMs }, work, signal),
    session: work => database.session(work),
    ping: () => database.ping(),
    levels: () => database.levels(),
  }),
})
