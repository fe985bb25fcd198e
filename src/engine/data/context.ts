/** What the parts of the data service are handed. */

import type { Clock, RandomBytes } from '../../base/clock.ts'
import type { limits } from '../../base/limits.ts'
import type { Observe } from '../../base/observe.ts'
import type { Database } from '../../ports/database.ts'
import type { Explain } from './refusals.ts'

/** The bounds of this service, which a test may narrow. */
export type DataLimits = Readonly<Record<DataLimit, number>>
type DataLimit = keyof typeof limits &
  (
    | 'batchRowsMax'
    | 'batchWaitingMax'
    | 'duplicateWaitMs'
    | 'laneLockTimeoutMs'
    | 'lockQueueMax'
    | 'lockTimeoutMs'
    | 'lockWaitersMax'
    | 'transactionAttemptsMax'
  )

export interface DataContext {
  readonly database: Database
  readonly clock: Clock
  readonly random: RandomBytes
  readonly observe: Observe
  readonly explain: Explain
  readonly limits: DataLimits
}
