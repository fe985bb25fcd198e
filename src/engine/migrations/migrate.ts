/** Migrations of a running database: plan, apply, status. */

import { applySteps } from './apply.ts'
import { MigrationError } from './migration-error.ts'
import { planMigration } from './plan.ts'
import { holdingMigrationLock, migrationSession } from './session.ts'
import type { Sessions } from './session.ts'
import type { Observe } from '../../base/observe.ts'
import type { Step } from '../../migrate/step.ts'
import type { Model } from '../../model/model.ts'

interface MigrateOptions {
  /** Steps that lose data may run. */
  readonly allowDestructive?: boolean
  /** Steps that hold readers and writers off while a table is rewritten may run. */
  readonly allowBlocking?: boolean
  /** Told when waiting for another process, and of each applied step. */
  readonly observe?: Observe
}

/**
 * Brings the database to what the model declares, and resolves to the steps that were applied.
 * Waits while another process does the same, then finds nothing to do. Rejects with
 * `MigrationError`, whose message says what to do; a run that was cut off at any point is finished
 * by the next.
 */
export function migrate(
  database: Sessions,
  model: Model,
  { allowDestructive = false, allowBlocking = false, observe = () => {} }: MigrateOptions = {},
): Promise<readonly Step[]> {
  return migrationSession(database, session =>
    holdingMigrationLock(session, observe, async () => {
      const steps = await planMigration(session, model)
      refuse(steps, { destructive: allowDestructive, blocking: allowBlocking })
      await applySteps(session, steps, model.epoch, observe)
      return steps
    }),
  )
}

/**
 * The steps that `migrate` would apply now; `renderPlan` tells them. Changes nothing and waits for
 * nobody.
 */
export function pendingSteps(database: Sessions, model: Model): Promise<readonly Step[]> {
  return migrationSession(database, session => planMigration(session, model))
}

interface AppliedStep {
  readonly name: string
  readonly checksum: string
  /** Of the model that asked for the step. */
  readonly epoch: string | null
  /** RFC 3339. */
  readonly appliedAt: string
}

interface MigrationStatus {
  readonly applied: readonly AppliedStep[]
  readonly pending: readonly Step[]
}

const readApplied = `
select json_build_object('name', "name", 'checksum', "checksum", 'epoch', "epoch", 'appliedAt', "applied_at")::text
from "mettle"."migrations" order by "id"`

/** What was applied so far, oldest first, and what is pending. */
export function migrationStatus(database: Sessions, model: Model): Promise<MigrationStatus> {
  return migrationSession(database, async session => {
    const pending = await planMigration(session, model)
    const table = await session.run(`select to_regclass('"mettle"."migrations"')::text`)
    if (table[0]?.[0] === null) return { applied: [], pending }
    const rows = await session.run(readApplied)
    const applied = rows.map((row): AppliedStep => JSON.parse(String(row[0])))
    return { applied, pending }
  })
}

type Allowed = Readonly<Record<Exclude<Step['kind'], 'safe'>, boolean>>

function refuse(steps: readonly Step[], allowed: Allowed): void {
  const refused = steps.filter(({ kind }) => kind !== 'safe' && !allowed[kind])
  if (refused.length === 0) return
  const kinds = new Set(steps.map(({ kind }) => kind).filter(kind => kind !== 'safe'))
  const flags = [...kinds].map(kind => `--allow-${kind}`).toSorted()
  const lines = refused.map(({ name, kind, reason }) => `  ${name} (${kind}): ${reason}`)
  throw new MigrationError(
    'refused',
    [
      'These steps need your leave, so nothing was changed:',
      ...lines,
      `See them with: mettle migrate plan`,
      `Allow them with: mettle migrate apply ${flags.join(' ')}`,
    ].join('\n'),
  )
}
