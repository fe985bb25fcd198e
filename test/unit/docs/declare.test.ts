/** The code of docs/DECLARE.md and README.md: it compiles, and its whole backends are as told. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import * as words from 'mettle'
import type { Backend } from 'mettle'
import { buildModel } from '../../../src/model/build.ts'
import { DeclarationError } from '../../../src/model/diagnostics.ts'
import { bare, readPage, root, section, tableRows, type Block } from '../../support/markdown.ts'

const page = readPage('docs/DECLARE.md')
const { blocks } = page
const samples = blocks.filter(({ language }) => language === 'ts')
const [readme, ...others] = readPage('README.md').blocks.filter(({ language }) => language === 'ts')
const folder = mkdtempSync(join(tmpdir(), 'mettle-declare-'))
after(() => rmSync(folder, { recursive: true, force: true }))

/** As a project that has installed the package. */
function install(): void {
  const modules = join(folder, 'node_modules')
  mkdirSync(modules)
  symlinkSync(root, join(modules, 'mettle'))
  for (const name of ['fastify', '@types'])
    symlinkSync(join(root, 'node_modules', name), join(modules, name))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  const compilerOptions = { noUnusedLocals: false }
  const project = { extends: join(root, 'tsconfig.json'), compilerOptions, include: ['*.ts'] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(project))
}

const isWhole = ({ text }: Block): boolean => text.includes('export default backend(')

/** The first whole backend is what the others speak of. */
function fileOf(block: Block): string {
  return block === samples.find(isWhole) ? 'backend.ts' : `line-${block.line}.ts`
}

/** What a part of a file leaves out: the imports, from the package and from the page's backend. */
function sourceOf(block: Block): string {
  if (isWhole(block)) return block.text
  const names = (list: Iterable<string>) =>
    [...list].filter(name => isUsed(name, block.text) && !isDeclared(name, block.text)).join(', ')
  const parts = samples.find(isWhole)!.text.matchAll(/^export const (\w+)/gm)
  return [
    `import { ${names(Object.keys(words))} } from 'mettle'`,
    `import { ${names([...parts].map(match => match[1]!))} } from './backend.ts'`,
    block.text,
    'export {}',
  ].join('\n')
}

function isUsed(name: string, text: string): boolean {
  return new RegExp(`(?<![.\\w])${name}\\b(?!:)`).test(text)
}

function isDeclared(name: string, text: string): boolean {
  return new RegExp(`const ${name}\\b|import .*\\b${name}\\b.* from`).test(text)
}

install()
for (const block of samples) writeFileSync(join(folder, fileOf(block)), sourceOf(block))
writeFileSync(join(folder, 'readme.ts'), readme!.text)

/** `field.text()` and `owner('author')` without what stands behind the word. */
function wordsOf(heading: string): readonly string[] {
  const cells = tableRows(section(page, heading)).map(([cell = '']) => cell)
  const named = cells.flatMap(cell => cell.split(', ').map(bare))
  return named.map(word => word.replace(/^field\./, '').replace(/\(.*/, '')).toSorted()
}

test('the tables have every word for fields and for access, and no other', () => {
  assert.deepEqual(wordsOf('## Fields'), Object.keys(words.field).toSorted())
  assert.deepEqual(wordsOf('## Access'), Object.keys(words.access).toSorted())
})

test('every sample compiles under strict', () => {
  const compiler = join(root, 'node_modules/.bin/tsc')
  const { status, stdout } = spawnSync(compiler, ['-p', folder], { encoding: 'utf8' })
  assert.equal(status, 0, stdout)
})

test('every part of a file can be run as it stands', async () => {
  for (const block of samples.filter(each => !isWhole(each)))
    await import(pathToFileURL(join(folder, fileOf(block))).href)
})

for (const block of samples.filter(isWhole)) {
  const next = blocks[blocks.indexOf(block) + 1]
  const told = next?.follows === true && next.language === 'text' ? next.text : null
  const says = told === null ? 'builds' : 'is refused in the words of the page'
  test(`the backend at line ${block.line} ${says}`, async () => {
    const file = pathToFileURL(join(folder, fileOf(block))).href
    const { default: declared } = (await import(file)) as { readonly default: Backend }
    if (told === null) assert.ok(buildModel(declared).resources.size > 0)
    else assert.throws(() => buildModel(declared), isRefusal(told))
  })
}

test('the one sample of the readme builds, and uses the words that it takes', async () => {
  assert.deepEqual(others, [])
  const file = pathToFileURL(join(folder, 'readme.ts')).href
  const { default: declared } = (await import(file)) as { readonly default: Backend }
  assert.ok(buildModel(declared).resources.size > 0)
  const text = readme!.text
  const taken = [...text.matchAll(/\{ (.*) \} (?:= access|from 'mettle')/g)]
  const names = taken.flatMap(match => match[1]!.split(', '))
  assert.deepEqual(
    names.filter(name => text.match(new RegExp(`\\b${name}\\b`, 'g'))!.length < 2),
    [],
  )
})

/** The words of a refusal, without the places in the source, which lies in a folder of this run. */
function isRefusal(told: string): (error: unknown) => boolean {
  return error => {
    assert.ok(error instanceof DeclarationError)
    assert.equal(error.message.replaceAll(/\n {2}at .*/g, ''), told)
    return true
  }
}
