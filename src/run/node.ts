/** One serving process put together: core, pipeline, HTTP, and what runs beside them. */

import { createSecretKey } from 'node:crypto'
import { sessionCookie } from '../api/auth/cookie.ts'
import { originGuard } from '../api/auth/origin-guard.ts'
import { authRoutes } from '../api/auth/routes.ts'
import type { Route } from '../api/http/route.ts'
import { createHttpServer } from '../api/server.ts'
import { anonymous } from '../base/caller.ts'
import type { LongLived } from '../base/lifecycle.ts'
import { limits } from '../base/limits.ts'
import type { Levels } from '../base/observe.ts'
import { deriveKey } from '../engine/identity/secret.ts'
import type { ExecuteBatch } from '../engine/batch.ts'
import { forgettingBuckets } from '../engine/limit/database-buckets.ts'
import type { Execute } from '../engine/operation.ts'
import { createBatch } from '../engine/pipeline/batch.ts'
import type { Engine } from '../engine/pipeline/engine.ts'
import { createPipeline } from '../engine/pipeline/pipeline.ts'
import { forgettingKeys } from '../engine/upkeep/forget-keys.ts'
import { type Chore, createUpkeep } from '../engine/upkeep/upkeep.ts'
import { systemClock } from './clock.ts'
import { limitStoreOf, publicUrlOf } from './config.ts'
import { type Core, type CoreOptions, createCore } from './core.ts'
import { documentRoutes, indexRoute } from './document-routes.ts'
import { healthRoutes } from './health.ts'
import { createLimiting, type Limiting } from './limiting.ts'
import {
  createListeners,
  healthPlace,
  type ListenerName,
  type Listeners,
  publicDoor,
} from './listeners.ts'
import { asBuilt } from './wiring.ts'

interface NodeOptions extends CoreOptions {
  /** `/metrics` and the like. */
  readonly routes: readonly Route[]
  /** Whether this process also keeps the database tidy; one of several is enough. */
  readonly leads?: boolean
}

export interface Node extends LongLived, Core {
  /** What is held at this moment. */
  levels(): Levels
  /** Where it listens; null before `start` and after `stop`. */
  readonly port: number | null
  /** Where health and metrics are answered, if apart; null where they are not. */
  portOf(listener: ListenerName): number | null
}

export function createNode(given: NodeOptions): Node {
  const options = (given.wiring ?? asBuilt).declared(given)
  const { observe } = options
  const core = createCore(options)
  const { database, identity, log } = core
  const state = { serving: false }
  const chores = options.leads === true ? choresOf(options, core) : []
  const upkeep = createUpkeep({ chores, observe })
  const limiting = createLimiting(options, database)
  const http = createHttp(options, core, limiting, () => state.serving)
  return {
    ...core,
    get port() {
      return http.portOf('public')
    },
    portOf: name => http.portOf(name),
    levels: () => ({
      requestsInFlight: http.requestsInFlight,
      database: database.levels(),
      ...(identity?.levels() ?? { hashes: { running: 0, waiting: 0 }, sessionCaches: {} }),
    }),
    async start() {
      await database.start()
      await identity?.start()
      await log.start()
      await limiting.start()
      await upkeep.start()
      await http.start()
      state.serving = true
    },
    async stop() {
      state.serving = false
      await http.stop()
      await limiting.stop()
      await upkeep.stop()
      await log.stop()
      await database.stop()
    },
  }
}

const developmentLimits = {
  ...limits,
  drainNoticeMs: limits.drainNoticeDevelopmentMs,
  drainUnseenMs: 0,
}

function createHttp(
  options: NodeOptions,
  core: Core,
  limiting: Limiting,
  serving: () => boolean,
): Listeners {
  const { model, config, observe, wiring = asBuilt } = options
  const { database, identity } = core
  const publicUrl = publicUrlOf(config)
  const secure = publicUrl.startsWith('https:')
  const cookie = sessionCookie(secure)
  const allowedOrigins = new Set([publicUrl, ...config.allowedOrigins])
  const { limiter, policies } = limiting
  const settings = wiring.http({
    model,
    ...createExecutes(options, core, limiting),
    extraRoutes: [
      ...(identity === null
        ? []
        : authRoutes({ identity, limiter, policies, cookie, allowedOrigins })),
      ...healthRoutes({
        database,
        accepting: serving,
        started: serving,
        limits: limiting.together,
      }),
      ...(config.docs === 'on' ? documentRoutes(model, publicUrl) : []),
      // The user's own Fastify may have a page of its own there.
      ...(config.mode === 'development' && model.wire === null
        ? [indexRoute(model, healthPlace(config), config.docs)]
        : []),
      ...options.routes,
    ],
    guard: originGuard(allowedOrigins),
    charge: address => limiter.take(policies.ordinary, anonymous, address),
    observe,
    clock: wiring.clock(systemClock),
    limits: config.mode === 'development' ? developmentLimits : limits,
    ...publicDoor(config),
    secure,
    foreignOrigins: config.allowedOrigins,
    trustedProxies: config.trustedProxies,
    tls: null,
    sessionCookie: cookie.name,
  })
  return createListeners({
    config,
    settings,
    routes: settings.extraRoutes,
    open: extraRoutes => createHttpServer({ ...settings, extraRoutes }),
  })
}

/** The ways into the engine: for one operation, and for several. */
function createExecutes(
  options: NodeOptions,
  core: Core,
  limiting: Limiting,
): { readonly execute: Execute; readonly executeBatch: ExecuteBatch } {
  const { model, observe, secret, wiring = asBuilt } = options
  const { data, identity, plans, repositories } = core
  const { limiter, policies } = limiting
  const engine: Engine = {
    model,
    data,
    clock: wiring.clock(systemClock),
    observe,
    identify: identity === null ? () => anonymous : identity.identify,
    limit: (operation, caller, address) => limiter.take(policies.of(operation), caller, address),
    planRead: plans.read,
    planWrite: plans.write,
    planLock: plans.lock,
    repositories,
    cursorKey: createSecretKey(deriveKey(secret, 'cursors')),
    inFlightMax: limits.requestsInFlightMax,
  }
  const wired = wiring.engine(engine)
  const execute = wiring.execute(createPipeline(wired))
  return { execute, executeBatch: createBatch(wired, execute) }
}

function choresOf({ config }: NodeOptions, { database, identity }: Core): readonly Chore[] {
  const chores = [forgettingKeys(database)]
  if (limitStoreOf(config) === 'postgres') chores.push(forgettingBuckets(database))
  if (identity !== null) chores.push({ name: 'identity', run: () => identity.keep() })
  return chores
}
