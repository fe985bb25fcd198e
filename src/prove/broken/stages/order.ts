/** Positions are handed out in blocks: each connection has its own. */

import type { Database } from '../../../ports/database.ts'
import { broken } from '../broken.ts'

const blocks = 'alter sequence "mettle"."events_position_seq" cache 64'

function inBlocks(database: Database): Database {
  const text = blocks
  let done: Promise<unknown> | null = null
  const prepare = () => (done ??= database.session(session => session.run({ text, values: [] })))
  return {
    async start() {
      await database.start()
      await prepare()
    },
    stop: () => database.stop(),
    run: (statement, route, signal) => database.run(statement, route, signal),
    transaction: (options, work, signal) => database.transaction(options, work, signal),
    session: work => database.session(work),
    ping: () => database.ping(),
    levels: () => database.levels(),
  }
}

export default broken('every connection takes positions in blocks of its own', {
  database: inBlocks,
})
