/** One request and its answer: written once, observed once, whatever happens on the way. */

import {
  STATUS_CODES,
  validateHeaderName,
  validateHeaderValue,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'

import type { Clock } from '../../base/clock.ts'
import { asProblem, problem, type Problem } from '../../base/errors.ts'
import type { Observe } from '../../base/observe.ts'
import type { Trail } from '../../engine/operation.ts'
import { discardBody } from './body.ts'
import { blockFor, withPolicy, type BrowserHeaders } from './browser.ts'
import { chooseCoding, compress } from './compress.ts'
import { traceIdOf } from './headers.ts'
import { problemAnswer } from './problem.ts'
import type { HttpAnswer, Surface } from './route.ts'

/** What all exchanges of a server share. */
export interface ExchangeSettings {
  readonly clock: Clock
  readonly observe: Observe
  readonly browser: BrowserHeaders
  readonly limits: { readonly compressBytesMin: number; readonly bodyDiscardBytesMax: number }
  /** Whether the server is stopping, so that answers close their connection. */
  draining(): boolean
}

/**
 * What nginx made known for a client that went away before its answer; it is logged and never sent.
 */
const clientGone = 499

/** Methods that change nothing (RFC 9110, 9.2.1). */
const safe: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Work that can be told to give up. */
interface Abandonable {
  abandon(reason: Problem): void
}

export class Exchange {
  readonly message: IncomingMessage
  readonly response: ServerResponse
  readonly requestId: string
  /** The route's labels; `none` until one is found. */
  operation = 'none'
  surface: Surface = 'none'
  trail: Trail | null = null
  /** What a handler of ours works on; null where somebody else answers, in his own time. */
  work: Abandonable | null = null
  /** Among those that are open. */
  place = 0
  readonly #settings: ExchangeSettings
  readonly #startedMs: number
  #settled = false

  constructor(
    message: IncomingMessage,
    response: ServerResponse,
    requestId: string,
    settings: ExchangeSettings,
  ) {
    this.message = message
    this.response = response
    this.requestId = requestId
    this.#settings = settings
    this.#startedMs = settings.clock.monotonic()
  }

  /** The answer to the client. Never throws. */
  answer(answer: HttpAnswer): void {
    const { body } = answer
    const accept = this.message.headers['accept-encoding']
    if (
      accept === undefined ||
      body === null ||
      body.length < this.#settings.limits.compressBytesMin
    ) {
      return this.#settle(answer, null)
    }
    const coding = chooseCoding(accept)
    if (coding === null) return this.#settle(answer, null)
    compress(answer, body, coding).then(
      smaller => this.#settle(smaller, null),
      (error: unknown) => this.fail(error),
    )
  }

  /** The problem that was thrown, to the client; what is behind it, to the log. Never throws. */
  fail(error: unknown): void {
    const failure = asProblem(error)
    if (failure.status >= 500 && failure.cause !== undefined) {
      const { requestId, traceId, operation: where } = this
      this.#settings.observe({ kind: 'fault', requestId, traceId, where, error: failure.cause })
    }
    this.#settle(problemAnswer(failure, this.requestId), failure)
  }

  /**
   * Gives up what was begun before `sinceMs` and has no answer yet. A change may be committed at
   * this very moment, so nobody who asked for one is told that nothing was done.
   */
  expire(sinceMs: number): void {
    if (this.#settled || this.work === null || this.#startedMs >= sinceMs) return
    this.work.abandon(problem('run.timeout', { retryAfterSeconds: 1 }))
    const code = safe.has(this.message.method) ? 'run.timeout' : 'run.outcome-unknown'
    this.fail(problem(code, { retryAfterSeconds: 1 }))
  }

  /**
   * While the answer is on its way, its client has to take something of it within the time, again
   * and again; else Node cuts the connection.
   */
  boundStall(stallMs: number): void {
    const { socket, writableEnded } = this.response
    if (socket === null || writableEnded === (socket.timeout === stallMs)) return
    socket.setTimeout(writableEnded ? stallMs : 0)
  }

  /** For an answer that somebody else writes on the response: observed when it has ended. */
  follow(): void {
    this.response.once('close', () => {
      if (this.#settled) return
      this.#settled = true
      this.#observe(this.response.writableFinished ? this.response.statusCode : clientGone, null)
    })
  }

  /** Of the trace that the request belongs to, as its sender says. */
  get traceId(): string | null {
    return traceIdOf(this.message.headers['traceparent'])
  }

  /** Whether the answer is still to come. */
  get open(): boolean {
    return !this.#settled
  }

  #settle(answer: HttpAnswer, failure: Problem | null): void {
    if (this.#settled) return
    this.#settled = true
    if (this.response.destroyed) return this.#observe(clientGone, failure)
    try {
      this.#write(answer)
    } catch (error) {
      if (this.response.headersSent) this.response.destroy()
      this.#settled = this.response.headersSent
      return this.fail(problem('run.internal', { cause: error }))
    }
    this.#observe(answer.status, failure)
  }

  #write({ status, headers, body, policy }: HttpAnswer): void {
    const { message, response } = this
    const block = blockFor(this.#settings.browser, message.headers.origin)
    const told = policy === undefined ? block : withPolicy(block, policy)
    const all = [...headers, 'x-request-id', this.requestId, ...told]
    if (body !== null) all.push('content-length', String(Buffer.byteLength(body)))
    else if (status !== 204 && status !== 304) all.push('content-length', '0')
    if (this.#settings.draining()) all.push('connection', 'close')
    if (body === null) checkHeaders(headers)
    response.writeHead(status, all)
    response.end(message.method === 'HEAD' ? null : body)
    if (!message.complete) discardBody(message, this.#settings.limits.bodyDiscardBytesMax)
  }

  #observe(status: number, failure: Problem | null): void {
    const caller = this.trail?.caller
    this.#settings.observe({
      kind: 'request',
      requestId: this.requestId,
      traceId: this.traceId,
      surface: this.surface,
      method: this.message.method ?? '',
      operation: this.operation,
      status,
      code: failure?.code ?? null,
      durationMs: this.#settings.clock.monotonic() - this.#startedMs,
      caller: caller?.id ?? null,
      apiKey: caller?.apiKey?.id ?? null,
    })
  }
}

/**
 * Throws for headers that HTTP does not know. Node throws for them too, but after a 204 or a 304
 * it keeps in mind that no body may follow, and the problem that takes the answer's place has one.
 */
function checkHeaders(headers: readonly string[]): void {
  for (let at = 0; at < headers.length; at += 2) {
    validateHeaderName(headers[at]!)
    validateHeaderValue(headers[at]!, headers[at + 1]!)
  }
}

/**
 * An answer as the bytes of an HTTP/1.1 message, for a socket on which no request could be read.
 */
export function rawAnswer(
  { status, headers, body }: HttpAnswer,
  security: readonly string[],
): string {
  const text = body === null ? '' : body.toString()
  const all = [
    ...headers,
    ...security,
    'content-length',
    String(Buffer.byteLength(text)),
    'connection',
    'close',
  ]
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`
  for (let at = 0; at < all.length; at += 2) head += `${all[at]}: ${all[at + 1]}\r\n`
  return `${head}\r\n${text}`
}
