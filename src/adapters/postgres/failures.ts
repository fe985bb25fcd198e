/**
 * What PostgreSQL and the network say when they fail, as `DatabaseError`s; nothing of `pg` goes
 * further up.
 */

import { DatabaseError } from '../../ports/database.ts'

/** The fields of an ErrorResponse that `pg` reads. */
interface ServerFailure extends Error {
  readonly code: string
  readonly severity: string
  readonly routine?: string
  readonly constraint?: string
  readonly table?: string
  readonly column?: string
}

/**
 * States by which the server says that it is ending this connection, whatever the statement was.
 */
const endingStates: ReadonlySet<string> = new Set([
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
  '57P04', // database_dropped
  '57P05', // idle_session_timeout
])

function isServerFailure(error: Error): error is ServerFailure {
  return 'severity' in error && 'code' in error && typeof error.code === 'string'
}

/** Why one statement failed. `sent` says whether the server may have seen it. */
export function statementFailure(error: Error, sent: boolean): DatabaseError {
  if (!isServerFailure(error) || endingStates.has(error.code)) {
    return sent
      ? new DatabaseError('unknown', `the connection was lost: ${reasonOf(error)}`)
      : new DatabaseError('unavailable', `no connection to PostgreSQL: ${reasonOf(error)}`)
  }
  return new DatabaseError('refused', messageOf(error), {
    sqlState: error.code,
    constraint: error.constraint,
    table: error.table,
    column: error.column,
  })
}

/**
 * Classes whose messages quote names of the schema only. Others quote the values of a row, the
 * names of files, and whatever a function raises.
 */
const namingClasses: ReadonlySet<string> = new Set([
  '0A',
  '23',
  '25',
  '28',
  '2B',
  '3D',
  '3F',
  '40',
  '42',
  '53',
  '55',
  '57',
])

/** Messages end in logs. Where values stand in the detail, that was left behind already. */
function messageOf({ message, code }: ServerFailure): string {
  return namingClasses.has(code.slice(0, 2)) ? message : message.replace(/".*"/s, '"…"')
}

/** Why a connection could not be opened. */
export function connectFailure(error: unknown, place: string): DatabaseError {
  return new DatabaseError(
    'unavailable',
    `cannot connect to PostgreSQL at ${place}: ${reasonOf(error)}`,
  )
}

/**
 * A server-side name no longer stands for what it was made for, so the statement did not run and
 * may go again without it. Inside a transaction only the whole can go again, so to the engine it is
 * a serialization failure.
 */
export class StaleName extends DatabaseError {
  constructor() {
    super('refused', 'the schema changed under a named statement: run the transaction again', {
      sqlState: '40001',
    })
  }
}

/**
 * Whether the schema changed under a named statement (told by the routine, since 0A000 says other
 * things too), or the statement that was to make the name failed just before this one.
 */
export function isStaleName(error: Error): boolean {
  if (!isServerFailure(error)) return false
  return (
    error.code === '26000' || (error.code === '0A000' && error.routine === 'RevalidateCachedQuery')
  )
}

/** AggregateError (several addresses were tried) has an empty message: its parts say more. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}
