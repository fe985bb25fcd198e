/** Types are checked beside a development backend: Node runs TypeScript without looking at them. */

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'

/**
 * Checks the project around a file with the user's own TypeScript, where there is one.
 */
export class TypeCheck {
  readonly #folder: string
  readonly #project: string | null
  readonly #compiler: string | null
  readonly #report: (text: string) => void
  #running: ChildProcess | null = null
  #failing = false

  constructor(backend: string, report: (text: string) => void) {
    this.#folder = dirname(backend)
    this.#project = findUpwards(this.#folder, 'tsconfig.json')
    this.#compiler = findCompiler(backend)
    this.#report = report
  }

  /** Why nothing is checked, and what to do; null when types are checked. */
  get obstacle(): string | null {
    if (this.#compiler === null) {
      return 'not checked: npm install --save-dev typescript @types/node'
    }
    return this.#project === null ? 'not checked: there is no tsconfig.json' : null
  }

  /** Starts a check; one that is still running is given up. */
  run(): void {
    if (this.#project === null || this.#compiler === null) return
    this.stop()
    const args = [this.#compiler, '--noEmit', '--pretty', 'false', '-p', this.#project]
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'ignore'],
      cwd: dirname(this.#project),
    })
    this.#running = child
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.on('error', () => {})
    child.on('close', () => {
      if (this.#running !== child) return
      this.#running = null
      this.#tell(summariseTypeErrors(output, dirname(this.#project!), this.#folder))
    })
  }

  stop(): void {
    const child = this.#running
    this.#running = null
    child?.kill('SIGKILL')
  }

  #tell(summary: string | null): void {
    if (summary !== null) this.#report(summary)
    else if (this.#failing) this.#report('Types fit again.')
    this.#failing = summary !== null
  }
}

const shownMax = 5
/** Faults of the project itself have no place. */
const errorLine = /^(?:(.+?)\((\d+),(\d+)\): )?error (TS\d+: .*)$/

/**
 * The first errors of a compiler's plain output, those below `folder` before others, and how many
 * there are; null when there is none.
 */
export function summariseTypeErrors(
  output: string,
  project: string,
  folder: string,
): string | null {
  const found = output.split('\n').flatMap(line => {
    const [, file, row, column, message] = errorLine.exec(line) ?? []
    if (message === undefined) return []
    if (file === undefined) return [{ near: true, text: `  ${message}` }]
    const place = resolve(project, file)
    const near = place.startsWith(join(folder, '/'))
    return [{ near, text: `  ${relative('', place)}:${row}:${column}  ${message}` }]
  })
  if (found.length === 0) return null
  const nearFirst = found.toSorted((one, other) => Number(other.near) - Number(one.near))
  const more = found.length - shownMax
  return [
    `Types do not fit (${found.length} error${found.length === 1 ? '' : 's'}):`,
    ...nearFirst.slice(0, shownMax).map(({ text }) => text),
    ...(more > 0
      ? [`  … and ${more} more: npx tsc --noEmit -p ${relative('', project) || '.'}`]
      : []),
  ].join('\n')
}

function findUpwards(folder: string, name: string): string | null {
  const candidate = join(folder, name)
  if (existsSync(candidate)) return candidate
  const parent = dirname(folder)
  return parent === folder ? null : findUpwards(parent, name)
}

function findCompiler(backend: string): string | null {
  try {
    return join(dirname(createRequire(backend).resolve('typescript/package.json')), 'bin', 'tsc')
  } catch {
    return null
  }
}
