/** Data services on a real PostgreSQL, and what they observed. */

import { randomBytes } from 'node:crypto'
import { after } from 'node:test'

import { postgresDatabase } from '../../../src/adapters/postgres/database.ts'
import type { Observation } from '../../../src/base/observe.ts'
import { createData } from '../../../src/engine/data/create-data.ts'
import type { Data } from '../../../src/engine/data/data.ts'
import { migrate } from '../../../src/engine/migrations/migrate.ts'
import type { Model } from '../../../src/model/model.ts'
import type { Database, Row } from '../../../src/ports/database.ts'
import { scratchDatabase } from '../../support/database.ts'
import { systemClock } from '../../support/model.ts'

/** One process's connections to the database, with its data service. */
interface Node {
  readonly database: Database
  readonly data: Data
  readonly observations: readonly Observation[]
}

interface Store extends Node {
  /** Runs statements one after the other, each in a transaction of its own. */
  execute(...texts: readonly string[]): Promise<void>
  rows(text: string): Promise<readonly Row[]>
  /** As another process on the same database would be. */
  node(limits?: NodeLimits): Promise<Node>
}

type NodeLimits = Partial<Record<'lockTimeoutMs' | 'poolConnectionsMax' | 'lockWaitersMax', number>>

/** A database with the model's tables. Call it at the top of a test file. */
export async function openStore(model: Model): Promise<Store> {
  const started: Database[] = []
  // before the database is dropped
  after(() => Promise.all(started.map(database => database.stop())))
  const url = await scratchDatabase()
  const open = async (limits: NodeLimits = {}): Promise<Node> => {
    const observations: Observation[] = []
    const observe = (observation: Observation) => void observations.push(observation)
    const database = postgresDatabase({
      url,
      clock: systemClock,
      observe,
      durability: 'reported',
      limits,
    })
    await database.start()
    started.push(database)
    const data = createData({
      model,
      database,
      clock: systemClock,
      random: randomBytes,
      observe,
      limits,
    })
    return { database, data, observations }
  }
  const first = await open()
  const rows = (text: string) => first.database.run({ text, values: [] }, 'pool')
  await migrate(first.database, model)
  return {
    ...first,
    rows,
    execute: async (...texts) => {
      for (const text of texts) await rows(text)
    },
    node: open,
  }
}
