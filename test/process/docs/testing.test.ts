/** The test file of docs/TESTING.md: it compiles, and all of its tests pass. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { scratchDatabase } from '../../support/database.ts'
import { overhearing } from '../../support/answers/breaches.ts'
import { readPage, root } from '../../support/markdown.ts'
import { userFolder } from '../../support/running.ts'

const samples = readPage('docs/TESTING.md').blocks.filter(({ language }) => language === 'ts')
const shop = join(root, 'examples/shop/backend.ts')
const program = samples.map(({ text }) => text).join('\n')

test('the page is a test file that compiles and passes', async context => {
  const typeRoots = [join(root, 'node_modules/@types')]
  const compilerOptions = { typeRoots, rewriteRelativeImportExtensions: false }
  const project = { extends: join(root, 'tsconfig.json'), compilerOptions, include: ['*.ts'] }
  const folder = userFolder(context, {
    'page.test.ts': program.replace('../examples/shop/backend.ts', shop),
    'tsconfig.json': JSON.stringify(project),
  })
  const compiler = join(root, 'node_modules/.bin/tsc')
  const compiled = spawnSync(compiler, ['-p', folder], { encoding: 'utf8' })
  assert.equal(compiled.status, 0, compiled.stdout)
  const inherited = Object.entries(process.env).filter(([name]) => name !== 'NODE_TEST_CONTEXT')
  const url = process.env['METTLE_TEST_DATABASE_URL'] ?? (await scratchDatabase())
  const env = { ...Object.fromEntries(inherited), METTLE_TEST_DATABASE_URL: url }
  const args = ['--conditions=mettle-source', overhearing(), '--test', join(folder, 'page.test.ts')]
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8', env })
  assert.equal(status, 0, stdout)
  const tests = program.match(/^test\(/gm) ?? []
  assert.ok(tests.length >= 4)
  assert.match(stdout, new RegExp(`^. pass ${tests.length}$`, 'm'))
})
