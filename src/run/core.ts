/** The parts of a backend that need no HTTP: database, data, identity. */

import { randomBytes } from 'node:crypto'
import { argon2 } from '../adapters/argon2/argon2.ts'
import { postgresDatabase } from '../adapters/postgres/database.ts'
import type { Observe } from '../base/observe.ts'
import { createData } from '../engine/data/create-data.ts'
import type { Data } from '../engine/data/data.ts'
import { createIdentity, type Identity } from '../engine/identity/identity.ts'
import { createLog, type Log } from '../engine/log/log.ts'
import type { Model } from '../model/model.ts'
import type { Database } from '../ports/database.ts'
import { systemClock } from './clock.ts'
import { type Config, publicUrlOf } from './config.ts'

/** What commands of the command line use without serving. */
export interface Core {
  readonly database: Database
  readonly data: Data
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
}

/** Nothing connects before `database.start()`. */
export function createCore({ model, config, databaseUrl, secret, observe }: CoreOptions): Core {
  const parts = { clock: systemClock, random: randomBytes, observe }
  const durability = config.mode === 'production' ? 'required' : 'reported'
  const database = postgresDatabase({ ...parts, url: databaseUrl, durability })
  const log = createLog({ database, observe, clock: systemClock })
  const data = createData({ ...parts, model, database, committed: () => log.wake() })
  const identity =
    model.identity === null
      ? null
      : createIdentity({
          ...parts,
          model,
          database,
          data,
          hasher: argon2,
          secret,
          issuer: publicUrlOf(config),
        })
  return { database, data: identity?.watch(data) ?? data, log, identity }
}
