/** Why PostgreSQL refused, said to the caller: one table from SQLSTATE to problem. */

import { problem, Problem } from '../../base/errors.ts'
import type { Fault, ProblemCode } from '../../base/errors.ts'
import { constraintName, constraintPurposes, successorName } from '../../migrate/names.ts'
import type { FaultCode, RowFaultCode } from '../../model/faults.ts'
import type { Model } from '../../model/model.ts'
import { DatabaseError } from '../../ports/database.ts'
import type { DatabaseErrorKind } from '../../ports/database.ts'

/** Seconds after which a caller may try again what failed because of others. */
export const retryAfterSeconds = 1

interface Refusal {
  readonly code: ProblemCode
  /** Of the faulty fields that the error names; null where the error is not about fields. */
  readonly fault: { readonly code: FieldFault; readonly detail: string } | null
  readonly retry: boolean
}

type FieldFault = FaultCode | RowFaultCode

function ofFields(code: ProblemCode, fault: FieldFault, detail: string): Refusal {
  return { code, fault: { code: fault, detail }, retry: false }
}

function later(code: ProblemCode): Refusal {
  return { code, fault: null, retry: true }
}

const unstorable = 'The text holds a character that PostgreSQL cannot store.'

const taken = ofFields('run.conflict', 'taken', 'Another row has this value.')

/** Each value alone may stand in many rows: of a link, it is the pair that is there already. */
function takenTogether(fields: readonly string[]): string {
  const names = `${fields.slice(0, -1).join(', ')} and ${fields.at(-1)}`
  return `There is a row with the same ${names} already: list by them to find it, or change one.`
}

/** By SQLSTATE, else by its class (the first two characters); PostgreSQL, appendix A. */
const refusals: Readonly<Record<string, Refusal>> = {
  '22': ofFields('validate.invalid', 'format', 'PostgreSQL cannot store this value.'),
  '22001': ofFields('validate.invalid', 'too-long', 'The value is too long.'),
  '22003': ofFields('validate.invalid', 'too-large', 'The number is out of range.'),
  '22021': ofFields('validate.invalid', 'nul', unstorable),
  '22P05': ofFields('validate.invalid', 'nul', unstorable),
  '23502': ofFields('validate.invalid', 'required', 'A value is required.'),
  '23503': ofFields('validate.invalid', 'reference', 'No such row.'),
  '23505': taken,
  '23514': ofFields('validate.invalid', 'format', 'The value breaks a rule of the table.'),
  '25006': later('run.unavailable'), // a standby: the primary has moved
  '25P03': later('run.timeout'),
  '25P04': later('run.timeout'),
  '40': later('run.retry-exhausted'),
  '53': later('run.unavailable'),
  '55P03': later('run.busy'),
  '57': later('run.unavailable'),
  '57014': later('run.timeout'),
}

/** Of a check, which has a name, and of an event that finds no partition, which has none. */
const withoutPartition = '23514'

/** What kinds of failure other than a refusal say. */
const failures: Readonly<Record<Exclude<DatabaseErrorKind, 'refused'>, Refusal>> = {
  full: later('admit.overloaded'),
  unavailable: later('run.unavailable'),
  unknown: later('run.outcome-unknown'),
}

/** Whether another row has a unique value, or the id, of the row that was written. */
export function isTaken(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && error.sqlState === '23505'
}

/** A serialization failure and a deadlock: the same work may be done again at once. */
const collisions: ReadonlySet<string | null> = new Set(['40001', '40P01'])

export function isCollision(error: unknown): boolean {
  return error instanceof DatabaseError && collisions.has(error.sqlState)
}

/**
 * Whether a reference met the deletion of its row (or the other way round): a statement sent again
 * sees that by itself. User code would only do again what it did.
 */
export function isReferenceRace(error: unknown): boolean {
  return error instanceof DatabaseError && error.sqlState === '23503'
}

/**
 * Whether a statement for several was refused for what one of them brought. That includes a value
 * that the driver cannot take; in both cases nothing was done.
 */
export function isRefusal(error: unknown): boolean {
  return !(error instanceof DatabaseError) || error.kind === 'refused'
}

/** Whether it waited for a lock as long as it may. Nothing was done. */
export function isLockTimeout(error: unknown): boolean {
  return error instanceof DatabaseError && error.sqlState === '55P03'
}

/**
 * Whether another node was first with the same idempotency key: the next attempt finds its answer.
 */
export function isKeyRace(error: unknown): boolean {
  return isTaken(error) && error.constraint === 'idempotency_pkey'
}

/** What a duplicate gets that waited too long for the first request with its key. */
export function stillRunning(): Problem {
  return problem('run.idempotency-running', { retryAfterSeconds })
}

/** What a caller gets that has left: the reason that its signal gives where that is a problem. */
export function departed(signal: AbortSignal): Problem {
  const reason: unknown = signal.reason
  return reason instanceof Problem ? reason : problem('run.timeout', { cause: reason })
}

/**
 * Turns what the database threw into the caller's problem; anything that is not a `DatabaseError`
 * stays as it is.
 */
export interface Explain {
  read(error: unknown): unknown
  write(error: unknown): unknown
}

export function createExplain(model: Model): Explain {
  const byConstraint = fieldsByConstraint(model)
  const explain = (error: unknown, change: boolean) => {
    if (!(error instanceof DatabaseError)) return error
    const refusal = refusalOf(error, change)
    return refusal === undefined ? error : toProblem(refusal, error, fieldsOf(error, byConstraint))
  }
  return { read: error => explain(error, false), write: error => explain(error, true) }
}

/** Undefined where the fault is ours: a wrong statement, a missing table, a read that writes. */
function refusalOf(error: DatabaseError, change: boolean): Refusal | undefined {
  if (error.sqlState === '25006' && !change) return undefined
  if (error.kind === 'unknown' && !change) return failures.unavailable
  if (error.kind !== 'refused') return failures[error.kind]
  const sqlState = error.sqlState ?? ''
  if (sqlState === withoutPartition && error.constraint === null) return undefined
  return refusals[sqlState] ?? refusals[sqlState.slice(0, 2)]
}

function toProblem(refusal: Refusal, cause: DatabaseError, fields: readonly string[]): Problem {
  const { fault } = refusal
  const detail = refusal === taken && fields.length > 1 ? takenTogether(fields) : fault?.detail
  const errors: Fault[] =
    fault === null
      ? []
      : fields.map(field => ({ pointer: `/${field}`, ...fault, detail: detail ?? fault.detail }))
  return problem(refusal.code, {
    ...(detail === undefined ? {} : { detail }),
    ...(refusal.retry ? { retryAfterSeconds } : {}),
    errors,
    cause,
  })
}

function fieldsOf(
  error: DatabaseError,
  byConstraint: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  return (
    byConstraint.get(error.constraint ?? '') ??
    byConstraint.get(`${error.table}.${error.column}`) ??
    []
  )
}

/**
 * Index and constraint names, also those of their successors while a migration proves them, and
 * `table.column`, to the names of the fields that they bind.
 */
function fieldsByConstraint(model: Model): ReadonlyMap<string, readonly string[]> {
  const fields = new Map<string, readonly string[]>()
  for (const { table, fields: declared, indexes } of model.resources.values()) {
    for (const { name, column } of declared) {
      fields.set(`${table}.${column}`, [name])
      for (const purpose of constraintPurposes) {
        const constraint = constraintName(table, column, purpose)
        fields.set(constraint, [name]).set(successorName(constraint), [name])
      }
    }
    for (const { name, columns } of indexes) {
      const named = columns.map(({ field }) => field)
      fields.set(name, named).set(successorName(name), named)
    }
  }
  return fields
}
