/** Any thrown thing to an RFC 9457 answer: what is known goes out, what is inside stays inside. */

import type { Problem } from '../../base/errors.ts'
import type { HttpAnswer } from './route.ts'

/**
 * `{ type, title, status, detail, code, hint, requestId, errors, data }`; `errors` lists faulty
 * places and `data` the members of a command's declared error, each left out where there is nothing
 * to say. Behind them stand the members of the problem type.
 */
export function problemText(failure: Problem, requestId: string): string {
  const body = {
    type: failure.type,
    title: failure.title,
    status: failure.status,
    detail: failure.detail,
    code: failure.code,
    hint: failure.hint,
    requestId,
    errors: failure.errors.length === 0 ? undefined : failure.errors,
    data: Object.keys(failure.data).length === 0 ? undefined : failure.data,
    ...failure.members,
  }
  return withoutMarkup(JSON.stringify(body))
}

export function problemAnswer(failure: Problem, requestId: string): HttpAnswer {
  const headers = ['content-type', 'application/problem+json', 'cache-control', 'no-store']
  if (failure.status === 401) headers.push('www-authenticate', 'Bearer')
  if (failure.retryAfterSeconds !== undefined)
    headers.push('retry-after', String(Math.ceil(failure.retryAfterSeconds)))
  for (const [name, value] of Object.entries(failure.headers)) headers.push(name, value)
  return { status: failure.status, headers, body: problemText(failure, requestId) }
}

/**
 * The same JSON without a character that could begin markup: a problem may quote what was sent, and
 * no reader, however careless about types, shall take it for a page.
 */
function withoutMarkup(json: string): string {
  return json.replaceAll(/[<>&]/g, found => escapes[found]!)
}

const escapes: Readonly<Record<string, string>> = {
  '<': String.raw`\u003c`,
  '>': String.raw`\u003e`,
  '&': String.raw`\u0026`,
}
