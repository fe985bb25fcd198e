/** A scratch database that has the tables of a model, and the started Database that works on it. */

import { after } from 'node:test'
import { postgresDatabase } from '../../src/adapters/postgres/database.ts'
import { migrate } from '../../src/engine/migrations/migrate.ts'
import { scratchDatabase } from './database.ts'
import type { Clock } from '../../src/base/clock.ts'
import type { Model } from '../../src/model/model.ts'
import type { Database } from '../../src/ports/database.ts'

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
}

/** An empty scratch database, started. `url` is for connections that a test makes itself. */
export async function emptyDatabase(): Promise<{
  readonly database: Database
  readonly url: string
}> {
  const started: Database[] = []
  // before scratchDatabase, which drops the database after the tests: hooks run in the order they
  // were made
  after(() => Promise.all(started.map(database => database.stop())))
  const url = await scratchDatabase()
  const observe = () => {}
  const database = postgresDatabase({ url, clock: systemClock, observe, durability: 'reported' })
  await database.start()
  started.push(database)
  return { database, url }
}

/** The same with the tables of a model. */
export async function migratedDatabase(model: Model): ReturnType<typeof emptyDatabase> {
  const scratch = await emptyDatabase()
  await migrate(scratch.database, model)
  return scratch
}
