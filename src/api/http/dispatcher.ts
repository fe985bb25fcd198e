/** From a request to the handler of its path; survives whatever a client sends and whatever a handler throws. */

import type { IncomingMessage, ServerResponse } from 'node:http'

import { problem } from '../../base/errors.ts'
import { uuidv7 } from '../../base/uuid.ts'
import { Exchange, type ExchangeSettings } from './exchange.ts'
import { saneRequestId } from './headers.ts'
import { NodeRequest, type RequestSettings } from './request.ts'
import { emptyAnswer, type HttpRequest, type RouteMethod } from './route.ts'
import type { Router } from './router.ts'
import { parseTarget } from './target.ts'

/** Answers what no route answers: the user's own Fastify routes. */
export type Fallback = (exchange: Exchange) => void

export interface DispatcherSettings extends ExchangeSettings, RequestSettings {
  readonly router: Router
  readonly limits: ExchangeSettings['limits'] &
    RequestSettings['limits'] & { readonly urlBytesMax: number }
  /** Runs before every handler and refuses by throwing: the place of the cross-origin check. */
  readonly guard: ((request: HttpRequest) => void) | null
  readonly fallback: Fallback | null
}

/** Methods that a route may have; HEAD is answered by the route of GET. */
const routed: ReadonlyMap<string | undefined, RouteMethod> = new Map([
  ['GET', 'GET'],
  ['HEAD', 'GET'],
  ['POST', 'POST'],
  ['PUT', 'PUT'],
  ['PATCH', 'PATCH'],
  ['DELETE', 'DELETE'],
])

export interface Dispatcher {
  dispatch(message: IncomingMessage, response: ServerResponse): void
  /** Exchanges whose answer is still to come. */
  readonly open: ReadonlySet<Exchange>
}

export function createDispatcher(settings: DispatcherSettings): Dispatcher {
  const open = new Set<Exchange>()

  function dispatch(message: IncomingMessage, response: ServerResponse): void {
    const requestId = saneRequestId(message.headers['x-request-id']) ?? uuidv7(settings.clock.now())
    const exchange = new Exchange(message, response, requestId, settings)
    open.add(exchange)
    response.once('close', () => open.delete(exchange))
    try {
      route(exchange, settings)
    } catch (error) {
      exchange.fail(error)
    }
  }

  return { dispatch, open }
}

function route(exchange: Exchange, settings: DispatcherSettings): void {
  const { message, response, requestId } = exchange
  const { path, query } = parseTarget(message.url ?? '', settings.limits.urlBytesMax)
  const method = routed.get(message.method)
  const found = method === undefined ? null : settings.router.match(method, path)
  if (method === undefined || found === null) return routeElsewhere(exchange, path, settings)
  const seen = { method, path, query, params: found.params, requestId }
  const request = new NodeRequest(message, response, settings, seen)
  exchange.operation = found.route.operation
  exchange.trail = request
  settings.guard?.(request)
  const answer = found.route.handle(request)
  if (!(answer instanceof Promise)) return exchange.answer(answer)
  answer.then(
    later => exchange.answer(later),
    (error: unknown) => exchange.fail(error),
  )
}

/** OPTIONS, a method that the path does not have, the user's own routes, and paths that nobody has. */
function routeElsewhere(exchange: Exchange, path: string, settings: DispatcherSettings): void {
  const method = exchange.message.method ?? ''
  const allow =
    path === '*' ? 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS' : settings.router.allowed(path)
  if (allow === null && settings.fallback !== null) return settings.fallback(exchange)
  if (allow === null)
    throw problem('wire.not-found', { detail: `Nothing answers ${path.slice(0, 200)}.` })
  if (method === 'OPTIONS') return exchange.answer(emptyAnswer(['allow', allow]))
  throw problem('wire.method-not-allowed', {
    detail: `${method} is not one of ${allow}.`,
    headers: { allow },
  })
}
