/** Databases of test files: from a template, quick after the first, theirs alone, and gone. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import pg from 'pg'
import { access, backend, field, resource } from 'mettle'
import { testBackend } from 'mettle/testing'

const root = resolve(import.meta.dirname, '../../..')
/** Of a name that no other run has, so that the first call has to make the template. */
const name = `kit-${randomBytes(4).toString('hex')}`

const open = { read: access.anyone, create: access.anyone }
const notes = resource('notes', { fields: { text: field.text() }, access: open })
const declared = backend(name, { parts: { notes } })

const administered = await testBackend(declared)
const server = new pg.Client({
  connectionString: Object.assign(new URL(administered.databaseUrl), { pathname: '/postgres' })
    .href,
})
await server.connect()

after(async () => {
  await administered.stop()
  const rows = await databases(nameOf(administered.databaseUrl).replace(/_used_.*/, '_'))
  for (const each of rows) await server.query(`drop database if exists ${each} with (force)`)
  await server.end()
})

function nameOf(databaseUrl: string): string {
  return new URL(databaseUrl).pathname.slice(1)
}

async function databases(prefix: string): Promise<readonly string[]> {
  const text = 'select datname from pg_database where starts_with(datname, $1)'
  const { rows } = await server.query<{ datname: string }>(text, [prefix])
  return rows.map(({ datname }) => datname)
}

test('after the first it takes a fraction of the time', async context => {
  const { first, tookMs: firstMs } = administered.database
  assert.ok(first)
  // Whoever stops has put a copy in stock for the next one.
  await (await testBackend(declared)).stop()
  const next = await testBackend(declared)
  await next.stop()
  assert.ok(!next.database.first)
  const { tookMs } = next.database
  context.diagnostic(`first ${firstMs.toFixed(1)} ms, from stock ${tookMs.toFixed(1)} ms`)
  assert.ok(tookMs < firstMs / 5, `${tookMs} ms after ${firstMs} ms`)
})

test('two backends at once share nothing', async () => {
  const [one, other] = await Promise.all([testBackend(declared), testBackend(declared)])
  await one.as.anonymous.notes.create({ text: 'of one' })
  assert.equal((await one.log.events()).length, 1)
  assert.deepEqual((await other.as.anonymous.notes.list()).data, [])
  assert.deepEqual(await other.log.events(), [])
  await Promise.all([one.stop(), other.stop()])
})

test('afterwards nothing is left of it', async () => {
  const gone = await testBackend(declared)
  assert.equal((await databases(nameOf(gone.databaseUrl))).length, 1)
  await gone.stop()
  await gone.stop()
  assert.deepEqual(await databases(nameOf(gone.databaseUrl)), [])
  await assert.rejects(gone.as.anonymous.notes.list(), { name: 'ClientProblem' })
})

test('what a killed process left is removed by the next', async () => {
  const folder = mkdtempSync(join(root, 'test/contract/testing/killed-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  const program = `import { testBackend } from 'mettle/testing'
import { access, backend, field, resource } from 'mettle'
const open = { read: access.anyone, create: access.anyone }
const notes = resource('notes', { fields: { text: field.text() }, access: open })
const killed = await testBackend(backend('${name}', { parts: { notes } }))
console.log(killed.databaseUrl)
process.kill(process.pid, 'SIGKILL')
`
  writeFileSync(join(folder, 'killed.ts'), program)
  const url = Object.assign(new URL(administered.databaseUrl), { pathname: '/postgres' }).href
  const { stdout } = spawnSync(
    process.execPath,
    ['--conditions=mettle-source', join(folder, 'killed.ts')],
    { encoding: 'utf8', env: { ...process.env, METTLE_TEST_DATABASE_URL: url } },
  )
  const left = nameOf(stdout.trim())
  assert.match(left, /_used_/)
  // The server may still be noticing that the process is gone.
  for (let found = [left]; found.length > 0; found = [...(await databases(left))])
    await (await testBackend(declared, { databaseUrl: url })).stop()
})

test('another declaration has another template', async () => {
  const more = { text: field.text(), done: field.boolean({ default: false }) }
  const changed = backend(name, {
    parts: { notes: resource('notes', { fields: more, access: open }) },
  })
  const { database, as, stop } = await testBackend(changed)
  assert.ok(database.first)
  assert.equal((await as.anonymous.notes.create({ text: 'a' })).done, false)
  await stop()
})
