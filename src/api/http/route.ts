/**
 * What stands between the HTTP server and whoever answers a path: requests in, answers out, no
 * sockets.
 */

import type { Credentials, Trail } from '../../engine/operation.ts'

/** HEAD is answered by the GET route and OPTIONS by the dispatcher. */
export type RouteMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/**
 * One request as a handler sees it. It is its own trail: what is learnt on the way ends in the log
 * line.
 */
export interface HttpRequest extends Trail {
  readonly method: RouteMethod
  /** Without the query string, as it was sent. */
  readonly path: string
  /** Values of the `{name}` segments in the order of the path, percent-decoded. */
  readonly params: readonly string[]
  /** The raw query string without `?`; empty where there is none. */
  readonly query: string
  readonly requestId: string
  /** Built on first use. */
  readonly credentials: Credentials
  /** Whether clients reach the service by TLS, here or at a proxy in front. */
  readonly secure: boolean
  /** Aborted when the client has gone before its answer; built on first use. */
  readonly signal: AbortSignal
  /**
   * A request header by its lower-case name; null where it was not sent. Repeated headers come
   * joined as RFC 9110 says.
   */
  header(name: string): string | null
  /**
   * The body as strictly parsed JSON (PATCH also takes application/merge-patch+json); undefined
   * where no body was sent. Rejects with the `wire.*` problems.
   */
  json(): Promise<unknown>
}

export interface HttpAnswer {
  readonly status: number
  /**
   * Names in lower case and values, alternately; a name may stand twice. Length, date and security
   * headers are added.
   */
  readonly headers: readonly string[]
  readonly body: string | Uint8Array | null
  /** The Content-Security-Policy of a page; without it an answer may load and run nothing. */
  readonly policy?: string
}

/**
 * Refuses by throwing (or rejecting with) a `Problem`; anything else that it throws becomes
 * `run.internal`.
 */
type HttpHandler = (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>

/** A bounded label for metrics: `service` is what operators and tools ask for, `none` no route. */
export type Surface = 'rest' | 'auth' | 'service' | 'fastify' | 'none'

export interface Route {
  readonly method: RouteMethod
  /** `/auth/sessions/{id}`: literal segments and parameters, nothing else. */
  readonly path: string
  /** A bounded label for metrics and logs: `auth.sign-in`, `products.read`. */
  readonly operation: string
  /** REST unless told otherwise. */
  readonly surface?: Surface
  /** Who asks, where such callers have a listener of their own; everybody unless told. */
  readonly listener?: 'admin' | 'metrics'
  readonly handle: HttpHandler
}

/** An answer that holds `value` as JSON and is kept by no cache. */
export function jsonAnswer(
  status: number,
  value: unknown,
  headers: readonly string[] = [],
): HttpAnswer {
  return {
    status,
    headers: ['content-type', 'application/json', 'cache-control', 'no-store', ...headers],
    body: JSON.stringify(value),
  }
}

/** An answer without a body: 204 unless told otherwise. */
export function emptyAnswer(headers: readonly string[] = [], status = 204): HttpAnswer {
  return { status, headers: ['cache-control', 'no-store', ...headers], body: null }
}
