/** One call over fetch: headers, retries with jitter, and the answer as a value or a problem. */

import { ClientProblem } from './problem.ts'
import type { TransportCode } from './problem.ts'

export interface TransportOptions {
  /** Where the backend is, `https://api.example.com`; in a page of its own origin `''`. */
  readonly url: string
  /** Another `fetch`, for tests and proxies. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>
  /** How often a call is sent again, at most: 3 unless given. */
  readonly retriesMax?: number
  /** For one answer: 30,000 unless given. */
  readonly timeoutMs?: number
  /** Sent with every call. */
  readonly headers?: Readonly<Record<string, string>>
}

export interface Message {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** From the root, with its query string. */
  readonly path: string
  readonly body?: unknown
  /** The version that the row must have. */
  readonly version?: number
  readonly key?: string | null
  readonly signal?: AbortSignal
}

/** What signs a call: its headers, and whether cookies go along. */
export interface Signature {
  readonly headers: Readonly<Record<string, string>>
  readonly credentials: NonNullable<RequestInit['credentials']>
}

/**
 * Resolves to the JSON of the answer, null where it has no body. Who asks knows what the backend
 * answers; it is not looked at again.
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters
export type Send = <Answer>(message: Message, signature: Signature) => Promise<Answer>

const retriesMaxDefault = 3
const timeoutMsDefault = 30_000
/** Waits double from the first to the last; each is drawn between half of it and all of it. */
const waitMsFirst = 100
const waitMsLast = 5_000
/** A backend that wants more patience than this is told about instead of waited for. */
const patienceSeconds = 30

export function createTransport(options: TransportOptions): Send {
  const { retriesMax = retriesMaxDefault } = options
  return async <Answer>(message: Message, signature: Signature) => {
    for (let attempt = 0; ; attempt++) {
      try {
        return await exchange<Answer>(options, message, signature)
      } catch (error) {
        message.signal?.throwIfAborted()
        if (!(error instanceof ClientProblem)) throw error
        if (attempt >= retriesMax || !mayRepeat(error, message)) throw error
        await pause(waitMs(error, attempt), message.signal)
      }
    }
  }
}

const unsettled: ReadonlySet<string> = new Set<TransportCode | 'run.outcome-unknown'>([
  'client.unreachable',
  'client.timeout',
  'client.unexpected-answer',
  'run.outcome-unknown',
])
const gateways = [502, 503, 504]

/**
 * Where nothing was done and the backend says when to come back, any call may be sent again. Where
 * the outcome is not known, only one that reads, or that has a key: the backend then answers for
 * the first one.
 */
function mayRepeat({ code, status, retryAfterSeconds }: ClientProblem, message: Message): boolean {
  if ((retryAfterSeconds ?? 0) > patienceSeconds) return false
  if (!unsettled.has(code)) return retryAfterSeconds !== undefined
  if (code === 'client.unexpected-answer' && !gateways.includes(status)) return false
  return message.method === 'GET' || (message.key ?? null) !== null
}

function waitMs({ retryAfterSeconds }: ClientProblem, attempt: number): number {
  const most = Math.min(waitMsLast, waitMsFirst * 2 ** attempt)
  const drawn = most * (0.5 + Math.random() / 2)
  return (retryAfterSeconds ?? 0) * 1_000 + drawn
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const give = () => {
      clearTimeout(timer)
      reject(signal!.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', give)
      resolve()
    }, ms)
    signal?.addEventListener('abort', give, { once: true })
  })
}

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- as of Send
async function exchange<Answer>(
  options: TransportOptions,
  message: Message,
  { headers, credentials }: Signature,
): Promise<Answer> {
  const { method, path, body, signal } = message
  const limit = AbortSignal.timeout(options.timeoutMs ?? timeoutMsDefault)
  const request = options.fetch ?? fetch
  try {
    const response = await request(options.url.replace(/\/$/, '') + path, {
      method,
      headers: { ...options.headers, ...headers, ...headersOf(message) },
      body: body === undefined ? null : JSON.stringify(body, plainJson),
      credentials,
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    })
    return read(response, await response.text())
  } catch (error) {
    if (error instanceof ClientProblem) throw error
    throw limit.aborted
      ? transportProblem('client.timeout', 'No answer in time', error)
      : transportProblem('client.unreachable', 'The backend cannot be reached', error)
  }
}

function headersOf({ method, body, version, key }: Message): Readonly<Record<string, string>> {
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
  return {
    accept: 'application/json',
    ...(body === undefined ? {} : { 'content-type': type }),
    ...(version === undefined ? {} : { 'if-match': `"${version}"` }),
    ...(key === undefined || key === null ? {} : { 'idempotency-key': quoted(key) }),
  }
}

/** A string of structured fields (RFC 9651, 3.3.3). */
function quoted(key: string): string {
  return `"${key.replaceAll(/["\\]/g, found => `\\${found}`)}"`
}

function plainJson(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}

function read(response: Response, text: string) {
  const { status, headers } = response
  const isJson = /[/+]json\b/.test(headers.get('content-type') ?? '')
  const json = isJson && text !== '' ? parse(text) : null
  if (response.ok && (isJson || text === '')) return json
  const retryAfterSeconds = secondsOf(headers.get('retry-after'))
  const known = isProblem(json)
    ? json
    : { code: 'client.unexpected-answer', title: `Unexpected answer ${status}` }
  throw new ClientProblem(
    known,
    status,
    retryAfterSeconds === undefined ? {} : { retryAfterSeconds },
  )
}

/** What was cut off on its way is no JSON. */
function parse(text: string) {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw transportProblem('client.unreachable', 'The answer is incomplete', error)
  }
}

function isProblem(json: unknown): json is { readonly code: string } {
  return (
    typeof json === 'object' && json !== null && 'code' in json && typeof json.code === 'string'
  )
}

/** Seconds, or a date (RFC 9110, 10.2.3). */
function secondsOf(retryAfter: string | null): number | undefined {
  if (retryAfter === null) return undefined
  const seconds = Number(retryAfter)
  if (Number.isFinite(seconds)) return seconds
  const untilMs = Date.parse(retryAfter) - Date.now()
  return Number.isFinite(untilMs) ? Math.max(0, untilMs / 1_000) : undefined
}

function transportProblem(code: TransportCode, title: string, cause: unknown): ClientProblem {
  return new ClientProblem({ code, title }, 0, { cause })
}
