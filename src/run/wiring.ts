/**
 * The seams between the parts of a node: what one part hands to the next can be wrapped there, by
 * code that puts a node together in its own process. No setting reaches this.
 */

import type { PostgresOptions } from '../adapters/postgres/database.ts'
import type { HttpServerSettings } from '../api/server.ts'
import type { Clock } from '../base/clock.ts'
import type { Data } from '../engine/data/data.ts'
import type { Identity } from '../engine/identity/identity.ts'
import type { Execute } from '../engine/operation.ts'
import type { Engine } from '../engine/pipeline/engine.ts'
import type { Model } from '../model/model.ts'
import type { Database } from '../ports/database.ts'
import type { Config } from './config.ts'

/** What a node is made of before any part is. */
interface Declared {
  readonly model: Model
  readonly config: Config
  readonly databaseUrl: string
  readonly secret: string
}

export interface Wiring {
  declared<D extends Declared>(declared: D): D
  clock(clock: Clock): Clock
  postgres(options: PostgresOptions): PostgresOptions
  database(database: Database): Database
  /** Plans in, rows out: where requests share statements and commits. */
  data(data: Data): Data
  identity(identity: Identity): Identity
  /** What the stages of the pipeline ask: who, how often, which plan, which repositories. */
  engine(engine: Engine): Engine
  /** The whole pipeline. */
  execute(execute: Execute): Execute
  /** Routes, guard, limits and times of HTTP. */
  http(settings: HttpServerSettings): HttpServerSettings
}

/** Every part as it is. */
export const asBuilt: Wiring = Object.freeze({
  declared: <D extends Declared>(declared: D) => declared,
  clock: (clock: Clock) => clock,
  postgres: (options: PostgresOptions) => options,
  database: (database: Database) => database,
  data: (data: Data) => data,
  identity: (identity: Identity) => identity,
  engine: (engine: Engine) => engine,
  execute: (execute: Execute) => execute,
  http: (settings: HttpServerSettings) => settings,
})
