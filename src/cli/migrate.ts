/** `mettle migrate plan|apply|status`. */

import { resolve } from 'node:path'
import { migrate, migrationStatus, pendingSteps } from '../engine/migrations/migrate.ts'
import { renderPlan } from '../migrate/render.ts'
import type { Step } from '../migrate/step.ts'
import { print } from './environment.ts'
import { withDatabase } from './with-database.ts'

/** Prints what `apply` would run; the exit status is 0 also when something is pending. */
export async function plan(backend: string, json: boolean): Promise<void> {
  await withDatabase(backend, async ({ model, database }) => {
    const steps = await pendingSteps(database, model)
    print(json ? JSON.stringify(steps, null, 2) : renderPlan(steps))
  })
}

export interface ApplyOptions {
  readonly allowDestructive?: boolean
  readonly allowBlocking?: boolean
}

export async function apply(backend: string, options: ApplyOptions): Promise<void> {
  await withDatabase(backend, async ({ model, database }) => {
    const steps = await migrate(database, model, { ...options, observe: () => {} })
    print(steps.length === 0 ? 'Nothing to do: the database is as declared.' : appliedText(steps))
  })
}

function appliedText(steps: readonly Step[]): string {
  return [...steps.map(step => `applied  ${step.name}`), `${steps.length} steps applied.`].join(
    '\n',
  )
}

/** The exit status is 1 when something is pending, for use in scripts. */
export async function status(backend: string, json: boolean): Promise<void> {
  await withDatabase(backend, async ({ model, database }) => {
    const { applied, pending } = await migrationStatus(database, model)
    if (json) print(JSON.stringify({ applied, pending }, null, 2))
    else {
      for (const step of applied) print(`applied  ${step.appliedAt}  ${step.name}`)
      for (const step of pending) print(`pending  ${step.kind}  ${step.name}`)
      print(`${applied.length} applied, ${pending.length} pending in ${resolve(backend)}.`)
    }
    if (pending.length > 0) process.exitCode = 1
  })
}
