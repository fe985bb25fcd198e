/** Holds the shape of the code: lengths, names, openings, nothing dead, nothing put off. */

import manifest from '../package.json' with { type: 'json' }
import { exitWith, isMain } from './report.ts'
import { lineAt, readSources } from './source.ts'
import type { Finding, SourceFile } from './source.ts'

const fileLinesMax = 500
const medianLinesMax = 130
const columnsMax = 100
const foldersBelowSourceMax = 3

/**
 * Which files the outside starts from, from the root of the repository. Everything in `src` must be
 * reachable.
 */
interface Entries {
  /** Whose exports are the package's public surface. */
  readonly published: readonly string[]
  /** Started as programs. */
  readonly started: readonly string[]
}

export function tidy(files: readonly SourceFile[], entries: Entries): readonly Finding[] {
  return [
    ...files.flatMap(file => fileRules.flatMap(rule => rule(file))),
    ...findMedian(files),
    ...findDeadFiles(files, entries),
    ...findUnusedExports(files, entries),
  ]
}

type FileRule = (file: SourceFile) => readonly Finding[]

/** Lengths of functions, `any` and floating promises are the linter's to find. */
const fileRules: readonly FileRule[] = [
  checkLength,
  checkName,
  checkDepth,
  checkOpening,
  checkColumns,
  checkLeftovers,
]

function checkLength({ path, text }: SourceFile): readonly Finding[] {
  const count = countLines(text)
  if (count <= fileLinesMax) return []
  return [{ path, line: 0, message: `${count} lines: split it, ${fileLinesMax} is the most` }]
}

const kebab = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.test)?\.ts$/
const vagueNames = ['utils', 'util', 'helpers', 'helper', 'common', 'lib', 'manager', 'misc']

function checkName({ path }: SourceFile): readonly Finding[] {
  const folders = path.split('/')
  const name = folders.pop()!
  const vague = [...folders, name.replace(/\.ts$/, '')].find(word => vagueNames.includes(word))
  return [
    ...(kebab.test(name) ? [] : [{ path, line: 0, message: 'name the file in kebab-case' }]),
    ...(vague === undefined ? [] : [{ path, line: 0, message: `${vague} says nothing: say what` }]),
  ]
}

function checkDepth({ path }: SourceFile): readonly Finding[] {
  const depth = path.split('/').length - 2
  if (!path.startsWith('src/') || depth <= foldersBelowSourceMax) return []
  return [{ path, line: 0, message: `${depth} folders deep: ${foldersBelowSourceMax} is the most` }]
}

function checkOpening({ path, text }: SourceFile): readonly Finding[] {
  const opening = /^(?:#!.*\n)?(?:\/\*\*[\s\S]*?\*\/|(?:\/\/.*\n)+)/.exec(text)?.[0]
  if (opening?.includes('.') === true) return []
  return [{ path, line: 1, message: 'open with a comment, one sentence that says what lives here' }]
}

/** What stands in quotes is measured as nothing, for a message reads better in one piece. */
function checkColumns({ path, code, comments }: SourceFile): readonly Finding[] {
  const commentLines = comments.split('\n')
  return code.split('\n').flatMap((line, at) => {
    const bare = line.replace(/(['"`/]) {2,}/g, '$1').trimEnd()
    const width = Math.max(bare.length, commentLines[at]!.trimEnd().length)
    if (width <= columnsMax) return []
    return [{ path, line: at + 1, message: `${width} columns wide: ${columnsMax} is the most` }]
  })
}

const leftover = /\b(?:TODO|FIXME|XXX|HACK)\b/g
const skipped = /\b(?:test|it|describe)\.(?:skip|todo|only)\b/g

function checkLeftovers({ path, code, comments }: SourceFile): readonly Finding[] {
  return [
    ...[...comments.matchAll(leftover)].map(match => ({
      path,
      line: lineAt(comments, match.index),
      message: `${match[0]}: do it now or open an issue`,
    })),
    ...[...(path.startsWith('test/') ? code.matchAll(skipped) : [])].map(match => ({
      path,
      line: lineAt(code, match.index),
      message: `${match[0]}: a test that does not run proves nothing`,
    })),
  ]
}

/** The median over the files of `src`, in lines. */
export function medianLines(files: readonly SourceFile[]): number {
  const counts = files
    .filter(file => file.path.startsWith('src/'))
    .map(file => countLines(file.text))
    .toSorted((left, right) => left - right)
  return counts[Math.floor(counts.length / 2)] ?? 0
}

function findMedian(files: readonly SourceFile[]): readonly Finding[] {
  const median = medianLines(files)
  if (median <= medianLinesMax) return []
  const message = `the median file has ${median} lines: ${medianLinesMax} is the most`
  return [{ path: 'src', line: 0, message }]
}

/** A file of `src` that nothing leads to from where the outside starts; a test is not a use. */
function findDeadFiles(files: readonly SourceFile[], entries: Entries): readonly Finding[] {
  const byPath = new Map(files.map(file => [file.path, file]))
  const reached = new Set<string>()
  const waiting = [...entries.published, ...entries.started]
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (reached.has(path)) continue
    reached.add(path)
    for (const target of byPath.get(path)?.imports ?? []) {
      if (target.path !== null) waiting.push(target.path)
    }
  }
  return files
    .filter(file => file.path.startsWith('src/') && !reached.has(file.path))
    .map(file => ({
      path: file.path,
      line: 0,
      message: 'dead: no entry of the package leads here',
    }))
}

/**
 * An exported name that no other file takes, tests included, need not be exported: who reads on
 * needs not look for its uses elsewhere.
 */
function findUnusedExports(files: readonly SourceFile[], entries: Entries): readonly Finding[] {
  const taken = new Set<string>()
  for (const file of files) {
    for (const { path, names } of file.imports) {
      for (const name of names) taken.add(`${path} ${name}`)
    }
  }
  const isTaken = (path: string, name: string) =>
    taken.has(`${path} ${name}`) || taken.has(`${path} *`)
  return files
    .filter(file => !entries.published.includes(file.path) && !file.path.startsWith('examples/'))
    .flatMap(file =>
      file.exports
        .filter(({ name }) => !isTaken(file.path, name))
        .map(({ name, line }) => ({ path: file.path, line, message: `nobody imports ${name}` })),
    )
}

function countLines(text: string): number {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
}

/** Started or loaded by their paths, which no import names. */
const byPath = [
  'src/run/worker.ts',
  'src/prove/reaper.ts',
  'src/prove/load/worker.ts',
  'src/prove/broken/node.ts',
  'src/prove/broken/worker.ts',
  'src/prove/follower/program.ts',
]
/** Folders whose every file is loaded by its path, for its default export. */
const loadedFolders = ['src/prove/drills/', 'src/prove/broken/stages/']

/** What package.json publishes and starts, and what is loaded by its path, as source paths. */
function entriesAmong(files: readonly SourceFile[]): Entries {
  const loaded = files
    .map(({ path }) => path)
    .filter(path => loadedFolders.some(folder => path.startsWith(folder)))
  const built = Object.values(manifest.bin)
  return {
    published: [
      ...Object.values(manifest.exports).map(entry => entry['mettle-source'].slice(2)),
      ...loaded,
    ],
    started: [...byPath, ...built.map(path => path.replace(/^\.\/dist\/(.*)\.js$/, 'src/$1.ts'))],
  }
}

if (isMain(import.meta)) {
  const files = readSources(process.cwd())
  process.stdout.write(`median file of src: ${medianLines(files)} lines\n`)
  exitWith('tidy', tidy(files, entriesAmong(files)))
}
