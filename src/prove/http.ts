/** Requests as a client sends them, each with an outcome; nothing is ever thrown for an answer. */

import { Agent, request as openRequest, type IncomingMessage } from 'node:http'
import { Agent as TlsAgent, request as openTlsRequest } from 'node:https'
import { type Outcome, outcomeOf } from './ledger.ts'

export interface Request {
  /** Default: GET, or POST with a body. */
  readonly method?: string
  /** From the root, with its query: `/api/v1/orders?limit=1`. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly body?: unknown
  /** Sent as it is, in place of `body`. */
  readonly raw?: string | Uint8Array
}

export interface Reply {
  readonly outcome: Outcome
  /** Null without an answer. */
  readonly status: number | null
  /** Of the problem, or of the error of the connection. */
  readonly code: string | null
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly text: string
  /** The body, parsed; null where it is no JSON. */
  readonly json: unknown
  readonly sentMs: number
  readonly endedMs: number
}

export interface Sender {
  readonly send: (request: Request) => Promise<Reply>
  readonly close: () => void
}

interface SenderOptions {
  readonly url: string
  readonly connectionsMax?: number
  /** Whether connections are used again (the default) or each request opens one. */
  readonly keepAlive?: boolean
  readonly timeoutMs?: number
}

const answerMsMax = 30_000

export function createSender(options: SenderOptions): Sender {
  const { url, connectionsMax = 64, keepAlive = true, timeoutMs = answerMsMax } = options
  const base = new URL(url)
  const isTls = base.protocol === 'https:'
  const settings = { keepAlive, maxSockets: connectionsMax }
  const agent = isTls ? new TlsAgent(settings) : new Agent(settings)
  const open = isTls ? openTlsRequest : openRequest
  return {
    send: request =>
      new Promise(resolve => {
        const sentMs = nowMs()
        const payload = payloadOf(request)
        const asked = open({
          agent,
          hostname: base.hostname.replace(/^\[|\]$/g, ''),
          port: base.port,
          path: request.path,
          method: request.method ?? (payload === null ? 'GET' : 'POST'),
          headers: {
            ...(payload !== null && {
              'content-type': 'application/json',
              'content-length': Buffer.byteLength(payload),
            }),
            ...request.headers,
          },
        })
        const fail = (error: Error) => resolve(lost(error, sentMs))
        asked.setTimeout(timeoutMs, () => asked.destroy(new Error('no answer in time')))
        asked.once('error', fail)
        asked.once('response', response => {
          response.once('error', fail)
          readReply(response, sentMs, resolve)
        })
        asked.end(payload ?? undefined)
      }),
    close: () => agent.destroy(),
  }
}

/** Comparable between the processes of one machine. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now()
}

function payloadOf({ body, raw }: Request): string | Uint8Array | null {
  if (raw !== undefined) return raw
  return body === undefined ? null : JSON.stringify(body)
}

function readReply(response: IncomingMessage, sentMs: number, done: (reply: Reply) => void): void {
  const chunks: Buffer[] = []
  response.on('data', (chunk: Buffer) => chunks.push(chunk))
  response.once('end', () => {
    const text = Buffer.concat(chunks).toString()
    const status = response.statusCode ?? null
    const json = parsed(text)
    const code = memberOf(json, 'code')
    const outcome = outcomeOf(status, code)
    const { headers } = response
    done({ outcome, status, code, headers, text, json, sentMs, endedMs: nowMs() })
  })
}

function lost(error: Error, sentMs: number): Reply {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.message
  const outcome = outcomeOf(null, code)
  const nothing = { status: null, headers: {}, text: '', json: null }
  return { ...nothing, outcome, code, sentMs, endedMs: nowMs() }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** A text that the object has under the name. */
export function memberOf(json: unknown, name: string): string | null {
  const value: unknown =
    typeof json === 'object' && json !== null ? Reflect.get(json, name) : undefined
  return typeof value === 'string' ? value : null
}
