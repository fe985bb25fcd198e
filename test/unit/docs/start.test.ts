/** The project of docs/START.md: its types hold under its own tsconfig.json. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readPage, root } from '../../support/markdown.ts'

const folder = mkdtempSync(join(tmpdir(), 'mettle-begin-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const { blocks } = readPage('docs/START.md')
const only = (language: string) => {
  const [block, ...others] = blocks.filter(each => each.language === language)
  assert.deepEqual(others, [])
  return block!.text
}

mkdirSync(join(folder, 'node_modules'))
symlinkSync(root, join(folder, 'node_modules/mettle'))
symlinkSync(join(root, 'node_modules/@types'), join(folder, 'node_modules/@types'))
writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
writeFileSync(join(folder, 'tsconfig.json'), only('json'))

/** What the compiler says; of this clone's sources, because the package may not be built. */
function check(source: string): string {
  writeFileSync(join(folder, 'backend.ts'), source)
  const compiler = join(root, 'node_modules/.bin/tsc')
  const args = ['-p', '.', '--pretty', 'false', '--customConditions', 'mettle-source']
  return spawnSync(compiler, args, { cwd: folder, encoding: 'utf8' }).stdout
}

test('the two files fit each other', () => {
  assert.equal(check(only('ts')), '')
})

test('what does not fit is found', () => {
  assert.match(check(only('ts').replace('max: 200', "max: 'many'")), /backend\.ts.*TS2322/)
})
