/**
 * A scratch database that has the engine's tables only, and sessions of its own to write to the log
 * by hand.
 */

import { after } from 'node:test'
import pg from 'pg'

import { engineSchema } from '../../../src/migrate/engine-schema.ts'
import type { Database } from '../../../src/ports/database.ts'
import { emptyDatabase } from '../../support/model.ts'

interface LoggedDatabase {
  readonly database: Database
  readonly pool: pg.Pool
}

export async function loggedDatabase(connectionsMax = 8): Promise<LoggedDatabase> {
  const pools: pg.Pool[] = []
  // before emptyDatabase, which drops the database after the tests: hooks run in the order they
  // were made
  after(() => Promise.all(pools.map(pool => pool.end())))
  const { database, url } = await emptyDatabase()
  const pool = new pg.Pool({ connectionString: url, max: connectionsMax })
  pools.push(pool)
  for (const { statements } of engineSchema) {
    for (const text of statements) await database.run({ text, values: [] }, 'pool')
  }
  return { database, pool }
}

/** The same database, with a look at each statement before it is sent. */
export function watched(
  database: Database,
  look: (text: string) => void,
): Pick<Database, 'run' | 'transaction'> {
  return {
    run: (statement, route, signal) => {
      look(statement.text)
      return database.run(statement, route, signal)
    },
    transaction: (options, work, signal) => database.transaction(options, work, signal),
  }
}
