/** Databases for the adapter's own tests, with bounds small enough to be reached. */

import type { TestContext } from 'node:test'
import { postgresDatabase, type PostgresOptions } from '../../../src/adapters/postgres/database.ts'
import type { Observation } from '../../../src/base/observe.ts'
import type { Database } from '../../../src/ports/database.ts'

export const clock = { now: () => Date.now(), monotonic: () => performance.now() }

export interface Probe {
  readonly database: Database
  /** Resolves at the next observation of this event. */
  observed(event: string): Promise<void>
}

/** Started; stopped when the test ends. */
export async function startedDatabase(
  context: TestContext,
  url: string,
  options: Partial<PostgresOptions> = {},
): Promise<Probe> {
  const watchers = new Set<(observation: Observation) => void>()
  const observe = (observation: Observation) => watchers.forEach(watcher => watcher(observation))
  const database = postgresDatabase({ url, observe, clock, ...options })
  context.after(() => database.stop())
  await database.start()
  const observed = (event: string) =>
    new Promise<void>(resolve => {
      const watcher = (observation: Observation) => {
        if (observation.kind !== 'lifecycle' || observation.event !== event) return
        watchers.delete(watcher)
        resolve()
      }
      watchers.add(watcher)
    })
  return { database, observed }
}
