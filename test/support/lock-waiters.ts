/** Who waits for locks in PostgreSQL, and not in a lane. */

import { limits } from '../../src/base/limits.ts'
import { eventually } from './running.ts'

/**
 * Resolves when so many wait for a lock for longer than anybody does in a lane. `select` asks the
 * database that they are connected to.
 */
export async function lockWaiters(
  count: number,
  select: (text: string) => Promise<readonly (readonly unknown[])[]>,
): Promise<void> {
  const text = `select count(*)::int4 from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'
      and clock_timestamp() - query_start > interval '${2 * limits.laneLockTimeoutMs} ms'`
  await eventually(
    () => select(text),
    rows => Number(rows[0]?.[0]) >= count,
  )
}
