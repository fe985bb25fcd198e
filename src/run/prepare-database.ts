/**
 * Before a worker serves: the tables are as declared, and an empty development database gets its
 * seed.
 */

import { setTimeout } from 'node:timers/promises'
import { limits } from '../base/limits.ts'
import type { Observe } from '../base/observe.ts'
import { MigrationError } from '../engine/migrations/migration-error.ts'
import { migrate, pendingSteps } from '../engine/migrations/migrate.ts'
import type { Sessions } from '../engine/migrations/session.ts'
import type { Step } from '../migrate/step.ts'
import type { Model } from '../model/model.ts'
import type { DemoAccount, WorkerSetup } from './messages.ts'
import { checkQueries } from './check-queries.ts'
import { createCore } from './core.ts'
import { sow } from './sow.ts'
import { asBuilt, type Wiring } from './wiring.ts'

interface Prepared {
  readonly accounts: readonly DemoAccount[]
  readonly notes: readonly string[]
}

/**
 * Development applies what is safe, and where that is not enough tells `held` and waits until a
 * person has applied the rest; production only looks, and refuses to serve tables that lack
 * something declared. What they have too much is in nobody's way: so processes of the former
 * declaration can still be started beside those of the next. Only the leading worker does either:
 * the others start when it is done.
 */
export async function prepareDatabase(
  model: Model,
  setup: WorkerSetup,
  observe: Observe,
  held: (refused: MigrationError) => void = () => {},
  given: Wiring = asBuilt,
): Promise<Prepared> {
  const { config, databaseUrl, secret } = setup
  if (!setup.leads) return { accounts: [], notes: [] }
  // Whoever serves behind other sessions looks through them; nothing else is wrapped here.
  const wiring: Wiring = { ...asBuilt, postgres: options => given.postgres(options) }
  const core = createCore({ model, config, databaseUrl, secret, observe, wiring })
  await core.database.start()
  try {
    if (config.mode === 'production') {
      const notes = await lookAtPending(core.database, model)
      await checkQueries(core.database, model)
      return { accounts: [], notes }
    }
    const steps = await migrateWhenAllowed(core.database, model, observe, held)
    await checkQueries(core.database, model)
    const accounts = await sow(core, model, setup)
    return {
      accounts,
      notes: steps.length === 0 ? [] : [appliedText(steps)],
    }
  } finally {
    await core.database.stop()
  }
}

/** Nothing is applied before all of it may be: the version before may still serve. */
async function migrateWhenAllowed(
  database: Sessions,
  model: Model,
  observe: Observe,
  held: (refused: MigrationError) => void,
): Promise<readonly Step[]> {
  for (let told = false; ; told = true) {
    try {
      return await migrate(database, model, { observe })
    } catch (error) {
      if (!(error instanceof MigrationError && error.reason === 'refused')) throw error
      if (!told) held(error)
      await setTimeout(limits.migrationLookAgainMs)
    }
  }
}

async function lookAtPending(database: Sessions, model: Model): Promise<readonly string[]> {
  const steps = await pendingSteps(database, model)
  const needed = steps.filter(({ surplus }) => !surplus)
  if (needed.length > 0) throw refusal(needed)
  return steps.map(({ name }) => `Not needed any more: ${name} (mettle migrate plan)`)
}

function refusal(needed: readonly Step[]): MigrationError {
  const count = needed.length === 1 ? '1 step is' : `${needed.length} steps are`
  const kinds = new Set(needed.map(({ kind }) => kind).filter(kind => kind !== 'safe'))
  const flags = [...kinds].map(kind => ` --allow-${kind}`).toSorted()
  return new MigrationError(
    'refused',
    [
      `The database is not as declared: ${count} pending, first ${needed[0]!.name}.`,
      'See them with: mettle migrate plan',
      `Apply them with: mettle migrate apply${flags.join('')}`,
    ].join('\n'),
  )
}

const namedMax = 5

function appliedText(steps: readonly Step[]): string {
  const count = steps.length === 1 ? '1 migration step was' : `${steps.length} migration steps were`
  const names = steps.slice(0, namedMax).map(({ name }) => name)
  const more = steps.length > namedMax ? '; …' : ''
  return `${count} applied: ${names.join('; ')}${more}`
}
