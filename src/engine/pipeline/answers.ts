/** From rows and outcomes to answers and problems. */

import { hash } from 'node:crypto'
import type { Caller } from '../../base/caller.ts'
import { type Fault, problem, type Problem } from '../../base/errors.ts'
import type { Row } from '../../ports/database.ts'
import type { ReadPlan, WritePlan } from '../../sql/plan.ts'
import type { WriteResult } from '../data/data.ts'
import type { Answer } from '../operation.ts'

const noHeaders = Object.freeze({})

/** An answer with a body and nothing else. */
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

/** One row, as `[body, version]` of a plan of form `one`. */
export function rowAnswer(row: Row | undefined, plan: ReadPlan, caller: Caller): Answer {
  if (row === undefined) throw problem('run.not-found')
  const body = row[0] as string
  return {
    status: 200,
    body,
    tag: `${row[1] as number}-${plan.foreign ? bodyTag(body) : plan.tag}`,
    created: null,
    replayed: false,
    shared: caller.kind === 'anonymous',
    headers: noHeaders,
  }
}

/** Where the body can change without the row's version, the bytes themselves are the tag. */
function bodyTag(body: string): string {
  return hash('sha1', body, 'base64url').slice(0, 12)
}

/** Of a write that succeeded; throws what else became of it. */
export function writeAnswer(result: WriteResult, plan: WritePlan, id: string): Answer {
  const outcome = result.outcome
  if (outcome !== 'done' && outcome !== 'replayed') throw refusals[outcome](result.detail)
  const deleted = plan.form === 'delete'
  const createdId = outcome === 'done' ? id : idOf(result.body)
  return {
    status: deleted ? 204 : plan.form === 'create' ? 201 : 200,
    body: deleted ? null : result.body,
    tag: deleted || result.version === null ? null : `${result.version}-${plan.tag}`,
    created:
      plan.form === 'create' && createdId !== null
        ? { resource: plan.resource, id: createdId }
        : null,
    replayed: outcome === 'replayed',
    shared: false,
    headers: noHeaders,
  }
}

/** The answer that an idempotency key stands for, given again. `creates`: the resource whose row it is, if it made one. */
export function storedAnswer(
  status: Answer['status'],
  body: string | null,
  creates: string | null,
): Answer {
  const id = creates === null ? null : idOf(body)
  return {
    status,
    body,
    tag: null,
    created: creates === null || id === null ? null : { resource: creates, id },
    replayed: true,
    shared: false,
    headers: noHeaders,
  }
}

/** A replayed create answers the row that the first request made, whose id is in its body. */
function idOf(body: string | null): string | null {
  if (body === null) return null
  const { id } = JSON.parse(body) as { id?: unknown }
  return typeof id === 'string' ? id : null
}

type Refused = Exclude<WriteResult['outcome'], 'done' | 'replayed'>

const refusals: Readonly<Record<Refused, (detail: string | null) => Problem>> = {
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
  referenced: resource =>
    problem('run.referenced', { detail: `Rows of ${resource} refer to this one.` }),
}

function fieldFault(field: string | null, code: string, detail: string): Fault {
  return { pointer: `/${field}`, code, detail }
}
