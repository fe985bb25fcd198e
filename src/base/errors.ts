/** The catalogue of errors: every failure that can leave Mettle, each with a stable code. */

/** What the catalogue says of one code. `hint` tells the caller what to do next. */
interface ProblemKind {
  /** A registered problem type; `urn:mettle:problem:<code>` where there is none. */
  readonly type?: string
  readonly status: number
  readonly title: string
  readonly hint: string
}

/**
 * Codes are grouped by the stage that raises them and are never reused.
 * `docs/ERRORS.md` lists the same table; a test holds the two together both ways.
 */
export const problemKinds = {
  // the wire: before an operation is known
  'wire.not-found': {
    status: 404,
    title: 'No such path',
    hint: 'Check the path; /openapi.json and /docs name all of them, where they are published.',
  },
  'wire.method-not-allowed': {
    status: 405,
    title: 'Method not allowed',
    hint: 'Use one of the methods in the Allow header.',
  },
  'wire.not-acceptable': { status: 406, title: 'Not acceptable', hint: 'Accept application/json.' },
  'wire.unsupported-media-type': {
    status: 415,
    title: 'Unsupported media type',
    hint: 'Send the body as application/json (PATCH also takes application/merge-patch+json).',
  },
  'wire.body-too-large': { status: 413, title: 'Body too large', hint: 'Send a smaller body.' },
  'wire.url-too-long': { status: 414, title: 'URL too long', hint: 'Shorten the query string.' },
  'wire.headers-too-large': {
    status: 431,
    title: 'Header fields too large',
    hint: 'Send fewer or shorter headers.',
  },
  'wire.timeout': {
    status: 408,
    title: 'The request took too long to arrive',
    hint: 'Send the whole request without pausing.',
  },
  'wire.invalid-encoding': {
    status: 400,
    title: 'The request is not valid UTF-8',
    hint: 'Encode the URL and the body as UTF-8.',
  },
  'wire.invalid-json': {
    status: 400,
    title: 'The body is not valid JSON',
    hint: 'Send one JSON value (RFC 8259).',
  },
  'wire.duplicate-key': {
    status: 400,
    title: 'A JSON object names a key twice',
    hint: 'Name each key once.',
  },
  'wire.too-deep': {
    status: 400,
    title: 'The JSON is nested too deeply',
    hint: 'Flatten the document.',
  },
  'wire.malformed-request': {
    status: 400,
    title: 'The request is malformed',
    hint: 'Check the request line and the headers (RFC 9112).',
  },
  'wire.invalid-header': {
    status: 400,
    title: 'A header has an invalid value',
    hint: 'Correct the header named in the detail.',
  },
  'wire.invalid-batch': {
    status: 400,
    title: 'The batch is not valid',
    hint: 'Correct the places that errors[].pointer names; no operation was run.',
  },
  'wire.foreign-network': {
    status: 403,
    title: 'Not from this network',
    hint: 'Call from a network that this listener admits.',
  },
  'wire.cross-origin': {
    status: 403,
    title: 'Request from a foreign origin',
    hint: 'Send an Origin of this host or of ALLOWED_ORIGINS, or a bearer token without a cookie.',
  },
  // admit
  'admit.overloaded': {
    status: 503,
    title: 'Too busy',
    hint: 'Retry after the time in the Retry-After header.',
  },
  // identify
  'identify.required': {
    status: 401,
    title: 'Sign in first',
    hint: 'Send a session cookie or an Authorization: Bearer token.',
  },
  'identify.invalid-token': {
    status: 401,
    title: 'The token is not valid',
    hint: 'Sign in again to get a new token.',
  },
  'identify.invalid-key': {
    status: 401,
    title: 'The API key is not valid',
    hint: 'Send the whole key as it was given; if it has ended or was revoked, make another.',
  },
  'identify.token-reused': {
    status: 401,
    title: 'The refresh token was used before',
    hint: 'Sign in again: the session was ended, since somebody may have a copy of the token.',
  },
  'identify.wrong-credentials': {
    status: 401,
    title: 'E-mail or password is wrong',
    hint: 'Check both and try again.',
  },
  // limit
  'limit.exceeded': {
    type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
    status: 429,
    title: 'Request cannot be satisfied as assigned quota has been exceeded',
    hint: 'Retry after the time in the Retry-After header.',
  },
  // authorise
  'authorise.denied': {
    status: 403,
    title: 'Not allowed',
    hint: 'Sending it again will not help; use an account that may do this, if there is one.',
  },
  'authorise.out-of-scope': {
    status: 403,
    title: 'The API key may not do this',
    hint: 'Use a key that has the scope which the detail names.',
  },
  'authorise.key-refused': {
    status: 403,
    title: 'Not with an API key',
    hint: 'Sign in: accounts, sessions and keys are managed by their owner himself.',
  },
  // validate
  'validate.invalid': {
    status: 422,
    title: 'The input is not valid',
    hint: 'Correct the fields that errors[].pointer names.',
  },
  'validate.query': {
    status: 422,
    title: 'The query is not valid',
    hint: 'Correct the parameters that errors[].parameter names.',
  },
  'validate.cursor': {
    status: 422,
    title: 'The cursor is not valid here',
    hint: 'Use the next cursor of the same list with the same filter and sort.',
  },
  'validate.id': {
    status: 422,
    title: 'The id is not a UUID',
    hint: 'Use the id that the API gave you.',
  },
  // run
  'run.not-found': {
    status: 404,
    title: 'Not found',
    hint: 'Check the id; a row you may not read looks the same as none.',
  },
  'run.conflict': {
    status: 409,
    title: 'Conflict with another row',
    hint: 'Change a value that errors[].pointer names, or the row that has it.',
  },
  'run.too-many-keys': {
    status: 409,
    title: 'Too many API keys',
    hint: 'Revoke one that is not used any more.',
  },
  'run.referenced': {
    status: 409,
    title: 'Other rows refer to this one',
    hint: 'Delete or change those rows first.',
  },
  'run.busy': {
    status: 409,
    title: 'The row is busy',
    hint: 'Retry after the time in the Retry-After header.',
  },
  'run.stale': {
    status: 412,
    title: 'The row has changed',
    hint: 'Read it again and repeat the change on the new version.',
  },
  'run.idempotency-running': {
    status: 409,
    title: 'The same request is still running',
    hint: 'Retry with the same key after the time in the Retry-After header.',
  },
  'run.idempotency-mismatch': {
    status: 422,
    title: 'The idempotency key was used for another request',
    hint: 'Use a new Idempotency-Key for a new request.',
  },
  'run.retry-exhausted': {
    status: 409,
    title: 'The change kept colliding with others',
    hint: 'Retry after the time in the Retry-After header.',
  },
  'run.timeout': {
    status: 503,
    title: 'The work took too long',
    hint: 'Retry later, or ask for less.',
  },
  'run.unavailable': {
    status: 503,
    title: 'The database is not reachable',
    hint: 'Retry after the time in the Retry-After header.',
  },
  'run.outcome-unknown': {
    status: 503,
    title: 'The outcome is not known',
    hint: 'Retry with the same Idempotency-Key, or read before you repeat.',
  },
  'run.dependency': {
    status: 424,
    title: 'An operation that this one refers to failed',
    hint: 'Correct that operation, and send both again.',
  },
  'run.answer-too-large': {
    status: 422,
    title: 'The answer would be too large',
    hint: 'Ask for fewer rows or fields, or in several batches.',
  },
  'run.internal': {
    status: 500,
    title: 'Internal error',
    hint: 'Report the requestId to whoever runs this service.',
  },
} as const satisfies Record<string, ProblemKind>

export type ProblemCode = keyof typeof problemKinds

/** One faulty place: a JSON Pointer (RFC 6901) into the body, or the name of a query parameter. */
export interface Fault {
  readonly pointer?: string
  readonly parameter?: string
  readonly code: string
  readonly detail: string
}

interface ProblemOptions {
  /** Outward: what is wrong with this request. Never holds anything internal. */
  readonly detail?: string
  readonly errors?: readonly Fault[]
  readonly retryAfterSeconds?: number
  /** Extra headers of the answer, in lower case. */
  readonly headers?: Readonly<Record<string, string>>
  /** Extension members that the problem type has (RFC 9457, 3.2). */
  readonly members?: Readonly<Record<string, unknown>>
  /** Inward: logged, never sent. */
  readonly cause?: unknown
}

/**
 * A failure that reaches the caller as an RFC 9457 problem. `detail` goes out, `cause` stays in.
 */
export class Problem extends Error {
  readonly type: string
  readonly code: string
  readonly status: number
  readonly title: string
  readonly hint: string
  readonly detail: string | undefined
  readonly errors: readonly Fault[]
  readonly retryAfterSeconds: number | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly members: Readonly<Record<string, unknown>>
  /** Members of a command's declared error; empty for catalogue codes. */
  readonly data: Readonly<Record<string, unknown>>

  constructor(
    code: string,
    kind: ProblemKind,
    options: ProblemOptions & { readonly data?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(messageOf(code, kind, options), { cause: options.cause })
    this.name = 'Problem'
    this.type = kind.type ?? `urn:mettle:problem:${code}`
    this.code = code
    this.status = kind.status
    this.title = kind.title
    this.hint = kind.hint
    this.detail = options.detail
    this.errors = options.errors ?? []
    this.retryAfterSeconds = options.retryAfterSeconds
    this.headers = options.headers ?? {}
    this.members = options.members ?? {}
    this.data = options.data ?? {}
  }
}

/** What a person reads of an uncaught one. Outward go title and detail, without it. */
function messageOf(code: string, { title }: ProblemKind, options: ProblemOptions): string {
  const { detail, errors = [], members } = options
  const operation = members?.['operation']
  const where = typeof operation === 'number' ? `, operation ${operation}` : ''
  const places = errors.map(({ pointer, parameter, detail: told }) => {
    const place = pointer ?? parameter
    return place === undefined ? '' : `\n  ${place} ${told}`
  })
  return `${detail ?? title} (${code}${where})${places.join('')}`
}

/** Makes a problem of the catalogue. */
export function problem(code: ProblemCode, options: ProblemOptions = {}): Problem {
  return new Problem(code, problemKinds[code], options)
}

/** The same problem with more headers: a copy, because several requests may fail of one. */
export function withHeaders(failure: Problem, headers: Readonly<Record<string, string>>): Problem {
  const all = { ...headers, ...failure.headers }
  return new Problem(failure.code, failure, { ...optionsOf(failure), headers: all })
}

/** What makes a problem like this one. */
export function optionsOf(failure: Problem) {
  const { detail, errors, retryAfterSeconds, headers, members, cause, data } = failure
  return { detail, errors, retryAfterSeconds, headers, members, cause, data }
}

/** What was thrown, as a problem; whatever is none becomes `run.internal` with it as the cause. */
export function asProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown
  return problem('run.internal', { cause: thrown ?? new Error('something threw nothing') })
}
