/**
 * The HTTP server: listens, bounds what clients may hold, refuses what is no HTTP, and drains when
 * it stops.
 */

import { createServer, type IncomingMessage, type Server, type ServerOptions } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'

import type { Clock } from '../../base/clock.ts'
import { problem, type ProblemCode } from '../../base/errors.ts'
import type { LongLived } from '../../base/lifecycle.ts'
import type { limits } from '../../base/limits.ts'
import type { Observe } from '../../base/observe.ts'
import { uuidv7 } from '../../base/uuid.ts'
import { BodyRoom } from './body-room.ts'
import { announcesTooMuch } from './body.ts'
import { browserHeaders } from './browser.ts'
import type { Charge } from './charge.ts'
import { clientAddressBehind } from './client-address.ts'
import { createDispatcher, type DispatcherSettings, type Fallback } from './dispatcher.ts'
import { rawAnswer } from './exchange.ts'
import { prepareDrain } from './drain.ts'
import { problemAnswer } from './problem.ts'
import type { HttpRequest, Route } from './route.ts'
import { admission, type Networks } from './networks.ts'
import { compileRouter } from './router.ts'

/** The bounds that the server keeps, from `base/limits.ts`. */
type HttpLimits = {
  readonly [
    Name in
      | 'bodyBytesMax'
      | 'bodiesBytesMax'
      | 'bodyDiscardBytesMax'
      | 'jsonDepthMax'
      | 'urlBytesMax'
      | 'headerBytesMax'
      | 'compressBytesMin'
      | 'headersTimeoutMs'
      | 'requestTimeoutMs'
      | 'connectionsCheckMs'
      | 'answerStallMs'
      | 'deadlineMs'
      | 'keepAliveTimeoutMs'
      | 'connectionsMax'
      | 'drainNoticeMs'
      | 'drainUnseenMs'
      | 'drainMs'
  ]: (typeof limits)[Name] | number
}

export interface HttpSettings {
  readonly routes: readonly Route[]
  /** Answers what no route answers; null: 404. */
  readonly fallback: Fallback | null
  /** Runs before every handler and refuses by throwing: the place of the cross-origin check. */
  readonly guard: ((request: HttpRequest) => void) | null
  /** Counts by address what fails before anybody's bucket was asked; null: nothing does. */
  readonly charge: Charge | null
  readonly observe: Observe
  readonly clock: Clock
  readonly limits: HttpLimits
  /** `port` 0 takes a free one. */
  readonly listen: { readonly port: number; readonly host: string }
  /** Whether clients reach the service by TLS, here or at a proxy in front. */
  readonly secure: boolean
  /** Origins of others whose pages may read what their visitors may. */
  readonly foreignOrigins: readonly string[]
  /** Addresses and blocks whose word about the client's address counts. */
  readonly trustedProxies: readonly string[]
  /** Who may come in. */
  readonly networks: Networks
  /** PEM texts. */
  readonly tls: { readonly cert: string; readonly key: string } | null
  /** The name of the cookie that holds the session. */
  readonly sessionCookie: string
}

export interface HttpServer extends LongLived {
  /** Where it listens; null before `start` and after `stop`. */
  readonly address: AddressInfo | null
  /** Requests whose answer is still to come. */
  readonly requestsInFlight: number
}

/**
 * `start` resolves when the port is open; `stop` when the last answer is out, or after
 * `limits.drainMs`.
 */
export function createHttpListener(settings: HttpSettings): HttpServer {
  const { limits, clock } = settings
  const browser = browserHeaders(settings.secure, settings.foreignOrigins)
  let draining = false
  const dispatcher = createDispatcher({
    ...settings,
    router: compileRouter(settings.routes),
    bodyRoom: new BodyRoom(limits.bodiesBytesMax),
    clientAddress: clientAddressBehind(settings.trustedProxies),
    admits: admission(settings.networks),
    browser,
    draining: () => draining,
  } satisfies DispatcherSettings)
  const server = openServer(settings)
  const drain = prepareDrain(server, limits)
  server.maxConnections = limits.connectionsMax
  server.on('request', (message, response) => dispatcher.dispatch(message, response))
  server.on('checkContinue', (message: IncomingMessage, response) => {
    if (!announcesTooMuch(message, limits.bodyBytesMax)) response.writeContinue()
    dispatcher.dispatch(message, response)
  })
  server.on('checkExpectation', (message, response) => {
    const detail = 'Expect is 100-continue or absent.'
    dispatcher.refuse(message, response, problem('wire.invalid-header', { detail }))
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuse(error, socket))

  /** The bytes on the socket are no request, or come too slowly. Never answers out of turn. */
  function refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
    const waiting = [...dispatcher.open].filter(({ message }) => message.socket === socket)
    const unread = waiting.filter(({ message }) => !message.complete)
    for (const { message } of unread) socket.once('close', () => message.destroy(error))
    if (goneCodes.has(error.code ?? '')) return void socket.destroy()
    const failure = problem(problemCodes[error.code ?? ''] ?? 'wire.malformed-request')
    if (waiting.length === 0 && socket.writable) {
      const requestId = uuidv7(clock.now())
      const named = [...browser.own, 'x-request-id', requestId]
      socket.write(rawAnswer(problemAnswer(failure, requestId), named))
    } else if (waiting.length === 1) unread[0]?.fail(failure)
    closeSoon(socket)
  }

  /** Looks with the connections' own rhythm, so a request costs no timer. */
  const deadlines = setInterval(() => {
    const sinceMs = clock.monotonic() - limits.deadlineMs
    for (const exchange of dispatcher.open) {
      exchange.expire(sinceMs)
      exchange.boundStall(limits.answerStallMs)
    }
  }, limits.connectionsCheckMs)
  deadlines.unref()

  let starting: Promise<void> | null = null
  let stopping: Promise<void> | null = null

  async function stop(): Promise<void> {
    draining = true
    await starting?.catch(() => undefined)
    if (server.listening) await drain()
    clearInterval(deadlines)
  }

  return {
    start: () => (starting ??= draining ? Promise.resolve() : listen(server, settings.listen)),
    stop: () => (stopping ??= stop()),
    get requestsInFlight() {
      return dispatcher.open.size
    },
    get address() {
      const address = server.address()
      return typeof address === 'string' ? null : address
    },
  }
}

function openServer({ limits, tls }: HttpSettings): Server {
  const options: ServerOptions = {
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: limits.connectionsCheckMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    maxHeaderSize: limits.headerBytesMax,
    requireHostHeader: false,
    insecureHTTPParser: false,
    noDelay: true,
  }
  return tls === null ? createServer(options) : createTlsServer({ ...options, ...tls })
}

function listen(server: Server, where: HttpSettings['listen']): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(where, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

/** What Node's parser and timers say, as problems; whatever is not listed is malformed. */
const problemCodes: Readonly<Record<string, ProblemCode>> = Object.freeze({
  ERR_HTTP_REQUEST_TIMEOUT: 'wire.timeout',
  HPE_HEADER_OVERFLOW: 'wire.headers-too-large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'wire.body-too-large',
})

const goneCodes = new Set(['ECONNRESET', 'EPIPE'])

/**
 * Ends the socket once what was written is out, without waiting for the client to close its side.
 */
function closeSoon(socket: Duplex): void {
  socket.end(() => socket.destroy())
}
