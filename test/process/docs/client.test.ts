/** The program of docs/CLIENT.md: it compiles, runs against the shop, and prints what is there. */

import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { readPage, root } from '../../support/markdown.ts'
import { mettle, save, userFolder } from '../../support/running.ts'

const blocks = readPage('docs/CLIENT.md').blocks
const programs = blocks.filter(({ language }) => language === 'ts')

const clearing: (() => void)[] = []
const scope = { after: (clear: () => void) => void clearing.push(clear) }
const shop = join(root, 'examples/shop/backend.ts')
const folder = userFolder(scope, {})
const running = mettle(scope, ['dev', shop], { folder })
after(async () => {
  await running.stop()
  for (const clear of clearing) clear()
})

const mark = '--- the next block ---'
const program = programs
  .map(({ text }) => `${text}\nconsole.log('${mark}')`)
  .join('\n')
  .replace('../examples/shop/backend.ts', shop)

test('it compiles under strict', () => {
  const compilerOptions = { typeRoots: [join(root, 'node_modules/@types')] }
  const project = { extends: join(root, 'tsconfig.json'), compilerOptions, include: ['*.ts'] }
  save(folder, { 'program.ts': program, 'tsconfig.json': JSON.stringify(project) })
  const compiler = join(root, 'node_modules/.bin/tsc')
  const { status, stdout } = spawnSync(compiler, ['-p', folder], { encoding: 'utf8' })
  assert.equal(status, 0, stdout)
})

test('it prints what the page says', async () => {
  const text = program.replaceAll('http://localhost:3000', await running.url)
  save(folder, { 'running.ts': text })
  const args = ['--conditions=mettle-source', join(folder, 'running.ts')]
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 60_000 })
  const printed = stdout.split(`${mark}\n`).slice(0, -1)
  const expected = programs.map(block => {
    const next = blocks[blocks.indexOf(block) + 1]
    return next?.follows === true && next.language === 'text' ? next.text : ''
  })
  assert.deepEqual(
    printed.map(said => said.trim()),
    expected,
  )
})
