/** Puts the data service together. */

import type { Clock, RandomBytes } from '../../base/clock.ts'
import { limits } from '../../base/limits.ts'
import type { Observe } from '../../base/observe.ts'
import type { Model } from '../../model/model.ts'
import type { Database } from '../../ports/database.ts'
import type { DataContext, DataLimits } from './context.ts'
import type { Data } from './data.ts'
import { createReads } from './reads.ts'
import { createExplain } from './refusals.ts'
import { createTransactions } from './transactions.ts'
import { createWrites } from './writes.ts'

export interface DataOptions {
  /** Names the fields of a constraint that PostgreSQL reports. */
  readonly model: Model
  readonly database: Database
  readonly clock: Clock
  readonly random: RandomBytes
  readonly observe: Observe
  /** Told after every commit; must be cheap and never throw. */
  readonly committed?: () => void
  /** `batchRowsMax: 1` turns batching off. */
  readonly limits?: Partial<DataLimits>
}

export function createData(options: DataOptions): Data {
  const { model, database, clock, random, observe, committed = () => {} } = options
  const context: DataContext = {
    database,
    clock,
    random,
    observe,
    explain: createExplain(model),
    limits: { ...limits, ...options.limits },
  }
  const write = createWrites(context)
  const transaction = createTransactions(context)
  return {
    read: createReads(context),
    async write(...given) {
      const result = await write(...given)
      committed()
      return result
    },
    async transaction(...given) {
      const result = await transaction(...given)
      committed()
      return result
    },
  }
}
