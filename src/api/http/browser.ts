/**
 * What every answer tells browsers: nothing in it may load, frame or run, and which foreign pages
 * may read it (CORS). Made once, so that an answer only picks a block.
 */

import { limits } from '../../base/limits.ts'
import { emptyAnswer, type HttpAnswer } from './route.ts'

/** Blocks of names and values, alternately. */
export interface BrowserHeaders {
  /** For answers that no page from elsewhere may read. */
  readonly own: readonly string[]
  /** For those that a page of this origin may read, by origin. */
  readonly shared: ReadonlyMap<string, readonly string[]>
}

const policyHeader = 'content-security-policy'

/** An answer of JSON is never a page. */
const always = [
  'x-content-type-options',
  'nosniff',
  policyHeader,
  "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-frame-options',
  'DENY',
  'referrer-policy',
  'no-referrer',
  'permissions-policy',
  'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'cross-origin-opener-policy',
  'same-origin',
  'cross-origin-embedder-policy',
  'require-corp',
  'cross-origin-resource-policy',
  'same-origin',
] as const

/** Only under TLS, here or at the proxy: RFC 6797, 7.2 forbids it elsewhere. */
const underTls = ['strict-transport-security', 'max-age=31536000; includeSubDomains'] as const

/** Headers of answers that pages may read beside those that the Fetch standard lets them read. */
const exposed = [
  'etag',
  'idempotent-replayed',
  'link',
  'location',
  'ratelimit',
  'ratelimit-policy',
  'retry-after',
  'www-authenticate',
  'x-request-id',
]

/** Headers that requests of pages may carry beside those that need no leave. */
const accepted = [
  'authorization',
  'content-type',
  'idempotency-key',
  'if-match',
  'if-none-match',
  'traceparent',
  'x-request-id',
]

/**
 * `secure`: clients reach the service by TLS. `origins` may read what their visitors may; with any,
 * caches keep the answers for each origin apart.
 */
export function browserHeaders(secure: boolean, origins: readonly string[]): BrowserHeaders {
  const vary = origins.length === 0 ? [] : ['vary', 'Origin']
  const own = Object.freeze([...always, ...(secure ? underTls : []), ...vary])
  const readable = (origin: string) =>
    Object.freeze([
      ...own,
      'access-control-allow-origin',
      origin,
      'access-control-allow-credentials',
      'true',
      'access-control-expose-headers',
      exposed.join(', '),
    ])
  return Object.freeze({ own, shared: new Map(origins.map(one => [one, readable(one)])) })
}

/** The block for a request with this `Origin`. */
export function blockFor(
  { own, shared }: BrowserHeaders,
  origin: string | undefined,
): readonly string[] {
  return origin === undefined ? own : (shared.get(origin) ?? own)
}

/**
 * To a browser that asks whether a page may send a request (a preflight, Fetch standard 3.2.2); the
 * block of its origin says the rest. The same for every path: what a page may do there, the request
 * itself is told.
 */
export const preflightAnswer: HttpAnswer = emptyAnswer([
  'access-control-allow-methods',
  'GET, HEAD, POST, PUT, PATCH, DELETE',
  'access-control-allow-headers',
  accepted.join(', '),
  'access-control-max-age',
  String(limits.preflightSeconds),
])

/** The same block for an answer that is a page and brings a Content-Security-Policy of its own. */
export function withPolicy(block: readonly string[], policy: string): readonly string[] {
  return block.with(block.indexOf(policyHeader) + 1, policy)
}
