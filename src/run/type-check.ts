/** Types are checked beside a development backend: Node runs TypeScript without looking at them. */

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** Checks the project around a file with the user's own TypeScript; says nothing where there is none. */
export class TypeCheck {
  readonly #project: string | null
  readonly #compiler: string | null
  readonly #report: (text: string) => void
  #running: ChildProcess | null = null

  constructor(backend: string, report: (text: string) => void) {
    this.#project = findUpwards(dirname(backend), 'tsconfig.json')
    this.#compiler = findCompiler(backend)
    this.#report = report
  }

  /** Starts a check; one that is still running is given up. */
  run(): void {
    if (this.#project === null || this.#compiler === null) return
    this.stop()
    const child = spawn(
      process.execPath,
      [this.#compiler, '--noEmit', '--pretty', '-p', this.#project],
      {
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    )
    this.#running = child
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.on('close', code => {
      if (this.#running !== child) return
      this.#running = null
      if (code !== 0 && output !== '') this.#report(`Types do not fit:\n${output}`)
    })
  }

  stop(): void {
    const child = this.#running
    this.#running = null
    child?.kill('SIGKILL')
  }
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
