/** Holds the floors: imports go down only, no cycles, each foreign library in its folder. */

import { isBuiltin } from 'node:module'
import { exitWith, isMain } from './report.ts'
import { lineAt, readSources } from './source.ts'
import type { Finding, SourceFile } from './source.ts'

const declarations = ['base', 'declare', 'model']
const everything = [
  'base',
  'declare',
  'model',
  'sql',
  'migrate',
  'emit',
  'ports',
  'engine',
  'api',
  'adapters',
  'run',
]

/**
 * What each folder of `src` may import besides itself. `index.ts` is what `import 'mettle'` loads.
 */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  base: [],
  declare: ['base'],
  model: ['base', 'declare'],
  'index.ts': declarations,
  sql: declarations,
  migrate: declarations,
  emit: declarations,
  ports: ['base'],
  client: ['base', 'declare'],
  engine: [...declarations, 'sql', 'migrate', 'ports'],
  api: [...declarations, 'sql', 'migrate', 'emit', 'ports', 'engine'],
  adapters: ['base', 'ports'],
  run: everything,
  prove: [...declarations, 'emit', 'ports', 'adapters/postgres'],
  testing: [...everything, 'client'],
  'prove/broken': [...everything, 'cli'],
  'prove/follower': [...everything, 'prove', 'prove/broken'],
  cli: [...everything, 'prove'],
}

/** Folders whose subfolders are strangers to each other: one foreign system each. */
const islands = ['adapters']

/**
 * Where a library from outside may be imported. One that is not named here is imported nowhere in
 * `src`.
 */
const libraryHomes: Readonly<Record<string, readonly string[]>> = {
  pg: ['adapters/postgres'],
  'find-my-way': ['api'],
  fastify: ['api'],
  jose: ['engine/identity'],
  '@node-rs/argon2': ['adapters/argon2'],
  pino: ['adapters/pino'],
  '@prometheus-io/client': ['adapters/prometheus'],
  commander: ['cli'],
  'lru-cache': ['sql', 'engine'],
  ioredis: ['adapters/redis'],
}

/** Folders that are pure: they hold no connection, read no clock and touch no network or disk. */
const pure = ['base', 'declare', 'model', 'sql', 'migrate', 'emit', 'ports']
const pureBuiltins = ['node:crypto', 'node:util', 'node:buffer', 'node:url']

/**
 * Clocks, chance and the process are handed in, here and in the engine; only the engine waits and
 * calls out.
 */
const handedIn = /\b(?:Date\.now|performance\.now|Math\.random|process\.\w+)\b|\bnew Date\(\)/g
const waiting = /\b(?:setTimeout|setInterval|setImmediate)\b|(?<![.\w])fetch\(/g
/** A default that every caller may replace. */
const timelessExcept = ['src/base/uuid.ts']

/** All findings over the files of `src`; other files are read only to resolve nothing. */
export function checkFloors(files: readonly SourceFile[]): readonly Finding[] {
  const inSource = files.filter(file => file.path.startsWith('src/'))
  return [...inSource.flatMap(checkFile), ...findCycles(inSource)]
}

function checkFile(file: SourceFile): readonly Finding[] {
  const folder = folderOf(file.path)
  if (mayImport[folder] === undefined) {
    return [{ path: file.path, line: 0, message: `src/${folder} is not a floor of this house` }]
  }
  return [
    ...file.imports.flatMap(({ specifier, path, line }) => {
      const message =
        path === null ? judgeForeign(file.path, specifier) : judgeOwn(file.path, path, specifier)
      return message === null ? [] : [{ path: file.path, line, message }]
    }),
    ...findHandedIn(file, folder),
  ]
}

function judgeOwn(from: string, to: string, specifier: string): string | null {
  const [fromFolder, toFolder] = [folderOf(from), folderOf(to)]
  if (!to.startsWith('src/')) return `src must not import ${to}`
  if (specifier === 'mettle') return 'src reaches its own modules by path, not by the package name'
  if (fromFolder === toFolder) {
    return islands.includes(fromFolder) && islandOf(from) !== islandOf(to)
      ? `${islandOf(from)} must not import ${islandOf(to)}: one foreign system each`
      : null
  }
  const allowed = mayImport[fromFolder]!.some(place => isInside(to, place))
  return allowed ? null : `${fromFolder} must not import ${toFolder}`
}

function judgeForeign(from: string, specifier: string): string | null {
  const folder = folderOf(from)
  if (isBuiltin(specifier)) {
    if (!specifier.startsWith('node:')) return `write node:${specifier}`
    if (!pure.includes(folder) || pureBuiltins.includes(specifier)) return null
    return `${folder} is pure and must not import ${specifier}`
  }
  const library = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
  const homes = libraryHomes[library]
  if (homes === undefined) return `${library} has no home: name its folder in tools/check-floors.ts`
  if (homes.some(home => isInside(from, home))) return null
  return `${library} may be imported only in ${homes.map(home => `src/${home}`).join(' and ')}`
}

function findHandedIn(file: SourceFile, folder: string): readonly Finding[] {
  if (timelessExcept.includes(file.path)) return []
  const forms = pure.includes(folder) ? [handedIn, waiting] : folder === 'engine' ? [handedIn] : []
  return forms
    .flatMap(form => [...file.code.matchAll(form)])
    .map(match => ({
      path: file.path,
      line: lineAt(file.code, match.index),
      message: `${match[0].trim()} in ${folder}: clocks, chance and the process are handed in`,
    }))
}

/** Depth first; each cycle is told once, from the file where it was met. */
function findCycles(files: readonly SourceFile[]): readonly Finding[] {
  const byPath = new Map(files.map(file => [file.path, file]))
  const findings: Finding[] = []
  const finished = new Set<string>()
  const trail: string[] = []
  const visit = (path: string) => {
    const file = byPath.get(path)
    if (file === undefined || finished.has(path)) return
    const entered = trail.indexOf(path)
    if (entered !== -1) {
      const round = [...trail.slice(entered), path].join(' -> ')
      findings.push({ path, line: 0, message: `imports itself: ${round}` })
      return
    }
    trail.push(path)
    for (const target of file.imports) if (target.path !== null) visit(target.path)
    trail.pop()
    finished.add(path)
  }
  for (const file of files) visit(file.path)
  return findings
}

/** A folder with rules of its own inside another is a floor of its own. */
function folderOf(path: string): string {
  const [, first = '', second = ''] = path.split('/')
  return mayImport[`${first}/${second}`] === undefined ? first : `${first}/${second}`
}

function islandOf(path: string): string {
  return path.split('/').slice(1, 3).join('/')
}

function isInside(path: string, place: string): boolean {
  return path === `src/${place}` || path.startsWith(`src/${place}/`)
}

if (isMain(import.meta)) exitWith('floors', checkFloors(readSources(process.cwd())))
