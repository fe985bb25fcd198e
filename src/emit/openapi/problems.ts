/** Failures in the document: one response for each status of the error catalogue. */

import { problemKinds } from '../../base/errors.ts'
import { limits } from '../../base/limits.ts'
import { answerHeaders } from './answer-headers.ts'
import { reference } from './document.ts'
import { text, whole } from './plain-schemas.ts'
import type { Reference, Response } from './document.ts'
import type { ProblemCode } from '../../base/errors.ts'
import type { JsonSchema } from '../../model/kinds/index.ts'

const everywhere: readonly ProblemCode[] = [
  'wire.malformed-request',
  'wire.not-acceptable',
  'wire.timeout',
  'wire.url-too-long',
  'wire.headers-too-large',
  'admit.overloaded',
  'limit.exceeded',
  'run.internal',
]
const guarded: readonly ProblemCode[] = [
  'identify.invalid-token',
  'identify.invalid-key',
  'authorise.denied',
  'authorise.out-of-scope',
]
const withQuery: readonly ProblemCode[] = ['validate.query']
const withBody: readonly ProblemCode[] = [
  'wire.body-too-large',
  'wire.unsupported-media-type',
  'validate.invalid',
]
const onRow: readonly ProblemCode[] = ['run.not-found', 'validate.id']
const changing: readonly ProblemCode[] = ['run.conflict', 'run.busy']
const versioned: readonly ProblemCode[] = ['run.stale']

/** What can go wrong, by the nature of an operation. */
const problemsOf = {
  list: [...everywhere, ...guarded, ...withQuery],
  nested: [...everywhere, ...guarded, ...withQuery, ...onRow],
  read: [...everywhere, ...guarded, ...withQuery, ...onRow],
  create: [...everywhere, ...guarded, ...withQuery, ...withBody, ...changing],
  change: [
    ...everywhere,
    ...guarded,
    ...withQuery,
    ...withBody,
    ...onRow,
    ...changing,
    ...versioned,
  ],
  delete: [...everywhere, ...guarded, ...onRow, ...changing, ...versioned],
  command: [...everywhere, ...guarded, ...withBody, 'run.not-found', ...changing, ...versioned],
  query: [...everywhere, ...guarded, ...withQuery],
  batch: [
    ...everywhere,
    ...guarded,
    ...withBody,
    ...onRow,
    ...changing,
    ...versioned,
    'wire.invalid-batch',
  ],
  authentication: [...everywhere, ...guarded, ...withBody, ...changing],
  session: [...everywhere, ...guarded, ...onRow],
  ending: [...everywhere, ...guarded, ...onRow, ...changing],
} as const satisfies Record<string, readonly ProblemCode[]>

export type OperationNature = keyof typeof problemsOf

/** The responses of failures, by status. */
export function problemResponses(nature: OperationNature): Readonly<Record<string, Reference>> {
  const statuses = new Set(problemsOf[nature].map(code => problemKinds[code].status))
  return Object.fromEntries(
    [...statuses].map(status => [String(status), reference('responses', nameOf(status))]),
  )
}

/**
 * One for each status that an operation may answer, with all codes that the catalogue has for it.
 */
export function problemComponents(): Readonly<Record<string, Response>> {
  const answered = new Set(
    Object.values(problemsOf)
      .flat()
      .map(code => problemKinds[code].status),
  )
  return Object.fromEntries(
    [...answered].map(status => [
      nameOf(status),
      problemResponse(
        Object.entries(problemKinds)
          .filter(([, kind]) => kind.status === status)
          .map(([code, { title }]) => `\`${code}\`: ${title}.`)
          .join('\n\n'),
        reference('schemas', 'Problem'),
        isRetried(status),
      ),
    ]),
  )
}

/** Statuses whose answers say when to come again. */
export function isRetried(status: number): boolean {
  return status === 409 || status === 429 || status === 503
}

export function problemResponse(
  description: string,
  schema: JsonSchema,
  retried: boolean,
): Response {
  return {
    description,
    ...(retried && { headers: answerHeaders('Retry-After') }),
    content: { 'application/problem+json': { schema } },
  }
}

function nameOf(status: number): string {
  return `Problem${status}`
}

/** What our own words take, and what repeats something of the request. */
const words = text(1_000)
const repeating = text(2 * limits.bodyBytesMax)

/** RFC 9457, with the members that Mettle adds. */
export const problemSchema: JsonSchema = {
  type: 'object',
  properties: {
    type: { ...words, format: 'uri', examples: ['urn:mettle:problem:run.not-found'] },
    title: words,
    status: whole(400, 599),
    detail: repeating,
    code: { ...words, description: 'Stable; translate messages by it.' },
    hint: { ...words, description: 'What to do next.' },
    requestId: text(128),
    errors: {
      type: 'array',
      maxItems: limits.faultsReportedMax,
      items: {
        type: 'object',
        properties: {
          pointer: { ...repeating, description: 'A JSON Pointer (RFC 6901) into the body.' },
          parameter: { ...repeating, description: 'The name of a query parameter.' },
          code: words,
          detail: repeating,
        },
        required: ['code', 'detail'],
      },
    },
    data: { type: 'object', description: 'Members of a declared error.' },
    operation: {
      ...whole(0, limits.batchOperationsMax),
      description: 'The number of the operation for which an atomic batch failed.',
    },
    'violated-policies': {
      type: 'array',
      items: words,
      maxItems: limits.ratePoliciesMax,
      description: 'Of 429: the rate limits that were exceeded.',
    },
  },
  required: ['type', 'title', 'status', 'code', 'hint', 'requestId'],
}
