/** From rows and outcomes to answers and problems. */

import { hash } from 'node:crypto'
import type { Caller, CallerKey } from '../../base/caller.ts'
import { type Fault, problem, type Problem } from '../../base/errors.ts'
import { isInScope } from '../../model/scopes.ts'
import type { Row } from '../../ports/database.ts'
import type { ReadPlan, WritePlan } from '../../sql/plan.ts'
import { referringNames } from '../../sql/write/dependants.ts'
import type { StoredAnswer } from '../../sql/write/idempotency.ts'
import type { WriteResult } from '../data/data.ts'
import type { Answer } from '../operation.ts'

const noHeaders = Object.freeze({})

/** An answer with a body and nothing else; 204 without one. */
export function bodyAnswer(body: string | null, caller: Caller): Answer {
  return {
    status: body === null ? 204 : 200,
    body,
    tag: null,
    created: null,
    replayed: false,
    shared: caller.kind === 'anonymous',
    headers: noHeaders,
  }
}

/** One row, as a plan of form `one` gives it, now or in a stored answer. */
export function rowAnswer(
  [body, version]: Row,
  plan: Pick<ReadPlan, 'tag' | 'foreign'>,
  caller: Caller,
): Answer {
  if (typeof body !== 'string' || typeof version !== 'number')
    throw new Error('a row was read without its body or its version')
  return { ...bodyAnswer(body, caller), tag: rowTag(body, version, plan) }
}

/** Of a write that succeeded; throws what else became of it. `id` is the row's. */
export function writeAnswer(
  result: WriteResult,
  plan: WritePlan,
  id: string,
  { apiKey }: Caller,
): Answer {
  const { outcome, detail, body, version } = result
  if (outcome !== 'done' && outcome !== 'replayed') throw refusals[outcome](detail, apiKey)
  const replayed = outcome === 'replayed'
  // A create that is asked for again is answered with the row that was made the first time.
  const row = replayed ? (detail ?? id) : id
  return {
    status: plan.form === 'create' ? 201 : body === null ? 204 : 200,
    body,
    tag: body === null || version === null ? null : rowTag(body, version, plan),
    created: plan.form === 'create' ? { resource: plan.resource, id: row } : null,
    replayed,
    shared: false,
    headers: noHeaders,
  }
}

/**
 * `<version>-<hash>`: where the body can change without the row's version, its bytes are hashed,
 * else the plan says which view it is.
 */
function rowTag(body: string, version: number, plan: Pick<ReadPlan, 'tag' | 'foreign'>): string {
  return `${version}-${plan.foreign ? hash('sha1', body, 'base64url').slice(0, 12) : plan.tag}`
}

/** What a key keeps of an answer: enough for the same work to give it again. */
export function storedAnswer(answer: Answer): StoredAnswer {
  return {
    status: answer.status,
    body: answer.body,
    row: answer.created?.id ?? null,
    version: answer.tag === null ? null : Number.parseInt(answer.tag, 10),
  }
}

type Refused = Exclude<WriteResult['outcome'], 'done' | 'replayed'>

const refusals: Readonly<
  Record<Refused, (detail: string | null, apiKey: CallerKey | null) => Problem>
> = {
  mismatch: () => problem('run.idempotency-mismatch'),
  missing: () => problem('run.not-found'),
  stale: () => problem('run.stale'),
  denied: field =>
    problem('authorise.denied', {
      errors: field === null ? [] : [fieldFault(field, 'denied', 'You may not write this field.')],
    }),
  reference: field =>
    problem('validate.invalid', { errors: [fieldFault(field, 'reference', 'names no row')] }),
  oversize: field =>
    problem('validate.invalid', { errors: [fieldFault(field, 'too-big', 'takes too many bytes')] }),
  referenced: (resources, apiKey) => {
    const told = resources !== null && mayBeNamed(resources, apiKey) ? resources : null
    return problem('run.referenced', {
      detail: `Rows of ${told ?? 'another resource'} refer to this one.`,
    })
  },
}

/** Plans know the rules of a user, but not the API key that he came with. */
function mayBeNamed(resources: string, apiKey: CallerKey | null): boolean {
  return referringNames(resources).every(name => isInScope(apiKey, name, 'read'))
}

function fieldFault(field: string | null, code: string, detail: string): Fault {
  return { pointer: `/${field}`, code, detail }
}
