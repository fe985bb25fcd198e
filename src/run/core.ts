/** The parts of a backend that need no HTTP: database, data, identity. */

import { randomBytes } from 'node:crypto'
import { argon2 } from '../adapters/argon2/argon2.ts'
import { postgresDatabase } from '../adapters/postgres/database.ts'
import type { Observe } from '../base/observe.ts'
import { createData } from '../engine/data/create-data.ts'
import type { Data } from '../engine/data/data.ts'
import { createRepositories } from '../engine/data/repositories.ts'
import { createIdentity, type Identity } from '../engine/identity/identity.ts'
import { createLog, type Log } from '../engine/log/log.ts'
import { createSignUpHooks } from '../engine/pipeline/sign-up-hooks.ts'
import type { Model } from '../model/model.ts'
import type { Database } from '../ports/database.ts'
import { createPlans, type Plans } from '../sql/plans.ts'
import { systemClock } from './clock.ts'
import { type Config, publicUrlOf } from './config.ts'
import { asBuilt, type Wiring } from './wiring.ts'

/** What commands of the command line use without serving. */
export interface Core {
  readonly database: Database
  readonly data: Data
  readonly plans: Plans
  readonly repositories: ReturnType<typeof createRepositories>
  readonly log: Log
  /** Null where the model declares none. */
  readonly identity: Identity | null
}

export interface CoreOptions {
  readonly model: Model
  readonly config: Config
  readonly databaseUrl: string
  readonly secret: string
  readonly observe: Observe
  /** Default: every part as it is. */
  readonly wiring?: Wiring
}

/** Nothing connects before `database.start()`. */
export function createCore(options: CoreOptions): Core {
  const { model, config, databaseUrl, secret, observe, wiring = asBuilt } = options
  const parts = { clock: wiring.clock(systemClock), random: randomBytes, observe }
  const durability = config.mode === 'production' ? 'required' : 'reported'
  const postgres = wiring.postgres({ ...parts, url: databaseUrl, durability })
  const database = wiring.database(postgresDatabase(postgres))
  const log = createLog({ database, observe, clock: parts.clock })
  const plans = createPlans(model, (route, key) => observe({ kind: 'plan', route, key }))
  const repositories = createRepositories(model, plans)
  const made = createData({ ...parts, model, database, committed: () => log.wake() })
  const data = wiring.data(made)
  const identity =
    model.identity === null
      ? null
      : wiring.identity(
          createIdentity({
            ...parts,
            model,
            database,
            data,
            planWrite: plans.write,
            aroundSignUp: createSignUpHooks({
              ...parts,
              model,
              planRead: plans.read,
              repositories,
            }),
            hasher: argon2,
            secret,
            issuer: publicUrlOf(config),
          }),
        )
  return { database, data: identity?.watch(data) ?? data, plans, repositories, log, identity }
}
