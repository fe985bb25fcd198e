/**
 * The defence of cookie callers against requests that a foreign page made their browser send
 * (CSRF).
 */

import { problem } from '../../base/errors.ts'

/**
 * What a request says of where it comes from; header values as they were sent, null where absent.
 */
export interface RequestOrigin {
  readonly method: string
  /** Whether the session cookie is what says who asks: no bearer token came with it. */
  readonly cookie: boolean
  readonly origin: string | null
  readonly fetchSite: string | null
  readonly host: string | null
  /** Whether clients reach the service by TLS, here or at a proxy in front. */
  readonly secure: boolean
}

const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * `none` is the user's own doing: the address bar, a bookmark. A sibling host (`same-site`) is
 * foreign.
 */
const ownSites: ReadonlySet<string> = new Set(['same-origin', 'none'])

/**
 * Throws `wire.cross-origin` unless the request may act for its cookie. Browsers send
 * Sec-Fetch-Site or Origin with every unsafe request and no page can forge them; a program that
 * keeps cookies sends the service's own `Origin`. A bearer token is never sent by itself, so its
 * callers are free. `allowed` holds origins like `https://app.example.com`.
 */
export function checkOrigin(request: RequestOrigin, allowed: ReadonlySet<string>): void {
  if (!request.cookie || safeMethods.has(request.method)) return
  if (!isFamiliar(request, allowed)) throw problem('wire.cross-origin')
}

/**
 * For the paths that set a cookie (sign-in, sign-up, sign-out): they may act for nobody, so a
 * program that sends no Origin is welcome, but a foreign page must not sign its visitor in as
 * somebody else, nor out. Its form sends no cookie, and browsers still obey the answer's.
 */
export function checkSigningOrigin(request: RequestOrigin, allowed: ReadonlySet<string>): void {
  if (request.origin === null && request.fetchSite === null) return
  if (!isFamiliar(request, allowed)) throw problem('wire.cross-origin')
}

function isFamiliar(request: RequestOrigin, allowed: ReadonlySet<string>): boolean {
  const { origin, fetchSite } = request
  if (fetchSite !== null && ownSites.has(fetchSite)) return true
  return origin !== null && (allowed.has(origin) || isOwnHost(origin, request))
}

/**
 * The host that was asked for; behind TLS a page of the same host that came without TLS may be
 * anybody's.
 */
function isOwnHost(origin: string, { host, secure }: RequestOrigin): boolean {
  if (host === null) return false
  const own = host.toLowerCase()
  return origin === `https://${own}` || (!secure && origin === `http://${own}`)
}
