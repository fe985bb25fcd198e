/**
 * The whole HTTP surface of a model: REST, the routes of others, and the user's Fastify plugin
 * behind them.
 */

import type { ExecuteBatch } from '../engine/batch.ts'
import type { Execute } from '../engine/operation.ts'
import type { Model } from '../model/model.ts'
import { batchRoute } from './batch/route.ts'
import { browserHeaders } from './http/browser.ts'
import { mountFastify } from './http/fastify-mount.ts'
import type { Route } from './http/route.ts'
import { createHttpListener, type HttpServer, type HttpSettings } from './http/server.ts'
import { restRoutes } from './rest/routes.ts'

export interface HttpServerSettings extends Omit<HttpSettings, 'routes' | 'fallback'> {
  readonly model: Model
  readonly execute: Execute
  readonly executeBatch: ExecuteBatch
  /** Identity, health, metrics, documents. */
  readonly extraRoutes: readonly Route[]
}

/** Starts and stops as `LongLived` says. Throws an Error at once where two routes collide. */
export function createHttpServer(settings: HttpServerSettings): HttpServer {
  const { model, execute, executeBatch, extraRoutes, limits, secure, foreignOrigins } = settings
  const routes = [...restRoutes(model, execute), batchRoute(model, executeBatch), ...extraRoutes]
  if (model.wire === null) return createHttpListener({ ...settings, routes, fallback: null })
  const { bodyBytesMax } = limits
  const mount = mountFastify({
    wire: model.wire,
    bodyBytesMax,
    browser: browserHeaders(secure, foreignOrigins),
  })
  const listener = createHttpListener({ ...settings, routes, fallback: mount.serve })
  return {
    async start() {
      await mount.start()
      await listener.start()
    },
    async stop() {
      await listener.stop()
      await mount.stop()
    },
    get address() {
      return listener.address
    },
    get requestsInFlight() {
      return listener.requestsInFlight
    },
  }
}
