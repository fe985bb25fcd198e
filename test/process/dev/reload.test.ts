/** `mettle dev` while sources change: what is right replaces what ran, what is wrong does not. */

import assert from 'node:assert/strict'
import { symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { scratchDatabase } from '../../support/database.ts'
import { ask, eventually, mettle, runMettle, save, userFolder } from '../../support/running.ts'

const backend = (fields: string) => `
import { access, backend, command, field, resource } from 'mettle'
import { limit } from './parts/limit.ts'

const { anyone } = access
const notes = resource('notes', {
  fields: { ${fields} },
  access: { read: anyone, create: anyone },
})
const slow = command('slow', {
  input: {}, access: anyone, uses: {},
  run: async () => { await new Promise(resolve => setTimeout(resolve, 300)) },
})

export default backend('notes', { parts: { notes, slow } })
`
const text = 'text: field.text({ max: limit })'
const limit = (max: string) => `export const limit = ${max}\n`
const seed = (line: string) => `
import { seed } from 'mettle'
import backend from './backend.ts'

export default seed({
  uses: { notes: backend.parts.notes },
  async run({ db }) { await db.notes.create({ text: '${line}' }) },
})
`

const folder = userFolder(
  { after },
  {
    'backend.ts': backend(text),
    'parts/limit.ts': limit('100'),
    'seed.ts': seed('first'),
    'tsconfig.json': JSON.stringify({
      compilerOptions: {
        module: 'nodenext',
        target: 'es2024',
        strict: true,
        noEmit: true,
        skipLibCheck: true,
        allowImportingTsExtensions: true,
        customConditions: ['mettle-source'],
        types: ['node'],
      },
      include: ['*.ts'],
    }),
  },
)
for (const name of ['typescript', '@types']) {
  const installed = resolve(import.meta.dirname, '../../../node_modules', name)
  symlinkSync(installed, join(folder, 'node_modules', name))
}

const env = { DATABASE_URL: await scratchDatabase() }
const running = mettle({ after }, ['dev'], { folder, env })
const url = await running.url

const notes = async () => (await ask(`${url}/api/v1/notes?fields=text`)).json.data
const create = (body: object) => ask(`${url}/api/v1/notes`, { body })

/** The worker before may still answer when the new one is announced. */
const becomes = (body: object, status: number) =>
  eventually(
    async () => (await create(body)).status,
    answer => answer === status,
  )

test('a saved file is served, also one that is imported; what is under way is finished', async () => {
  assert.equal((await create({ text: 'a', done: true })).status, 422)
  const slow = ask(`${url}/api/v1/slow`, { body: {} })
  save(folder, { 'backend.ts': backend(`${text}, done: field.boolean({ default: false })`) })
  await running.until(/notes was reloaded; 1 migration step was applied: add column notes\.done\n/)
  await becomes({ text: 'a', done: true }, 201)
  assert.equal((await slow).status, 204)

  save(folder, { 'parts/limit.ts': limit('200') })
  await running.until(/notes was reloaded/)
  await becomes({ text: 'x'.repeat(150) }, 201)
})

test('a seed that changes leaves the rows alone', async () => {
  const rows = await notes()
  assert.deepEqual(rows[0], { text: 'first' })
  save(folder, { 'seed.ts': seed('second') })
  await running.until(/notes was reloaded/)
  assert.deepEqual(await notes(), rows)
})

test('a wrong declaration is told with its place, and the version before goes on serving', async () => {
  save(folder, { 'backend.ts': backend(`${text}, done: field.choice([])`) })
  await running.until(/backend\.ts:6[^]*The version before goes on serving/)
  assert.equal((await create({ text: 'b' })).status, 201)

  save(folder, { 'backend.ts': backend(`${text}, done: field.boolean({ default: false }`) })
  await running.until(/could not be loaded[^]*The version before goes on serving/)
  assert.equal((await create({ text: 'c' })).status, 201)

  save(folder, { 'backend.ts': backend(`${text}, done: field.boolean({ default: false })`) })
  await running.until(/notes was reloaded/)
})

test('a change that loses data waits for the command that it names', async context => {
  save(folder, { 'backend.ts': backend(text) })
  const [, command] = await running.until(/Allow them with: mettle (migrate apply .*)\n/)
  assert.equal(command, 'migrate apply --allow-destructive')
  await running.until(/The version before goes on serving/)
  assert.equal((await create({ text: 'd', done: true })).status, 201)

  const applied = await runMettle(context, command.split(' '), { folder, env })
  assert.equal(applied.status, 0, applied.output)
  assert.match(applied.output, /1 step applied/)
  await running.until(/notes was reloaded/)
  await becomes({ text: 'e', done: true }, 422)
  assert.equal((await create({ text: 'e' })).status, 201)
})

test('types that do not fit are told beside it, and when they fit again', async () => {
  save(folder, { 'parts/limit.ts': limit('300\nexport const wrong: string = 3') })
  await running.until(
    /notes was reloaded[^]*Types do not fit \(1 error\):\n +parts\/limit\.ts:2:14 +TS2322/,
  )
  save(folder, { 'parts/limit.ts': limit('300') })
  await running.until(/Types fit again/)
})
