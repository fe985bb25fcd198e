/** Where the buckets of the rate limits are, and what goes on while they cannot be reached. */

import { redisBuckets } from '../adapters/redis/buckets.ts'
import type { LongLived } from '../base/lifecycle.ts'
import { limits } from '../base/limits.ts'
import type { Observe } from '../base/observe.ts'
import { type BucketStore, createBuckets } from '../engine/limit/bucket.ts'
import { databaseBuckets } from '../engine/limit/database-buckets.ts'
import { createFailOver, type FailOver } from '../engine/limit/fail-over.ts'
import { gatherTakes } from '../engine/limit/gathering.ts'
import { createLimiter, type Limiter } from '../engine/limit/limiter.ts'
import { asOperated, createPolicySets, type PolicySets } from '../engine/limit/policy.ts'
import { connectBuckets } from '../engine/limit/shared-buckets.ts'
import type { Model } from '../model/model.ts'
import type { Database } from '../ports/database.ts'
import { supervisorChannel } from './channel.ts'
import { systemClock } from './clock.ts'
import { type Config, limitStoreOf, type LimitStore } from './config.ts'
import { asBuilt, type Wiring } from './wiring.ts'

export interface Limiting extends LongLived {
  readonly limiter: Limiter
  readonly policies: PolicySets
  /** Whether one count holds for all machines; null where each is to count for itself. */
  readonly together: () => boolean | null
}

interface LimitingOptions {
  readonly model: Model
  readonly config: Config
  readonly observe: Observe
  readonly wiring?: Wiring
}

export function createLimiting(options: LimitingOptions, database: Database): Limiting {
  const { model, config, observe } = options
  const nearby = bucketsOfMachine(options)
  const shared = keepers[limitStoreOf(config)]({ ...options, database, nearby })
  return {
    limiter: createLimiter({ store: shared ?? nearby, observe }),
    policies: createPolicySets(asOperated(model.limits, config)),
    together: () => shared?.together ?? null,
    start: async () => shared?.start(),
    stop: async () => shared?.stop(),
  }
}

/** One worker keeps its buckets itself; several share those of the supervisor. */
function bucketsOfMachine({ config, wiring = asBuilt }: LimitingOptions): BucketStore {
  return config.workers === 1
    ? createBuckets({ clock: wiring.clock(systemClock) })
    : gatherTakes(connectBuckets(supervisorChannel()))
}

interface KeeperParts extends LimitingOptions {
  readonly database: Database
  readonly nearby: BucketStore
}

/** Who keeps the buckets for several machines; null: nobody. */
const keepers: Readonly<Record<LimitStore, (parts: KeeperParts) => FailOver | null>> = {
  node: () => null,
  postgres: ({ database, nearby, observe }) => {
    const timeoutMs = limits.rateDatabaseTimeoutMs
    return createFailOver({ keeper: databaseBuckets(database), nearby, observe, timeoutMs })
  },
  redis: ({ model, config, nearby, observe }) => {
    const timeoutMs = limits.rateRedisTimeoutMs
    const keeper = redisBuckets({ url: config.redisUrl!, name: model.name })
    return createFailOver({ keeper, nearby, observe, timeoutMs })
  },
}
