/** Databases for the adapter's own tests, with bounds small enough to be reached. */

import type { TestContext } from 'node:test'
import { postgresDatabase, type PostgresOptions } from '../../../src/adapters/postgres/database.ts'
import type { Observation } from '../../../src/base/observe.ts'
import type { Database } from '../../../src/ports/database.ts'

export const clock = { now: () => Date.now(), monotonic: () => performance.now() }

interface Probe {
  readonly database: Database
  /** Resolves when the event was observed so many times from now on. */
  readonly observed: (event: string, times?: number) => Promise<void>
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
  const observed = (event: string, times = 1) =>
    new Promise<void>(resolve => {
      let missing = times
      const watcher = (observation: Observation) => {
        if (observation.kind !== 'lifecycle' || observation.event !== event) return
        if (--missing > 0) return
        watchers.delete(watcher)
        resolve()
      }
      watchers.add(watcher)
    })
  return { database, observed }
}
