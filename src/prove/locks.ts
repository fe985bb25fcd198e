/** Rows that the runner itself holds locked, so that whoever comes has to wait at that place. */

import { setTimeout as sleep } from 'node:timers/promises'
import { quoteName } from '../base/quote.ts'
import type { ResourceModel } from '../model/model.ts'
import { DatabaseError } from '../ports/database.ts'
import type { Records } from './records.ts'

interface Held {
  /** Resolves when that many sessions wait for a lock. Rejects when they do not come. */
  readonly waiters: (count: number) => Promise<void>
  /** Takes another row; resolves to whether it was got, and not lost to a deadlock. */
  readonly take: (id: string) => Promise<boolean>
}

const waitersMsMax = 10_000
const lookMs = 10
const deadlockFound = '40P01'

/** Nobody changes the row while `work` runs. */
export function holding<T>(
  records: Records,
  resource: ResourceModel,
  id: string,
  work: (held: Held) => Promise<T>,
): Promise<T> {
  return records.session(async session => {
    await session.run({ text: 'begin', values: [] })
    const lock = `select 1 from ${quoteName(resource.table)} where "id" = $1::uuid for update`
    const take = (other: string) => session.run({ text: lock, values: [other] })
    await take(id)
    try {
      return await work({
        waiters: count => untilWaiting(records, count),
        take: other => take(other).then(yes, isVictim),
      })
    } finally {
      await session.run({ text: 'rollback', values: [] })
    }
  })
}

async function untilWaiting(records: Records, count: number): Promise<void> {
  const text = `select count(*)::int4 from pg_stat_activity
    where "datname" = current_database() and "wait_event_type" = 'Lock'`
  const untilMs = performance.now() + waitersMsMax
  while ((await records.count(text)) < count) {
    if (performance.now() > untilMs) throw new Error(`fewer than ${count} wait for a locked row`)
    await sleep(lookMs)
  }
}

function yes(): boolean {
  return true
}

function isVictim(error: unknown): boolean {
  if (error instanceof DatabaseError && error.sqlState === deadlockFound) return false
  throw error
}
