/** The clock of a test: it runs, and can be put forward, for the engine and for the database. */

import type { Clock } from '../base/clock.ts'
import type { Database } from '../ports/database.ts'
import { systemClock } from '../run/clock.ts'

/** How far; what is given adds up. */
export interface Duration {
  readonly days?: number
  readonly hours?: number
  readonly minutes?: number
  readonly seconds?: number
  readonly milliseconds?: number
}

export interface TestClock {
  now(): Date
  /** Puts it forward: tokens and sessions end, limits fill up, defaults take the new time. */
  advance(duration: Duration): Promise<void>
  /** Puts the clock forward to a moment. */
  travelTo(moment: Date): Promise<void>
}

interface Time extends TestClock {
  /** What the engine reads. */
  readonly engine: Clock
}

const shifted = ['now', 'statement_timestamp', 'transaction_timestamp', 'clock_timestamp']

/**
 * In a schema that stands before `pg_catalog` in the search path: `now()` means the test's. The
 * defaults of columns have no search path, so they are written anew. `current_timestamp` is a word
 * of SQL that nothing can replace.
 */
export const clockStatements: readonly string[] = [
  'create schema mettle_clock',
  'create table mettle_clock.shift ("ms" bigint not null)',
  'insert into mettle_clock.shift values (0)',
  ...shifted.map(
    name => `create function mettle_clock.${name}() returns timestamptz language sql stable as $$
  select pg_catalog.${name}() + (select "ms" * interval '1 millisecond' from mettle_clock.shift)
$$`,
  ),
  `do $$ declare statement text; begin
  for statement in
    select format('alter table %s alter column %I set default %s', adrelid::regclass, attname,
      replace(pg_get_expr(adbin, adrelid), 'now()', 'mettle_clock.now()'))
    from pg_attrdef join pg_attribute on attrelid = adrelid and attnum = adnum
    where pg_get_expr(adbin, adrelid) ~ '\\mnow\\(\\)'
  loop execute statement; end loop; end $$`,
]

export function createTime(database: () => Pick<Database, 'run'>): Time {
  let ms = 0
  const advance = async (by: number) => {
    if (!(by >= 0)) throw new RangeError('the clock of a test only goes forward')
    const next = Math.round(ms + by)
    const text = 'update mettle_clock.shift set "ms" = $1::bigint'
    await database().run({ text, values: [next] }, 'pool')
    ms = next
  }
  return {
    engine: {
      now: () => systemClock.now() + ms,
      monotonic: () => systemClock.monotonic() + ms,
    },
    now: () => new Date(systemClock.now() + ms),
    advance: duration => advance(millisecondsOf(duration)),
    travelTo: moment => advance(moment.getTime() - systemClock.now() - ms),
  }
}

function millisecondsOf(duration: Duration): number {
  const { days = 0, hours = 0, minutes = 0, seconds = 0, milliseconds = 0 } = duration
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1_000 + milliseconds
}
