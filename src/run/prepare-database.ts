/**
 * Before a worker serves: the tables are as declared, and an empty development database gets its
 * seed.
 */

import type { Observe } from '../base/observe.ts'
import { MigrationError } from '../engine/migrations/migration-error.ts'
import { migrate, pendingSteps } from '../engine/migrations/migrate.ts'
import type { Model } from '../model/model.ts'
import type { DemoAccount, WorkerSetup } from './messages.ts'
import { createCore } from './core.ts'
import { sow } from './sow.ts'

export interface Prepared {
  readonly accounts: readonly DemoAccount[]
  readonly notes: readonly string[]
}

/**
 * Development applies what is safe; production only looks, and refuses to serve tables that are not
 * as declared. Only the leading worker does either: the others start when it is done.
 */
export async function prepareDatabase(
  model: Model,
  setup: WorkerSetup,
  observe: Observe,
): Promise<Prepared> {
  const { config, databaseUrl, secret } = setup
  if (!setup.leads) return { accounts: [], notes: [] }
  const core = createCore({ model, config, databaseUrl, secret, observe })
  await core.database.start()
  try {
    if (config.mode === 'production') {
      await refusePending(core.database, model)
      return { accounts: [], notes: [] }
    }
    const steps = await migrate(core.database, model, { observe })
    const accounts = await sow(core, model, setup)
    return {
      accounts,
      notes: steps.length === 0 ? [] : [appliedText(steps.length)],
    }
  } finally {
    await core.database.stop()
  }
}

async function refusePending(
  database: Parameters<typeof pendingSteps>[0],
  model: Model,
): Promise<void> {
  const steps = await pendingSteps(database, model)
  if (steps.length === 0) return
  throw new MigrationError(
    'refused',
    [
      `The database is not as declared: ${steps.length} migration steps are pending, the first is: ${steps[0]!.name}.`,
      'See them with: mettle migrate plan',
      'Apply them with: mettle migrate apply',
    ].join('\n'),
  )
}

function appliedText(steps: number): string {
  return steps === 1 ? '1 migration step was applied' : `${steps} migration steps were applied`
}
