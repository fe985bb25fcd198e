/** The seed of a development backend: run once, when its tables are empty. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, extname, join } from 'node:path'
import { Problem } from '../base/errors.ts'
import { system } from '../base/caller.ts'
import type { Seed, SeedAccount } from '../declare/seed.ts'
import type { Identity } from '../engine/identity/identity.ts'
import { checkSeed } from '../model/mistakes.ts'
import type { Model } from '../model/model.ts'
import { BackendFileError, importDefault } from './backend-file.ts'
import { systemClock } from './clock.ts'
import type { DemoAccount, WorkerSetup } from './messages.ts'
import type { Core } from './core.ts'

/** Resolves to the demo accounts, also at later starts. */
export async function sow(
  core: Core,
  model: Model,
  { backend, config }: Pick<WorkerSetup, 'backend' | 'config'>,
): Promise<readonly DemoAccount[]> {
  const file = join(dirname(backend), `seed${extname(backend)}`)
  const kept = join(config.directory, 'accounts.json')
  if (!existsSync(file)) return []
  if (!(await isEmpty(core, model)))
    return existsSync(kept) ? JSON.parse(readFileSync(kept, 'utf8')) : []
  const accounts = await runSeed(await loadSeed(file), core, model)
  mkdirSync(config.directory, { recursive: true })
  writeFileSync(kept, JSON.stringify(accounts), { mode: 0o600 })
  return accounts
}

async function loadSeed(file: string): Promise<Seed> {
  const candidate = await importDefault(file)
  if (!isSeed(candidate)) {
    throw new BackendFileError(
      `${file} has no default export made by seed(). Delete it, or end it with: export default seed({ … })`,
    )
  }
  checkSeed(candidate)
  return candidate
}

function isSeed(value: unknown): value is Seed {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'seed'
}

/**
 * Users do not count: somebody may have signed up already, and a seed that failed half-way leaves
 * only users.
 */
async function isEmpty(core: Core, model: Model): Promise<boolean> {
  const tables = [...model.resources.values()]
    .filter(resource => !resource.identity)
    .map(({ table }) => table)
  const checks = tables.map(table => `select 1 from (select 1 from "${table}" limit 1) t`)
  if (checks.length === 0) return true
  const rows = await core.database.run({ text: checks.join(' union all '), values: [] }, 'pool')
  return rows.length === 0
}

/** Users are made at once, each in a transaction of its own; the rows are made all or none. */
async function runSeed(seed: Seed, core: Core, model: Model): Promise<readonly DemoAccount[]> {
  const accounts = new Map<string, DemoAccount>()
  const createUser = async ({
    email,
    password,
    roles = [],
    fields = {},
  }: SeedAccount): Promise<string> => {
    if (core.identity === null)
      throw new BackendFileError('The seed makes users, but the backend declares no identity().')
    accounts.set(email, { email, password, roles })
    return userId(core.identity, core, model, { ...fields, email, password }, roles)
  }
  const aliases = Object.entries(seed.uses).map(([alias, { name }]) => [alias, name] as const)
  const facts = { caller: system, requestId: 'seed', nowMs: systemClock.now() }
  await core.data.transaction({ isolation: 'read committed' }, scope => {
    const context = { db: core.repositories(new Map(aliases), scope, facts), createUser }
    // Its own type is known only where it is declared.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return seed.run(context as never)
  })
  return [...accounts.values()]
}

/** A seed that runs again finds its users. */
async function userId(
  identity: Identity,
  core: Core,
  model: Model,
  input: { readonly email: string; readonly password: string },
  roles: readonly string[],
): Promise<string> {
  try {
    return (await identity.createUser(input, roles)).id
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'run.conflict') throw error
    const table = model.resources.get(model.identity!.resource)!.table
    const text = `select "id" from "${table}" where "email" = $1`
    const rows = await core.database.run({ text, values: [input.email] }, 'read')
    return String(rows[0]![0])
  }
}
