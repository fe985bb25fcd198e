/** Answers of the engine as HTTP: status, tags, caching. */

import { problem } from '../../base/errors.ts'
import type { Answer } from '../../engine/operation.ts'
import { apiPath } from '../../model/names.ts'
import { weightedList } from '../http/headers.ts'
import type { HttpAnswer, HttpRequest } from '../http/route.ts'
import { callerHas } from './conditions.ts'

/** What a caller may see depends on who asks, and its form on what it accepts. */
const vary = ['vary', 'Accept-Encoding, Authorization, Cookie'] as const
const json = ['content-type', 'application/json'] as const

/**
 * `no-cache` lets a cache keep the answer but ask again each time: rows change, and a revalidation
 * that ends in 304 is cheap. Without it a shared cache could show one caller what another's roles
 * left out.
 */
const kept = {
  shared: ['cache-control', 'public, no-cache', ...vary],
  private: ['cache-control', 'private, no-cache', ...vary],
  never: ['cache-control', 'no-store', ...vary],
} as const

/** A read: 200, or 304 when the caller has it already. */
export function readAnswer(request: HttpRequest, answer: Answer): HttpAnswer {
  const headers: string[] = [...(answer.shared ? kept.shared : kept.private)]
  addHeaders(headers, answer.headers)
  if (answer.tag !== null) {
    headers.push('etag', `"${answer.tag}"`)
    if (callerHas(request, answer.tag)) return { status: 304, headers, body: null }
  }
  headers.push(...json)
  return { status: answer.status, headers, body: answer.body }
}

/** A change: 201 with Location, 200, or 204. */
export function writeAnswer(answer: Answer): HttpAnswer {
  const headers: string[] = [...kept.never]
  addHeaders(headers, answer.headers)
  if (answer.tag !== null) headers.push('etag', `"${answer.tag}"`)
  if (answer.created !== null) headers.push('location', locationOf(answer.created))
  if (answer.replayed) headers.push('idempotent-replayed', 'true')
  if (answer.body !== null) headers.push(...json)
  return { status: answer.status, headers, body: answer.body }
}

/** The path of a row that was created. */
export function locationOf({ resource, id }: NonNullable<Answer['created']>): string {
  return `${apiPath}/${resource}/${id}`
}

function addHeaders(headers: string[], more: Readonly<Record<string, string>>): void {
  for (const name in more) headers.push(name, more[name]!)
}

/** Throws `wire.not-acceptable` for a caller that takes no JSON. */
export function requireJsonAccepted(request: HttpRequest): void {
  const accept = request.header('accept')
  if (accept === null || commonAccepts.has(accept)) return
  for (const [range, weight] of weightedList(accept))
    if (weight > 0 && coversJson.test(range)) return
  throw problem('wire.not-acceptable', { detail: 'Answers are application/json.' })
}

/** What almost every client sends. */
const commonAccepts: ReadonlySet<string> = new Set(['', '*/*', 'application/json'])

/** Also `application/vnd.shop.v1+json`, the name of one version. */
const coversJson = /^(?:\*\/\*|application\/(?:\*|json|[\w.!#$&^-]+\+json))$/
