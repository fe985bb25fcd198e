/** Transactions that are broken in a way which several controls share. */

import type { Database } from '../../ports/database.ts'

/** Takes or changes rows of the model; partitions of the log are none of them. */
const touchesRows = /insert into "mettle"\."(?:events|idempotency)"|for (?:no key )?update/

/** Every change of a transaction is a transaction of its own. */
export function committingEach(database: Database): Database {
  return {
    start: () => database.start(),
    stop: () => database.stop(),
    run: (statement, route, signal) => database.run(statement, route, signal),
    transaction: (options, work, signal) =>
      database.transaction(
        options,
        transaction =>
          work({
            run: statement =>
              touchesRows.test(statement.text)
                ? database.run(statement, 'pool')
                : transaction.run(statement),
          }),
        signal,
      ),
    session: work => database.session(work),
    ping: () => database.ping(),
    levels: () => database.levels(),
  }
}
