/** The test kit where nobody stops it: the file ends all the same, but not before its last test. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { overhearing } from '../../support/answers/breaches.ts'
import { root } from '../../support/markdown.ts'

const folder = mkdtempSync(join(tmpdir(), 'mettle-forgotten-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const file = `import { after, before, test } from 'node:test'
import { access, backend, field, resource } from 'mettle'
import { testBackend } from 'mettle/testing'

const notes = resource('notes', {
  fields: { text: field.text() },
  access: { read: access.anyone, create: access.anyone },
})
const declared = backend('forgotten', { parts: { notes } })
const made = { file: await testBackend(declared) }
before(async () => { made.hook = await testBackend(declared) })
test('one', async () => { made.test = await testBackend(declared) })
test('another', async () => {
  for (const kit of Object.values(made)) await kit.client().notes.create({ text: 'a' })
  console.log(Object.keys(made).join(' '))
})
after(async () => {
  await made.file.client().notes.create({ text: 'a' })
  console.log('still there')
})
`

test('a file that stops no backend ends after its last test and hook', () => {
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  const path = join(folder, 'forgotten.test.ts')
  writeFileSync(
    path,
    file.replaceAll(/'(mettle[\w/]*)'/g, (_, name) => `'${sourceOf(name)}'`),
  )
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const given = ['--conditions=mettle-source', overhearing(), '--test', path]
  const options = { cwd: folder, env, encoding: 'utf8', timeout: 60_000 } as const
  const { status, stdout, stderr } = spawnSync(process.execPath, given, options)
  assert.equal(status, 0, stdout + stderr)
  assert.match(stdout, /file hook test/)
  assert.match(stdout, /still there/)
})

function sourceOf(name: string): string {
  return join(root, 'src', name === 'mettle' ? 'index.ts' : 'testing/index.ts')
}
