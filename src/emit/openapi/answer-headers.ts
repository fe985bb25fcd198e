/** The headers of answers: those of every answer, and those that some operations add. */

import { limits } from '../../base/limits.ts'
import { reference } from './document.ts'
import { text, whole } from './plain-schemas.ts'
import type { Header, Reference, Response } from './document.ts'

const short = text(300)

/** By their own names. */
export const sharedHeaders = {
  'X-Request-Id': {
    description: 'The name of this exchange in the logs; that of the request where it gave one.',
    required: true,
    schema: { ...text(128), pattern: '^[\\w.~-]+$' },
  },
  'RateLimit-Policy': {
    description:
      'The quotas that the request counts against (draft-ietf-httpapi-ratelimit-headers).',
    schema: text(1_000),
  },
  RateLimit: {
    description: 'What is left of them: `r` requests, for `t` more seconds.',
    schema: text(1_000),
  },
  'Access-Control-Allow-Origin': {
    description: 'The origin of the asking page, where it is one of ALLOWED_ORIGINS.',
    schema: short,
  },
  ETag: { description: 'The version of the row in this view.', schema: short },
  Location: {
    description: 'The path of the row that was made.',
    schema: { ...short, format: 'uri-reference' },
  },
  'Retry-After': {
    description: 'Seconds.',
    schema: whole(0),
  },
  'Idempotent-Replayed': {
    description: 'Present where a stored answer was given again.',
    schema: { type: 'string', const: 'true' },
  },
  'Set-Cookie': {
    description: 'The session.',
    schema: text(limits.headerBytesMax),
  },
} as const satisfies Readonly<Record<string, Header>>

type AnswerHeader = keyof typeof sharedHeaders

/** References to headers, under their names. */
export function answerHeaders(
  ...names: readonly AnswerHeader[]
): Readonly<Record<string, Reference>> {
  return Object.fromEntries(names.map(name => [name, reference('headers', name)]))
}

const everywhere = answerHeaders(
  'X-Request-Id',
  'RateLimit-Policy',
  'RateLimit',
  'Access-Control-Allow-Origin',
)

/** The same response with the headers of every answer; a reference leads to one that has them. */
export function withEveryHeader<T extends Response | Reference>(response: T): T {
  if ('$ref' in response) return response
  return { ...response, headers: { ...everywhere, ...response.headers } }
}
