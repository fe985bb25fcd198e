/**
 * Databases from a template: made once for what a model declares, then copied. Copies are made
 * ahead of the test files that take them, because PostgreSQL needs longer to copy than to rename.
 */

import { createHash, randomBytes } from 'node:crypto'
import { engineSchema } from '../migrate/engine-schema.ts'
import type { Model } from '../model/model.ts'
import type { TestServer } from './server.ts'
import { clockStatements } from './time.ts'

/** Brings an empty database to what every copy begins with. */
type Prepare = (url: string) => Promise<void>

interface TestDatabase {
  readonly url: string
  /** Milliseconds until it was there. */
  readonly tookMs: number
  /** Whether this call had to make the template. */
  readonly first: boolean
  drop(): Promise<void>
}

/** More of them would only take room on the disk. */
const stockMax = 8
/** So that two branches of one project do not push each other's out. */
const templatesMax = 4

/** A database of one's own; what a killed process left behind is removed by the way. */
export async function takeDatabase(
  server: TestServer,
  model: Model,
  prepare: Prepare,
): Promise<TestDatabase> {
  const startedMs = performance.now()
  const names = namesFor(model)
  const first = await ensureTemplate(server, names, prepare)
  const name = (await takeFromStock(server, names)) ?? (await copy(server, names, names.used()))
  await server.query(`alter database ${name} set search_path = mettle_clock, pg_catalog, public`)
  const tookMs = performance.now() - startedMs
  const stocking = restock(server, names, name)
  stocking.catch(() => {})
  return {
    url: server.urlOf(name),
    tookMs,
    first,
    async drop() {
      await stocking
      await server.query(`drop database if exists ${name} with (force)`)
    },
  }
}

interface Names {
  readonly template: string
  /** What all databases of this backend begin with. */
  readonly family: string
  readonly stock: () => string
  readonly used: () => string
}

/** PostgreSQL cuts names after 63 bytes. */
function namesFor(model: Model): Names {
  const family = `mettle_${hash(model.name).slice(0, 8)}`
  const key = `${family}_${schemaHash(model)}`
  const some = () => randomBytes(6).toString('hex')
  return {
    template: `${key}_template`,
    family,
    stock: () => `${key}_stock_${some()}`,
    used: () => `${family}_used_${some()}`,
  }
}

/** Whatever the template is made from; rules of access and code make no difference to tables. */
function schemaHash({ resources }: Model): string {
  const tables = [...resources.values()].map(({ table, fields, indexes }) => {
    return { table, fields: fields.map(field => ({ ...field, access: null })), indexes }
  })
  return hash(JSON.stringify([engineSchema, tables, clockStatements])).slice(0, 16)
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** The template appears whole: it is made under another name. Resolves to whether it was made. */
async function ensureTemplate(
  server: TestServer,
  { template, family }: Names,
  prepare: Prepare,
): Promise<boolean> {
  if (await exists(server, template)) return false
  await lock(server, template)
  try {
    if (await exists(server, template)) return false
    const draft = `${family}_draft_${randomBytes(6).toString('hex')}`
    await lock(server, draft)
    await server.query(`create database ${draft}`)
    await prepare(server.urlOf(draft))
    await server.query(`alter database ${draft} rename to ${template}`)
    return true
  } finally {
    await unlock(server, template)
  }
}

/** One that was made ahead. Who renames it has it; a taken one never goes back. */
async function takeFromStock(server: TestServer, names: Names): Promise<string | null> {
  for (const found of await listed(server, names.stock().replace(/[0-9a-f]+$/, ''))) {
    const name = names.used()
    await lock(server, name)
    try {
      await server.query(`alter database ${found} rename to ${name}`)
      return name
    } catch {
      await unlock(server, name)
    }
  }
  return null
}

/** Its lock is held while the process lives: one without it has no owner. */
async function copy(server: TestServer, { template }: Names, name: string): Promise<string> {
  await lock(server, name)
  await server.query(`create database ${name} template ${template}`)
  return name
}

/**
 * Whoever took one puts one back, so that there are as many as test files run at once. None is
 * locked before it has its name, so a killed process leaves it whole or not at all.
 */
async function restock(server: TestServer, names: Names, own: string): Promise<void> {
  const name = names.stock()
  const there = await listed(server, name.replace(/[0-9a-f]+$/, ''))
  if (there.length >= stockMax) return
  await server.query(`create database ${name} template ${names.template}`)
  await sweep(server, names.family, own)
}

/**
 * Drops what processes that are gone have used, and templates that were made long ago. `own` would
 * be dropped as well: a session may take its own locks again.
 */
async function sweep(server: TestServer, family: string, own: string): Promise<void> {
  const orphans = [
    ...(await listed(server, `${family}_used_`)),
    ...(await listed(server, `${family}_draft_`)),
  ]
  const templates = (await listed(server, family)).filter(name => name.endsWith('_template'))
  const outdated = templates.slice(0, -templatesMax)
  const stocks = await Promise.all(
    outdated.map(name => listed(server, name.replace(/template$/, 'stock_'))),
  )
  for (const name of [...orphans, ...outdated, ...stocks.flat()]) {
    if (name === own || !(await tryLock(server, name))) continue
    // Somebody else may sweep, or copy from it, at the same time.
    await server.query(`drop database if exists ${name}`).catch(() => {})
    await unlock(server, name)
  }
}

/** The oldest first. */
async function listed(server: TestServer, prefix: string): Promise<readonly string[]> {
  const text = 'select datname::text from pg_database where starts_with(datname, $1) order by oid'
  return (await server.query(text, [prefix])).map(([name]) => String(name))
}

async function exists(server: TestServer, name: string): Promise<boolean> {
  return (await server.query('select 1 from pg_database where datname = $1', [name])).length > 0
}

const key = 'hashtextextended($1, 0)'

async function lock(server: TestServer, name: string): Promise<void> {
  await server.query(`select pg_advisory_lock(${key})::text`, [name])
}

async function tryLock(server: TestServer, name: string): Promise<boolean> {
  const [row] = await server.query(`select pg_try_advisory_lock(${key})`, [name])
  return row?.[0] === true
}

async function unlock(server: TestServer, name: string): Promise<void> {
  await server.query(`select pg_advisory_unlock(${key})`, [name])
}
