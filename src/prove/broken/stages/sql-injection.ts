/** Texts stand in the statements of reads, between quotes, as they were sent. */

import type { Database, Statement } from '../../../ports/database.ts'
import { broken } from '../broken.ts'

/** Ids and the like have no quotes, and are none of anybody's business. */
function pasted(statement: Statement): Statement {
  const { text, values } = statement
  const kept: unknown[] = []
  const joined = text.replace(/\$(\d+)/g, (_, place: string) => {
    const value = values[Number(place) - 1]
    if (typeof value === 'string') return `'${value}'`
    kept.push(value)
    return `$${kept.length}`
  })
  return { ...statement, text: joined, values: kept }
}

function pasting(database: Database): Database {
  return {
    start: () => database.start(),
    stop: () => database.stop(),
    run: (statement, route, signal) =>
      database.run(
        route === 'scan' || route === 'read' ? pasted(statement) : statement,
        route,
        signal,
      ),
    transaction: (options, work, signal) => database.transaction(options, work, signal),
    session: work => database.session(work),
    ping: () => database.ping(),
    levels: () => database.levels(),
  }
}

export default broken('texts are pasted into the statements of reads', { database: pasting })
