/** `/metrics`: the figures of all workers, for this machine or for whoever has the token. */

import { timingSafeEqual, createHash } from 'node:crypto'
import { problem } from '../base/errors.ts'
import type { HttpRequest, Route } from '../api/http/route.ts'

const contentType = 'text/plain; version=0.0.4; charset=utf-8'

/** Who may read the metrics; others see 404, as if there were nothing. */
export interface Readers {
  /** Who has it; null: whom the network tells. */
  readonly token: string | null
  /** Whether only whom a list of networks names reaches the listener: then that is enough. */
  readonly listed: boolean
}

/** Without a token and a list, callers on this machine are answered, and no proxy for others. */
export function metricsRoute(scrape: () => Promise<string>, readers: Readers): Route {
  return {
    method: 'GET',
    path: '/metrics',
    operation: 'metrics',
    surface: 'service',
    listener: 'metrics',
    async handle(request) {
      if (!mayScrape(request, readers)) throw problem('wire.not-found')
      const headers = ['content-type', contentType, 'cache-control', 'no-store']
      return { status: 200, headers, body: await scrape() }
    },
  }
}

/** What proxies say about whom they speak for. */
const forwarded = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via']

function mayScrape(request: HttpRequest, { token, listed }: Readers): boolean {
  if (token === null) return listed || isThisMachine(request)
  const { bearer } = request.credentials
  return bearer !== null && timingSafeEqual(digest(bearer), digest(token))
}

function isThisMachine(request: HttpRequest): boolean {
  const { address } = request.credentials
  const local = address === '::1' || address.replace('::ffff:', '').startsWith('127.')
  return local && forwarded.every(name => request.header(name) === null)
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
