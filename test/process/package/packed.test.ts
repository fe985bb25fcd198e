/** The package as others get it: packed, unpacked, and used without our source. */

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, posix, resolve } from 'node:path'
import { after, test } from 'node:test'
import { scratchDatabase } from '../../support/database.ts'
import { ask, mettle } from '../../support/running.ts'
import manifest from '../../../package.json' with { type: 'json' }

const root = resolve(import.meta.dirname, '../../..')
const folder = mkdtempSync(join(tmpdir(), 'mettle-packed-'))
after(() => rmSync(folder, { recursive: true, force: true }))

/** Standard output; a program that fails throws with what it said. */
function run(directory: string, command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, { cwd: directory, encoding: 'utf8', stdio: 'pipe' })
}

const compiler = join(root, 'node_modules/.bin/tsc')
const staged = join(folder, 'staged')
const user = join(folder, 'user')
const installed = join(user, 'node_modules/mettle')

/** Builds and packs as a release would, and unpacks as an installation would. */
function install(): readonly string[] {
  mkdirSync(staged)
  run(root, compiler, '-p', 'tsconfig.build.json', '--outDir', join(staged, 'dist'))
  const shipped = globSync(manifest.files, { cwd: root, exclude: ['dist'] })
  for (const file of ['package.json', ...shipped])
    cpSync(join(root, file), join(staged, file), { recursive: true })
  const packed: readonly {
    readonly filename: string
    readonly files: readonly { readonly path: string }[]
  }[] = JSON.parse(run(staged, 'npm', 'pack', '--json', '--ignore-scripts'))
  const { filename, files } = packed[0]!
  mkdirSync(installed, { recursive: true })
  run(staged, 'tar', '-xzf', filename, '-C', installed, '--strip-components=1')
  for (const name of [...Object.keys(manifest.dependencies), '@types/node']) {
    const link = join(user, 'node_modules', name)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), link)
  }
  writeFileSync(join(user, 'package.json'), '{ "type": "module" }')
  return files.map(({ path }) => path)
}

const files = install()

const backend = `import { access, backend, field, resource } from 'mettle'

const notes = resource('notes', {
  fields: { text: field.text({ max: 100 }) },
  access: { read: access.anyone, create: access.anyone },
})

export default backend('notes', { parts: { notes } })
`

test('it holds what is built, what is written about it, and the sources of the standalone client', () => {
  const known =
    /^(?:(?:dist|src\/client|docs|examples|bench)\/|src\/declare\/json\.ts$|[^/]+\.(?:md|json)$|LICENSE$)/
  assert.deepEqual(
    files.filter(path => !known.test(path)),
    [],
  )
  assert.ok(files.includes('dist/index.js') && files.includes('dist/index.d.ts'))
  assert.ok(files.includes('dist/cli/main.js'))
})

test('what its pages link to is in it', () => {
  const dead = files
    .filter(path => path.endsWith('.md'))
    .flatMap(path => {
      const text = readFileSync(join(installed, path), 'utf8')
      return [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].flatMap(([, link = '']) => {
        const target = posix.join(posix.dirname(path), link)
        return files.some(file => `${file}/`.startsWith(`${target}/`)) ? [] : [`${path}: ${link}`]
      })
    })
  assert.deepEqual(dead, [])
})

test('a backend file runs on plain Node', () => {
  writeFileSync(join(user, 'backend.ts'), backend)
  const show = `import('./backend.ts').then(({ default: b }) => console.log(b.name, Object.keys(b.parts)))`
  assert.equal(run(user, process.execPath, '-e', show).trim(), "notes [ 'notes' ]")
})

test('its types are found, and hold', () => {
  const options = {
    module: 'nodenext',
    target: 'es2024',
    strict: true,
    noEmit: true,
    types: ['node'],
  }
  const config = { compilerOptions: options, include: ['*.ts'] }
  writeFileSync(join(user, 'tsconfig.json'), JSON.stringify(config))
  writeFileSync(join(user, 'backend.ts'), backend)
  run(user, compiler, '-p', '.')
  writeFileSync(join(user, 'backend.ts'), backend.replace('max: 100', "max: 'many'"))
  assert.throws(() => run(user, compiler, '-p', '.'), /status: 2|Command failed/)
})

test('its command line starts', () => {
  const help = run(user, process.execPath, join(installed, 'dist/cli/main.js'), '--help')
  for (const command of ['dev', 'start', 'migrate', 'client', 'user'])
    assert.match(help, new RegExp(`^ +${command}`, 'm'))
})

/** A program of another folder, which takes the type of the backend and nothing of its code. */
const client = `import { createClient } from 'mettle/client'
import type notes from '../user/backend.ts'

const client = createClient<typeof notes>({ url: 'http://localhost:3000' })
const note = await client.notes.create({ text: 'First' }, { key: 'first' })
await client.notes.update(note, { text: note.text.trim() })
const { data } = await client.notes.list({ text: { startsWith: 'F' } }, { sort: ['-createdAt'] })
console.log(data[0]?.text)
`

test('a client in another folder is held to the type of the backend', () => {
  const web = join(folder, 'web')
  mkdirSync(join(web, 'node_modules'), { recursive: true })
  // a copy of its own and of another version, as a repository of its own has
  const copy = join(web, 'node_modules/mettle')
  cpSync(installed, copy, { recursive: true })
  writeFileSync(join(copy, 'package.json'), JSON.stringify({ ...manifest, version: '999.0.0' }))
  writeFileSync(join(user, 'backend.ts'), backend)
  writeFileSync(join(web, 'package.json'), '{ "type": "module" }')
  const shared = { strict: true, noEmit: true, allowImportingTsExtensions: true, types: [] }
  const lib = ['es2024', 'dom', 'dom.asynciterable']
  const compilerOptions = { ...shared, module: 'nodenext', target: 'es2024', lib }
  writeFileSync(join(web, 'tsconfig.json'), JSON.stringify({ compilerOptions }))
  const said = (program: string): string => {
    writeFileSync(join(web, 'program.ts'), program)
    const { stdout } = spawnSync(compiler, ['-p', '.'], { cwd: web, encoding: 'utf8' })
    return stdout
  }
  assert.equal(said(client), '')
  const wrong = [
    ["{ text: 'First' }, {", "{ txet: 'First' }, {", /'txet' does not exist/],
    ["startsWith: 'F'", "beginsWith: 'F'", /'beginsWith' does not exist/],
    ["'First' }, { key: 'first' })", "'First' })", /Expected 2 arguments, but got 1/],
    ["{ key: 'first' }", '{}', /Property 'key' is missing/],
  ] as const
  for (const [right, instead, expected] of wrong)
    assert.match(said(client.replace(right, instead)), expected)
})

test('it writes a standalone client', () => {
  writeFileSync(join(user, 'backend.ts'), backend)
  const text = run(user, process.execPath, join(installed, 'dist/cli/main.js'), 'client')
  assert.match(text, /^export function createClient\(/m)
  assert.doesNotMatch(text, /^import /m)
  writeFileSync(join(user, 'written.ts'), text)
})

/** What its types must hold, and what it must send as the server takes it. */
const caller = `import { createClient } from './written.ts'

const client = createClient({ url: process.argv[2] ?? '' })
const filter = { text: { startsWith: 'F' } } as const
const figures = await client.notes.aggregate(filter, { select: ['count()', 'max(createdAt)'] })
const count: number | undefined = figures.data[0]?.count
const results = await client.batch(
  to => [to.notes.create({ text: 'First' }, { fields: ['text'] }), to.notes.list(filter)],
  { atomic: false, key: null },
)
const [made, listed] = results.map(result => result.ok)
console.log(JSON.stringify([count, figures.data[0]?.max.createdAt, made, listed]))
`

test('the types of the written client hold for figures and batches', () => {
  const settled = JSON.parse(readFileSync(join(user, 'tsconfig.json'), 'utf8'))
  const compilerOptions = {
    ...settled.compilerOptions,
    target: 'es2022',
    allowImportingTsExtensions: true,
  }
  const config = { compilerOptions, files: ['caller.ts'] }
  writeFileSync(join(user, 'tsconfig.caller.json'), JSON.stringify(config))
  writeFileSync(join(user, 'caller.ts'), caller)
  run(user, compiler, '-p', 'tsconfig.caller.json')
  writeFileSync(join(user, 'caller.ts'), caller.replace('max(createdAt)', 'sum(text)'))
  assert.throws(() => run(user, compiler, '-p', 'tsconfig.caller.json'), /status: 2|Command failed/)
  writeFileSync(join(user, 'caller.ts'), caller)
})

test('it serves a backend, and takes nothing from our sources', async context => {
  writeFileSync(join(user, 'backend.ts'), backend)
  const env = { DATABASE_URL: await scratchDatabase() }
  const program = join(installed, 'dist/cli/main.js')
  const running = mettle(context, ['dev'], { folder: user, env, program })
  const { status, text } = await ask(`${await running.url}/api/v1/notes`)
  assert.deepEqual([status, text], [200, '{"data":[],"next":null}'])
  const said = run(user, process.execPath, 'caller.ts', await running.url)
  assert.equal(said.trim(), '[0,null,true,true]')
  assert.equal(await running.stop(), 0)
})
