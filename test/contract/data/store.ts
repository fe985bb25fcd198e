/** A data service on a real PostgreSQL, with what it observed. */

import { randomBytes } from 'node:crypto'
import { after } from 'node:test'

import { postgresDatabase } from '../../../src/adapters/postgres/database.ts'
import type { Observation } from '../../../src/base/observe.ts'
import { createData } from '../../../src/engine/data/create-data.ts'
import type { DataOptions } from '../../../src/engine/data/create-data.ts'
import type { Data } from '../../../src/engine/data/data.ts'
import type { Model } from '../../../src/model/model.ts'
import type { Database } from '../../../src/ports/database.ts'
import { scratchDatabase } from '../../support/database.ts'

export interface Store {
  readonly database: Database
  readonly observations: readonly Observation[]
  /** Runs statements one after the other, each in a transaction of its own. */
  execute(...texts: readonly string[]): Promise<void>
  rows(text: string): Promise<readonly (readonly unknown[])[]>
  /** Another data service on the same database, as another node would have. */
  data(model: Model, limits?: DataOptions['limits']): Data
}

/** Call it at the top of a test file. */
export async function openStore(): Promise<Store> {
  const clock = { now: Date.now, monotonic: () => performance.now() }
  const observations: Observation[] = []
  const observe = (observation: Observation) => void observations.push(observation)
  const stops: (() => Promise<void>)[] = []
  after(() => Promise.all(stops.map(stop => stop()))) // before the database is dropped
  const url = await scratchDatabase()
  const database = postgresDatabase({ url, clock, observe, durability: 'reported' })
  stops.push(() => database.stop())
  await database.start()
  return {
    database,
    observations,
    execute: async (...texts) => {
      for (const text of texts) await database.run({ text, values: [] }, 'pool')
    },
    rows: text => database.run({ text, values: [] }, 'pool'),
    data: (model, limits = {}) =>
      createData({ model, database, clock, random: randomBytes, observe, limits }),
  }
}
