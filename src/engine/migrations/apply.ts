/** Applies steps one by one, each recorded with the checksum of its text. */

import { limits } from '../../base/limits.ts'
import { checksum } from '../../migrate/engine-schema.ts'
import { DatabaseError } from '../../ports/database.ts'
import { MigrationError } from './migration-error.ts'
import { sleep } from './session.ts'
import type { MigrationSession } from './session.ts'
import type { Observe } from '../../base/observe.ts'
import type { Step } from '../../migrate/step.ts'

const lockNotAvailable = '55P03'

/**
 * A step that could not get its lock goes again: it waits behind others for a moment only, so that
 * nobody waits behind it for long.
 */
export async function applySteps(
  session: MigrationSession,
  steps: readonly Step[],
  epoch: string,
  observe: Observe,
): Promise<void> {
  for (const step of steps) {
    await applyWithPatience(session, step, epoch)
    observe({ kind: 'lifecycle', part: 'migrations', event: 'applied', detail: step.name })
  }
}

async function applyWithPatience(
  session: MigrationSession,
  step: Step,
  epoch: string,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await applyStep(session, step, epoch)
      return
    } catch (error) {
      if (sqlStateOf(error) !== lockNotAvailable) throw await explain(session, step, epoch, error)
      if (attempt === limits.migrationLockAttemptsMax) {
        throw new MigrationError(
          'locked',
          `Could not ${step.name}: a transaction keeps a lock that stands against it. Run again when it has ended.`,
          error,
        )
      }
      await sleep(session, limits.migrationLockPauseMs * attempt)
    }
  }
}

/**
 * Building an index concurrently waits for older transactions but nobody waits for it, so it may
 * wait long.
 */
async function applyStep(session: MigrationSession, step: Step, epoch: string): Promise<void> {
  if (!step.inTransaction) {
    await session.run('set lock_timeout = 0')
    for (const statement of step.statements) await session.run(statement)
    await record(session, step, epoch)
    return
  }
  await session.transaction(async () => {
    await session.run(`set local lock_timeout = ${limits.migrationLockTimeoutMs}`)
    for (const statement of step.statements) await session.run(statement)
    await record(session, step, epoch)
  })
}

async function record(session: MigrationSession, step: Step, epoch: string): Promise<void> {
  await session.run(
    'insert into "mettle"."migrations" ("name", "sql", "checksum", "epoch") values ($1, $2, $3, $4)',
    [step.name, step.statements.join(';\n'), checksum(step.statements), epoch],
  )
}

/** Rows against a step are the user's to mend; everything else is passed on as it came. */
async function explain(
  session: MigrationSession,
  step: Step,
  epoch: string,
  error: unknown,
): Promise<unknown> {
  if (!isAboutRows(error)) return error
  if (step.undo !== null) await applyWithPatience(session, undoing(step, step.undo), epoch)
  const hint = step.hint === null ? '' : ` ${step.hint}`
  return new MigrationError('rows', `Could not ${step.name}.${hint}`, error)
}

function undoing(step: Step, undo: string): Step {
  return { ...step, name: `undo ${step.name}`, statements: [undo], undo: null, hint: null }
}

/**
 * Class 23 (a constraint is violated) and class 22 (a value does not fit) of PostgreSQL's appendix
 * A.
 */
function isAboutRows(error: unknown): boolean {
  return /^2[23]/.test(sqlStateOf(error) ?? '')
}

function sqlStateOf(error: unknown): string | null {
  return error instanceof DatabaseError ? error.sqlState : null
}
