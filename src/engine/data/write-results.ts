/** What a write statement answered, told apart by the rows that it was sent with. */

import type { Row } from '../../ports/database.ts'
import type { WriteOutcome } from '../../sql/plan.ts'
import type { WriteResult } from './data.ts'

/** A result as the statement gave it: a row of a group may still have to go alone. */
export interface RawResult extends Omit<WriteResult, 'outcome'> {
  readonly outcome: WriteOutcome
}

/** Whether nothing is left to do for a row with this outcome. */
const settled: Readonly<Record<WriteOutcome, boolean>> = {
  done: true,
  replayed: true,
  mismatch: true,
  missing: true,
  stale: true,
  denied: true,
  reference: true,
  referenced: true,
  oversize: true,
  busy: false,
  conflict: false,
}

export function isSettled(result: RawResult): result is WriteResult {
  return settled[result.outcome]
}

/** The outcome of a statement whose rows are never left for another one. */
export function settledOutcome(value: unknown): WriteResult['outcome'] {
  if (!isOutcome(value) || value === 'busy' || value === 'conflict') {
    throw new Error(`a write answered ${String(value)}`)
  }
  return value
}

/** In the order of the rows that were sent. Throws unless each got one answer. */
export function readResults(rows: readonly Row[], sent: number): RawResult[] {
  const results: RawResult[] = Array.from({ length: sent })
  let answered = 0
  for (const [number, outcome, detail, body, version] of rows) {
    const at = Number(number)
    if (!isOutcome(outcome)) throw new Error(`a write answered ${String(outcome)}`)
    if (results[at] === undefined) answered += 1
    results[at] = {
      outcome,
      detail: textOrNull(detail),
      body: textOrNull(body),
      version: numberOrNull(version),
    }
  }
  if (answered !== sent || results.length !== sent) {
    throw new Error(`a write of ${sent} rows got ${rows.length} answers for ${answered} of them`)
  }
  return results
}

/**
 * The results of a plan's waiting form, whose rows PostgreSQL makes wait or refuses with an error.
 */
export function settledResults(rows: readonly Row[], sent: number): WriteResult[] {
  const results = readResults(rows, sent)
  if (!results.every(isSettled)) throw new Error('a waiting write answered busy or conflict')
  return results
}

function isOutcome(value: unknown): value is WriteOutcome {
  return typeof value === 'string' && Object.hasOwn(settled, value)
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}
