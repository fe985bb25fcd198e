/** One serving process put together: database, engine, identity, HTTP. */

import { createSecretKey, randomBytes } from 'node:crypto'
import { argon2 } from '../adapters/argon2/argon2.ts'
import { postgresDatabase } from '../adapters/postgres/database.ts'
import { sessionCookie } from '../api/auth/cookie.ts'
import { originGuard } from '../api/auth/origin-guard.ts'
import { authRoutes } from '../api/auth/routes.ts'
import type { Route } from '../api/http/route.ts'
import type { HttpServer } from '../api/http/server.ts'
import { createHttpServer } from '../api/server.ts'
import { anonymous } from '../base/caller.ts'
import { limits } from '../base/limits.ts'
import type { LongLived } from '../base/lifecycle.ts'
import type { Observe } from '../base/observe.ts'
import { createData } from '../engine/data/create-data.ts'
import type { Data } from '../engine/data/data.ts'
import { createRepositories } from '../engine/data/repositories.ts'
import { createIdentity, type Identity } from '../engine/identity/identity.ts'
import { deriveKey } from '../engine/identity/secret.ts'
import { addressKey } from '../engine/limit/address.ts'
import { type BucketStore, createBuckets } from '../engine/limit/bucket.ts'
import { createLimiter } from '../engine/limit/limiter.ts'
import { connectBuckets } from '../engine/limit/shared-buckets.ts'
import { createLog } from '../engine/log/log.ts'
import { createPipeline } from '../engine/pipeline/pipeline.ts'
import type { Model } from '../model/model.ts'
import type { Database } from '../ports/database.ts'
import { createPlanRead } from '../sql/plan-cache.ts'
import { createPlanWrite } from '../sql/write/plan-cache.ts'
import { supervisorChannel } from './channel.ts'
import { systemClock } from './clock.ts'
import type { Config } from './config.ts'
import { documentRoutes } from './document-routes.ts'
import { healthRoutes } from './health.ts'

export interface NodeOptions {
  readonly model: Model
  readonly config: Config
  readonly databaseUrl: string
  readonly secret: string
  readonly observe: Observe
  /** `/metrics` and the like. */
  readonly routes: readonly Route[]
}

/** The parts that commands of the command line use without serving. */
export interface Core {
  readonly database: Database
  readonly data: Data
  /** Null where the model declares none. */
  readonly identity: Identity | null
}

export interface Node extends LongLived, Core {
  /** Where it listens; null before `start` and after `stop`. */
  readonly port: number | null
}

type CoreOptions = Pick<NodeOptions, 'model' | 'config' | 'databaseUrl' | 'secret' | 'observe'>

/** Nothing connects before `database.start()`. */
export function createCore({ model, config, databaseUrl, secret, observe }: CoreOptions): Core {
  const parts = { clock: systemClock, random: randomBytes, observe }
  const durability = config.mode === 'production' ? 'required' : 'reported'
  const database = postgresDatabase({ ...parts, url: databaseUrl, durability })
  const data = createData({ ...parts, model, database })
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
          issuer: config.publicUrl,
        })
  return { database, data, identity }
}

export function createNode(options: NodeOptions): Node {
  const { model, config, observe, secret } = options
  const core = createCore(options)
  const { database, data, identity } = core
  const log = createLog({ database, observe, clock: systemClock })
  const limiter = createLimiter({
    store: bucketStore(config),
    policies: {
      default: { quota: config.rateLimit, windowSeconds: 60 },
      authentication: { quota: 60, windowSeconds: 60 },
    },
    observe,
  })
  const onEvent = (event: 'compiled' | 'evicted', key: string) =>
    observe({ kind: 'plan', event, key })
  const execute = createPipeline({
    model,
    data,
    clock: systemClock,
    observe,
    identify: identity === null ? () => anonymous : identity.identify,
    limit: (caller, address) => limiter.take(caller.id ?? addressKey(address), 'default'),
    planRead: createPlanRead(model, { onEvent }),
    planWrite: createPlanWrite(model, { onEvent }),
    repositories: createRepositories(model),
    cursorKey: createSecretKey(deriveKey(secret, 'cursors')),
    inFlightMax: limits.requestsInFlightMax,
  })
  const secure = config.publicUrl.startsWith('https:')
  const cookie = sessionCookie(secure)
  const allowedOrigins = new Set([config.publicUrl, ...config.allowedOrigins])
  const state = { serving: false }
  const http: HttpServer = createHttpServer({
    model,
    execute,
    extraRoutes: [
      ...(identity === null ? [] : authRoutes({ identity, limiter, cookie, allowedOrigins })),
      ...healthRoutes({ database, accepting: () => state.serving, started: () => state.serving }),
      ...documentRoutes(model),
      ...options.routes,
    ],
    guard: originGuard(allowedOrigins),
    observe,
    clock: systemClock,
    limits,
    listen: { port: config.port, host: config.host },
    tls: null,
    sessionCookie: cookie.name,
  })
  return {
    ...core,
    get port() {
      return http.address?.port ?? null
    },
    async start() {
      await database.start()
      await identity?.start()
      await log.start()
      await http.start()
      state.serving = true
    },
    async stop() {
      state.serving = false
      await http.stop()
      await log.stop()
      await database.stop()
    },
  }
}

/** One worker keeps its buckets itself; several share those of the supervisor. */
function bucketStore(config: Config): BucketStore {
  return config.workers === 1
    ? createBuckets({ clock: systemClock })
    : connectBuckets(supervisorChannel())
}
