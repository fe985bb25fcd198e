/** `/metrics`: the figures of all workers, for this machine or for whoever has the token. */

import { timingSafeEqual, createHash } from 'node:crypto'
import { problem } from '../base/errors.ts'
import type { HttpRequest, Route } from '../api/http/route.ts'

const contentType = 'text/plain; version=0.0.4; charset=utf-8'

/**
 * `token` null: only callers on this machine are answered, and no proxy for somebody else. Others
 * see 404, as if there were nothing.
 */
export function metricsRoute(scrape: () => Promise<string>, token: string | null): Route {
  return {
    method: 'GET',
    path: '/metrics',
    operation: 'metrics',
    surface: 'service',
    async handle(request) {
      if (!mayScrape(request, token)) throw problem('wire.not-found')
      const headers = ['content-type', contentType, 'cache-control', 'no-store']
      return { status: 200, headers, body: await scrape() }
    },
  }
}

/** What proxies say about whom they speak for. */
const forwarded = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via']

function mayScrape(request: HttpRequest, token: string | null): boolean {
  const { address, bearer } = request.credentials
  if (token === null) {
    const local = address === '::1' || address.replace('::ffff:', '').startsWith('127.')
    return local && forwarded.every(name => request.header(name) === null)
  }
  return bearer !== null && timingSafeEqual(digest(bearer), digest(token))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
