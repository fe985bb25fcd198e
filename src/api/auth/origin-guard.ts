/** The cross-origin check of every request, as the HTTP server runs it before its handlers. */

import { checkOrigin } from '../../engine/identity/origin.ts'
import type { RequestOrigin } from '../../engine/identity/origin.ts'
import type { HttpRequest } from '../http/route.ts'

/**
 * `allowed` holds origins: our own public one, and those whose pages may act for their visitors.
 */
export function originGuard(allowed: ReadonlySet<string>): (request: HttpRequest) => void {
  return request => {
    if (request.method !== 'GET') checkOrigin(originOf(request), allowed)
  }
}

export function originOf(request: HttpRequest): RequestOrigin {
  const { cookie, bearer } = request.credentials
  return {
    method: request.method,
    cookie: cookie !== null && bearer === null,
    origin: request.header('origin'),
    fetchSite: request.header('sec-fetch-site'),
    host: request.header('host'),
    secure: request.secure,
  }
}
