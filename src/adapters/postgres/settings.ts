/** What a connection is for, and the session settings that follow from it. */

import type { limits as everyLimit } from '../../base/limits.ts'

/** The bounds that this adapter obeys, taken from the table of all. */
export type PostgresLimits = { readonly [Name in PostgresLimitName]: number }

type PostgresLimitName = Extract<
  keyof typeof everyLimit,
  | `${'read' | 'write'}Lanes`
  | `lane${string}`
  | `pool${string}`
  | `scan${string}`
  | `plan${string}`
  | `namedPlans${string}`
  | `reconnect${string}`
  | 'statementTimeoutMs'
  | 'lockTimeoutMs'
  | 'idleInTransactionTimeoutMs'
  | 'connectTimeoutMs'
  | 'outageWaitMs'
  | 'silenceGraceMs'
  | 'drainMs'
>

/**
 * `read` and `write`: lanes with many callers and bounded statements. `scan` and `pool`: one caller
 * at a time. `session`: one caller for as long as it likes.
 */
export type Purpose = 'read' | 'write' | 'scan' | 'pool' | 'session'

type Settings = Readonly<Record<string, string | number>>

/** Values leave PostgreSQL in one form, whatever the database's or the role's own settings are. */
const everywhere: Settings = {
  TimeZone: 'UTC',
  DateStyle: 'ISO, YMD',
  IntervalStyle: 'iso_8601',
  bytea_output: 'hex',
  default_transaction_isolation: 'read committed',
  jit: 'off',
}

const byPurpose: Record<Purpose, (limits: PostgresLimits) => Settings> = {
  // A read that was lost is repeated, so PostgreSQL itself must see to it that a read changes
  // nothing.
  read: limits => ({ ...readOnly, ...plannedOnce, ...timeouts(limits) }),
  write: limits => ({
    ...plannedOnce,
    ...timeouts(limits),
    lock_timeout: limits.laneLockTimeoutMs,
  }),
  scan: limits => ({ ...readOnly, ...timeouts(limits) }),
  pool: timeouts,
  session: () => ({
    statement_timeout: 0,
    lock_timeout: 0,
    idle_in_transaction_session_timeout: 0,
  }),
}

const readOnly: Settings = { default_transaction_read_only: 'on' }

/** A bounded statement has one good plan, and planning it again costs more than running it. */
const plannedOnce: Settings = { plan_cache_mode: 'force_generic_plan' }

function timeouts(limits: PostgresLimits): Settings {
  return {
    statement_timeout: limits.statementTimeoutMs,
    lock_timeout: limits.lockTimeoutMs,
    idle_in_transaction_session_timeout: limits.idleInTransactionTimeoutMs,
  }
}

/**
 * The first message of a connection. Not startup options: a pooler between refuses those, or is
 * told to ignore them and then drops them silently.
 */
export function settingsText(purpose: Purpose, limits: PostgresLimits): string {
  const settings = { ...everywhere, ...byPurpose[purpose](limits) }
  return Object.entries(settings)
    .map(([name, value]) => `set ${name} = '${value}'`)
    .join('; ')
}
