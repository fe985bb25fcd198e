/** What the outcome of a repository's write says: one table from outcome to problem. */

import { problem } from '../../base/errors.ts'
import type { Problem } from '../../base/errors.ts'
import type { WriteResult } from './data.ts'

type Outcome = WriteResult['outcome']
type Explanation = (resource: string, detail: string | null) => Problem

const denied: Explanation = (resource, field) => {
  const what = field === null ? `a row of ${resource}` : `${resource}.${field}`
  return problem('authorise.denied', { detail: `This may not be written: ${what}` })
}

/**
 * The field belongs to a row that code wrote, not to the body that a caller sent: so there is no
 * pointer to it.
 */
function invalid(code: string, words: string): Explanation {
  return (resource, field) => {
    const detail = `${resource}.${field} ${words}`
    return problem('validate.invalid', { detail, errors: [{ code, detail }] })
  }
}

const explanations: Readonly<Record<Exclude<Outcome, 'done' | 'replayed'>, Explanation>> = {
  missing: resource => problem('run.not-found', { detail: `${resource} has no such row` }),
  stale: resource => problem('run.stale', { detail: `A row of ${resource} has changed` }),
  mismatch: () => problem('run.idempotency-mismatch'),
  denied,
  reference: invalid('reference', 'names no row, or one that the caller may not read'),
  referenced: (resource, by) =>
    problem('run.referenced', {
      detail: `Rows of ${by ?? 'another resource'} refer to a row of ${resource}`,
    }),
  oversize: invalid('too-big', 'takes too many bytes once it is stored'),
}

/** Null for a success. */
export function outcomeProblem(
  resource: string,
  outcome: Outcome,
  detail: string | null,
): Problem | null {
  return outcome === 'done' || outcome === 'replayed'
    ? null
    : explanations[outcome](resource, detail)
}
