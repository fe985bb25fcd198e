/** The session that a migration runs on: its settings, its lock, and transactions by hand. */

import { limits } from '../../base/limits.ts'
import { MigrationError } from './migration-error.ts'
import type { Observe } from '../../base/observe.ts'
import type { Database, Row, Transaction } from '../../ports/database.ts'

export type Sessions = Pick<Database, 'session'>

/** One migration at a time in a database; the number means nothing. */
const migrationLock = 4_718_360_112

const waitStepMs = 200

/** Statements without values on one session. */
export interface MigrationSession {
  run(text: string, values?: readonly unknown[]): Promise<readonly Row[]>
  /** Commits when `work` resolves, rolls back and rethrows when it rejects. */
  transaction<T>(work: () => Promise<T>): Promise<T>
}

/** Opens a session of its own. Index builds may take hours, so no statement timeout holds here. */
export function migrationSession<T>(
  database: Sessions,
  work: (session: MigrationSession) => Promise<T>,
): Promise<T> {
  return database.session(async connection => {
    const session = sessionOn(connection)
    await session.run('set statement_timeout = 0')
    await session.run('set idle_in_transaction_session_timeout = 0')
    await session.run('set search_path = "public"')
    return work(session)
  })
}

function sessionOn(connection: Transaction): MigrationSession {
  const run = (text: string, values: readonly unknown[] = []) => connection.run({ text, values })
  return {
    run,
    async transaction(work) {
      await run('begin')
      try {
        const result = await work()
        await run('commit')
        return result
      } catch (error) {
        await run('rollback').catch(() => {})
        throw error
      }
    },
  }
}

/**
 * Runs `work` while no other process migrates this database. Waiting asks again and again instead
 * of sleeping in `pg_advisory_lock`: a session that waits there holds a snapshot, and CREATE INDEX
 * CONCURRENTLY of the holder would wait for it, a deadlock.
 */
export async function holdingMigrationLock<T>(
  session: MigrationSession,
  observe: Observe,
  work: () => Promise<T>,
): Promise<T> {
  for (let waitedMs = 0; !(await tryLock(session)); waitedMs += waitStepMs) {
    if (waitedMs === 0) observe({ kind: 'lifecycle', part: 'migrations', event: 'waiting' })
    if (waitedMs >= limits.migrationWaitMs) {
      throw new MigrationError(
        'waiting',
        'Another process has been migrating this database for too long.',
      )
    }
    await sleep(session, waitStepMs)
  }
  try {
    return await work()
  } finally {
    await session.run('select pg_advisory_unlock($1)', [String(migrationLock)]).catch(() => {})
  }
}

async function tryLock(session: MigrationSession): Promise<boolean> {
  const rows = await session.run('select pg_try_advisory_lock($1)', [String(migrationLock)])
  return rows[0]?.[0] === true
}

/** The server's clock: the engine has none of its own. */
export async function sleep(session: MigrationSession, ms: number): Promise<void> {
  await session.run('select pg_sleep($1)', [ms / 1000])
}
