/** What a production backend asks of its tables before it serves. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { access, backend, field, query, resource, sql } from 'mettle'
import { migrate } from '../../../src/engine/migrations/migrate.ts'
import { MigrationError } from '../../../src/engine/migrations/migration-error.ts'
import { buildModel } from '../../../src/model/build.ts'
import { readConfig } from '../../../src/run/config.ts'
import { prepareDatabase } from '../../../src/run/prepare-database.ts'
import { emptyDatabase } from '../../support/model.ts'

const { anyone } = access
const title = field.text({ max: 100 })

const short = resource('notes', { fields: { title }, access: { read: anyone } })
const long = resource('notes', {
  fields: { title, body: field.text({ max: 100, optional: true, unique: true }) },
  access: { read: anyone },
})
const former = buildModel(backend('notes', { parts: { notes: short } }))
const next = buildModel(backend('notes', { parts: { notes: long } }))
const { database, url } = await emptyDatabase()
const secret = 'q8Zr2Lw0Yx7Vb5Nc3Md1Kf9Jg6Hh4Tt_'
const environment = { METTLE_SECRET: secret, DATABASE_URL: url, HOST: '127.0.0.1' }
const config = readConfig(environment, 'production', '.mettle')
const development = readConfig({ ...environment }, 'development', '/nowhere')
const setup = { backend: '/nowhere/backend.ts', config, databaseUrl: url, secret, leads: true }
const prepare = (model: typeof former) => prepareDatabase(model, setup, () => {})

test('tables that lack what is declared are not served, and the message says what to do', async () => {
  await assert.rejects(prepare(former), (error: unknown) => {
    assert.ok(error instanceof MigrationError)
    assert.match(error.message, /not as declared: \d+ steps are pending, first engine step 1/)
    assert.match(error.message, /mettle migrate apply$/)
    return true
  })
  await migrate(database, former)
  assert.deepEqual(await prepare(former), { accounts: [], notes: [] })
  await assert.rejects(prepare(next), /4 steps are pending, first add column notes.body/)
})

test('a backend of the former declaration can still be started on the tables of the next', async () => {
  await migrate(database, next)
  assert.deepEqual(await prepare(next), { accounts: [], notes: [] })
  const { notes: said } = await prepare(former)
  const surplus = ['drop index notes_body_key', 'drop column notes.body']
  assert.deepEqual(
    said,
    surplus.map(step => `Not needed any more: ${step} (mettle migrate plan)`),
  )
})

test('a query that PostgreSQL cannot run is not served', async () => {
  const wrong = query('wrong', {
    output: { n: field.integer() },
    access: anyone,
    sql: () => sql`select nope as n from notes`,
  })
  const model = buildModel(backend('notes', { parts: { notes: long, wrong } }))
  await assert.rejects(prepare(model), /wrong: column "nope" does not exist/)
  const { accounts } = await prepareDatabase(next, { ...setup, config: development }, () => {})
  assert.deepEqual(accounts, [])
  const inDevelopment = prepareDatabase(model, { ...setup, config: development }, () => {})
  await assert.rejects(inDevelopment, /wrong: column "nope" does not exist/)
})
