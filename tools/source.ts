/** The source files of this repository as the checks see them: text, imports and exports. */

import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { blank } from './lexer.ts'
import type { Blanked } from './lexer.ts'

interface ImportLine {
  readonly specifier: string
  /** The file it leads to, from the root; null where it is not one of ours. */
  readonly path: string | null
  /** Names taken, in the words of the exporting module; `*` for all of them. */
  readonly names: readonly string[]
  readonly line: number
}

interface ExportLine {
  readonly name: string
  readonly line: number
}

export interface SourceFile extends Blanked {
  /** From the root of the repository, with slashes. */
  readonly path: string
  readonly text: string
  readonly imports: readonly ImportLine[]
  readonly exports: readonly ExportLine[]
}

/** What a check found wrong, and where. */
export interface Finding {
  readonly path: string
  /** Counted from one; zero where the file as a whole is meant. */
  readonly line: number
  readonly message: string
}

export function renderFinding(finding: Finding): string {
  return `${finding.path}${finding.line === 0 ? '' : `:${finding.line}`}  ${finding.message}`
}

const codeFolders = ['src', 'test', 'tools', 'bench', 'examples']

/** Reads every TypeScript file of the folders that hold code. */
export function readSources(root: string): readonly SourceFile[] {
  return codeFolders
    .flatMap(folder => filesBelow(root, folder))
    .filter(path => path.endsWith('.ts'))
    .toSorted()
    .map(path => parseSource(path, readFileSync(join(root, path), 'utf8')))
}

function filesBelow(root: string, folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap(entry => {
    if (entry.name === 'node_modules' || entry.name.startsWith('.')) return []
    const path = posix.join(folder, entry.name)
    return entry.isDirectory() ? filesBelow(root, path) : [path]
  })
}

/** Pure: tests plant files with it. */
export function parseSource(path: string, text: string): SourceFile {
  const blanked = blank(text)
  return {
    path,
    text,
    ...blanked,
    imports: findImports(path, blanked),
    exports: findExports(blanked.code),
  }
}

const importForms = [
  /^(?:import|export)\s(?<clause>[\w\s{},*$]*?)\s*\bfrom\s*(?<quoted>'[^'\n]*')/gm,
  /^import\s*(?<quoted>'[^'\n]*')/gm,
  /\bimport\(\s*(?<quoted>'[^'\n]*')\s*\)\)?(?:\.(?<name>\w+))?/g,
]

function findImports(path: string, blanked: Blanked): readonly ImportLine[] {
  return importForms.flatMap(form =>
    [...blanked.code.matchAll(form)].map(match => {
      const { clause, quoted, name } = match.groups!
      const quoteAt = match.index + match[0].indexOf(quoted!)
      const specifier = blanked.withoutComments.slice(quoteAt + 1, quoteAt + quoted!.length - 1)
      return {
        specifier,
        path: resolveSpecifier(path, specifier),
        names: clause === undefined ? [name ?? '*'] : clauseNames(clause),
        line: lineAt(blanked.code, match.index),
      }
    }),
  )
}

function resolveSpecifier(from: string, specifier: string): string | null {
  if (specifier === 'mettle') return 'src/index.ts'
  return specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier) : null
}

/** `Shape, { type a, b as c }` takes `default`, `a` and `b`. */
function clauseNames(clause: string): readonly string[] {
  const braces = /\{([^}]*)\}/.exec(clause)
  const members = (braces?.[1] ?? '')
    .split(',')
    .map(member => member.trim().replace(/^type\s+/, ''))
    .filter(member => member !== '')
    .map(member => member.split(/\s+as\s+/)[0]!)
  const rest = clause
    .replace(/\{[^}]*\}/, '')
    .replace(/^\s*type\b/, '')
    .replaceAll(',', ' ')
    .trim()
  if (rest.startsWith('*')) return ['*', ...members]
  return rest === '' ? members : ['default', ...members]
}

const exportedName =
  /^export\s+(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?(?:const|let|class|interface|type|function\*?)\s+(\w+)/gm
const exportedPattern = /^export\s+const\s+\{([^}]*)\}\s*=/gm
const exportedList = /^export\s+(?:type\s+)?\{([^}]*)\}(?!\s*from)/gm

function findExports(code: string): readonly ExportLine[] {
  const named = [...code.matchAll(exportedName)].map(match => ({
    name: match[1]!,
    line: lineAt(code, match.index),
  }))
  const listed = [...code.matchAll(exportedPattern), ...code.matchAll(exportedList)].flatMap(
    match =>
      match[1]!
        .split(',')
        .map(member => member.trim())
        .filter(member => member !== '')
        .map(member => ({
          name: member.split(/\s+as\s+|\s*:\s*/).at(-1)!,
          line: lineAt(code, match.index),
        })),
  )
  return [...named, ...listed]
}

export function lineAt(text: string, index: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at !== -1 && at < index; at = text.indexOf('\n', at + 1))
    line += 1
  return line
}
