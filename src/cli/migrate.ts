/** `mettle migrate plan|apply|status`. */

import { relative } from 'node:path'
import type { Observation } from '../base/observe.ts'
import { migrate, migrationStatus, pendingSteps } from '../engine/migrations/migrate.ts'
import { renderPlan } from '../migrate/render.ts'
import { print } from './environment.ts'
import { withDatabase } from './with-database.ts'

interface JsonOption {
  readonly json?: boolean
}

/** Prints what `apply` would run; the exit status is 0 also when something is pending. */
export async function plan(backend: string, { json }: JsonOption): Promise<void> {
  await withDatabase(backend, async ({ model, database }) => {
    const steps = await pendingSteps(database, model)
    print(json === true ? JSON.stringify(steps, null, 2) : renderPlan(steps))
  })
}

interface ApplyOptions extends JsonOption {
  readonly allowDestructive?: boolean
  readonly allowBlocking?: boolean
}

/** Tells each step when it is done; with `json` all of them at the end. */
export async function apply(backend: string, { json, ...allowed }: ApplyOptions): Promise<void> {
  await withDatabase(backend, async ({ model, database }) => {
    const observe = json === true ? () => {} : printProgress
    const steps = await migrate(database, model, { ...allowed, observe })
    if (json === true) print(JSON.stringify({ applied: steps }, null, 2))
    else if (steps.length === 0) print('Nothing to do: the database is as declared.')
    else print(`${count(steps, 'step')} applied.`)
  })
}

function printProgress(observation: Observation): void {
  if (observation.kind !== 'lifecycle') return
  print(`${observation.event}  ${observation.detail ?? ''}`.trimEnd())
}

/** The exit status is 1 when something is pending, for use in scripts. */
export async function status(backend: string, { json }: JsonOption): Promise<void> {
  await withDatabase(backend, async ({ model, database }) => {
    const { applied, pending } = await migrationStatus(database, model)
    if (json === true) print(JSON.stringify({ applied, pending }, null, 2))
    else {
      for (const step of applied) print(`applied  ${step.appliedAt}  ${step.name}`)
      for (const step of pending) print(`pending  ${step.kind}  ${step.name}`)
      print(`${applied.length} applied, ${pending.length} pending for ${relative('', backend)}.`)
    }
    if (pending.length > 0) process.exitCode = 1
  })
}

function count(things: readonly unknown[], word: string): string {
  return `${things.length} ${word}${things.length === 1 ? '' : 's'}`
}
