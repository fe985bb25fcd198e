/**
 * From a request to the handler of its path; survives whatever a client sends and whatever a
 * handler throws.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

import { problem, type Problem } from '../../base/errors.ts'
import { uuidv7 } from '../../base/uuid.ts'
import { preflightAnswer } from './browser.ts'
import { type Charge, chargeFailure } from './charge.ts'
import { Exchange, type ExchangeSettings } from './exchange.ts'
import { saneRequestId } from './headers.ts'
import { OpenExchanges } from './open-exchanges.ts'
import { addressOf, NodeRequest, type RequestSettings } from './request.ts'
import { emptyAnswer, type HttpRequest, type Route, type RouteMethod } from './route.ts'
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
  /** Whether an address may come in; null: every one. */
  readonly admits: ((address: string) => boolean) | null
  /** Null: what fails costs nothing. */
  readonly charge: Charge | null
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

const none: readonly string[] = Object.freeze([])

interface Dispatcher {
  dispatch(message: IncomingMessage, response: ServerResponse): void
  /** Answers with a problem what shall not reach a handler. */
  refuse(message: IncomingMessage, response: ServerResponse, failure: Problem): void
  /** Exchanges whose answer is still to come. */
  readonly open: Omit<OpenExchanges<Exchange>, 'add' | 'remove'>
}

export function createDispatcher(settings: DispatcherSettings): Dispatcher {
  const open = new OpenExchanges<Exchange>()
  /** Connections that close for want of one Host: what follows on them is not heard. */
  const closing = new Set<Socket>()

  function begin(message: IncomingMessage, response: ServerResponse): Exchange {
    const requestId = saneRequestId(message.headers['x-request-id']) ?? uuidv7(settings.clock.now())
    const exchange = new Exchange(message, response, requestId, settings)
    open.add(exchange)
    response.once('close', () => open.remove(exchange))
    return exchange
  }

  function demandHost(message: IncomingMessage): void {
    if (namesHost(message)) return
    const { socket } = message
    closing.add(socket)
    socket.once('close', () => closing.delete(socket))
    throw withoutHost()
  }

  /** Nothing is served that has not exactly one Host, or stands behind what has not. */
  function hear(
    message: IncomingMessage,
    response: ServerResponse,
    serve: (exchange: Exchange) => void,
  ): void {
    if (closing.size > 0 && closing.has(message.socket)) return
    const exchange = begin(message, response)
    try {
      demandHost(message)
      serve(exchange)
    } catch (error) {
      fail(exchange, error, settings)
    }
  }

  return {
    dispatch: (message, response) =>
      hear(message, response, exchange => {
        checkNetwork(message, settings)
        route(exchange, settings)
      }),
    refuse: (message, response, failure) =>
      hear(message, response, exchange => exchange.fail(failure)),
    open,
  }
}

/**
 * RFC 9112, 3.2: one Host, or none in HTTP/1.0. Node would refuse without a problem, and takes two.
 * Who sends otherwise and a proxy between may not agree where requests end, so the connection does.
 */
function namesHost({ rawHeaders, httpVersionMinor }: IncomingMessage): boolean {
  let hosts = 0
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++
  }
  return hosts === 1 || (hosts === 0 && httpVersionMinor === 0)
}

function withoutHost(): Problem {
  const detail = 'A request names exactly one Host.'
  return problem('wire.malformed-request', { detail, headers: { connection: 'close' } })
}

function checkNetwork(message: IncomingMessage, settings: DispatcherSettings): void {
  if (settings.admits === null || settings.admits(addressOf(message, settings))) return
  throw problem('wire.foreign-network')
}

function route(exchange: Exchange, settings: DispatcherSettings): void {
  const { message, requestId } = exchange
  const { path, query } = parseTarget(message.url ?? '', settings.limits.urlBytesMax)
  const method = routed.get(message.method)
  if (method === undefined) return answerOthers(exchange, path, settings)
  const found = settings.router.match(method, path)
  const params = found?.params ?? none
  const request = new NodeRequest(message, exchange.response, settings, {
    method,
    path,
    query,
    params,
    requestId,
  })
  exchange.trail = request
  if (found === null) {
    const allow = settings.router.allowed(path)
    if (allow !== null || settings.fallback === null) throw notHere(exchange, path, allow)
    settings.guard?.(request)
    return settings.fallback(exchange)
  }
  exchange.operation = found.route.operation
  exchange.surface = found.route.surface ?? 'rest'
  settings.guard?.(request)
  handle(exchange, request, found.route, settings)
}

function fail(exchange: Exchange, failure: unknown, settings: DispatcherSettings): void {
  const address = () => addressOf(exchange.message, settings)
  chargeFailure(settings.charge, address, failure, charged => exchange.fail(charged))
}

function handle(
  exchange: Exchange,
  request: NodeRequest,
  { handle: run }: Route,
  settings: DispatcherSettings,
): void {
  exchange.work = request
  const answer = run(request)
  if (!(answer instanceof Promise)) return exchange.answer(answer)
  answer.then(
    later => exchange.answer(later),
    (error: unknown) => fail(exchange, error, settings),
  )
}

const everyMethod = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'

/** OPTIONS, and methods that no route has. */
function answerOthers(exchange: Exchange, path: string, settings: DispatcherSettings): void {
  if (isPreflight(exchange.message, settings)) {
    exchange.operation = 'preflight'
    return exchange.answer(preflightAnswer)
  }
  const allow = path === '*' ? everyMethod : settings.router.allowed(path)
  if (exchange.message.method !== 'OPTIONS') throw notHere(exchange, path, allow)
  if (allow !== null) return exchange.answer(emptyAnswer(['allow', allow]))
  if (settings.fallback === null) throw notHere(exchange, path, allow)
  settings.fallback(exchange)
}

/** Of a page that may read: others get no leave by an answer that gives none. */
function isPreflight(
  { method, headers }: IncomingMessage,
  { browser }: DispatcherSettings,
): boolean {
  return (
    method === 'OPTIONS' &&
    headers['access-control-request-method'] !== undefined &&
    browser.shared.has(headers.origin ?? '')
  )
}

function notHere(exchange: Exchange, path: string, allow: string | null): Error {
  if (allow === null)
    return problem('wire.not-found', { detail: `Nothing answers ${path.slice(0, 200)}.` })
  const detail = `${exchange.message.method} is not one of ${allow}.`
  return problem('wire.method-not-allowed', { detail, headers: { allow } })
}
