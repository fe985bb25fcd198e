/** `mettle` as real processes, for tests that start, signal and kill it. */

import { type ChildProcess, spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { overhearing } from './answers/breaches.ts'
import { clearAfter, kill, type Scope } from './clearance.ts'

const root = resolve(import.meta.dirname, '../..')
const sources = join(root, 'src/cli/main.ts')

/** What takes longer than this on any machine will not come. */
const patienceMs = 20_000

type Files = Readonly<Record<string, string>>

/** A folder of a user with Mettle installed; gone after the test, with every server in it. */
export function userFolder(scope: Scope, files: Files): string {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'mettle-run-'))
  chmodSync(folder, 0o755)
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(root, join(folder, 'node_modules/mettle'))
  save(folder, { 'package.json': '{ "type": "module" }', ...files })
  clearAfter(scope, () => {
    killPostgres(folder)
    rmSync(folder, { recursive: true, force: true })
  })
  return folder
}

export function save(folder: string, files: Files): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
}

/** Of the embedded server below a folder; null where none runs. */
export function postgresPid(folder: string): number | null {
  const file = join(folder, '.mettle/postgres/data/postmaster.pid')
  return existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : null
}

function killPostgres(folder: string): void {
  const pid = postgresPid(folder)
  if (pid !== null) kill(pid, 'SIGKILL')
}

export interface RunningMettle {
  readonly pid: number
  /** All that it has said so far. */
  output(): string
  /** What of it a program would read. */
  stdout(): string
  /** Resolves when what it says, from the last match on, matches; rejects when it ends before. */
  until(pattern: RegExp): Promise<RegExpExecArray>
  /** Where it serves, once it is ready. */
  readonly url: Promise<string>
  /** Its exit status; null when a signal ended it. */
  readonly ended: Promise<number | null>
  /** Reads no more of what it says, as a terminal that was closed. */
  deafen(): void
  /** Signals the process alone and resolves to its exit status. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

interface RunOptions {
  readonly folder: string
  readonly env?: Readonly<Record<string, string>>
  /** What it reads from standard input. */
  readonly input?: string
  /** The built program of an installed package, instead of the sources. */
  readonly program?: string
}

/**
 * Starts a command in a process group of its own, which is killed after the test. It inherits no
 * setting; the port is a free one.
 */
export function mettle(
  scope: Scope,
  args: readonly string[],
  { folder, env = {}, input = '', program }: RunOptions,
): RunningMettle {
  const command = program === undefined ? ['--conditions=mettle-source', sources] : [program]
  const child = spawn(process.execPath, [overhearing(), ...command, ...args], {
    cwd: folder,
    detached: true,
    env: { PATH: process.env['PATH'], HOME: folder, PORT: '0', NO_COLOR: '1', ...env },
  })
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  clearAfter(scope, () => kill(-child.pid!, 'SIGKILL'))
  const said = listen(child)
  const ended = new Promise<number | null>(done => child.once('close', code => done(code)))
  const url = said.until(/ is ready at (http:\S+)/).then(([, found]) => found!)
  url.catch(() => {})
  return {
    ...said,
    pid: child.pid!,
    url,
    ended,
    deafen() {
      child.stdout.destroy()
      child.stderr.destroy()
    },
    stop: (signal = 'SIGTERM') => {
      child.kill(signal)
      return ended
    },
  }
}

interface Ended {
  readonly status: number | null
  readonly output: string
  readonly stdout: string
}

/** Runs a command to its end. */
export async function runMettle(
  scope: Scope,
  args: readonly string[],
  options: RunOptions,
): Promise<Ended> {
  const running = mettle(scope, args, options)
  const status = await running.ended
  return { status, output: running.output(), stdout: running.stdout() }
}

function listen(child: ChildProcess): Pick<RunningMettle, 'output' | 'stdout' | 'until'> {
  let text = ''
  let printed = ''
  let from = 0
  let closed = false
  const waiting = new Set<() => void>()
  const look = () => {
    for (const one of waiting) one()
  }
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      look()
    })
  }
  child.stdout!.on('data', (chunk: Buffer) => {
    printed += chunk.toString()
  })
  child.once('close', () => {
    closed = true
    look()
  })

  function until(pattern: RegExp): Promise<RegExpExecArray> {
    const { promise, resolve: found, reject } = Promise.withResolvers<RegExpExecArray>()
    const fail = (why: string) => reject(new Error(`${why} before ${pattern}:\n${text}`))
    const timer = setTimeout(fail, patienceMs, 'silence')
    const check = () => {
      const match = pattern.exec(text.slice(from))
      if (match === null) return closed ? fail('the end') : undefined
      from += match.index + match[0].length
      found(match)
    }
    waiting.add(check)
    check()
    return promise.finally(() => {
      waiting.delete(check)
      clearTimeout(timer)
    })
  }

  return { output: () => text, stdout: () => printed, until }
}

/** Asks again and again until the answer is right. */
export async function eventually<T>(
  question: () => Promise<T>,
  isRight: (answer: T) => boolean,
): Promise<T> {
  const untilMs = performance.now() + patienceMs
  for (;;) {
    const answer = await question()
    if (isRight(answer)) return answer
    if (performance.now() > untilMs) throw new Error(`never came: the last was ${String(answer)}`)
    await new Promise(done => setTimeout(done, 20))
  }
}

/**
 * Asks for JSON and takes whatever the status is; `json` is null where there is no body. A cookie
 * goes as from a page of the backend's own origin.
 */
export async function ask(
  url: string,
  init: { readonly method?: string; readonly body?: unknown; readonly cookie?: string } = {},
): Promise<Asked> {
  const method = init.method ?? (init.body === undefined ? 'GET' : 'POST')
  const response = await fetch(url, {
    method,
    headers: {
      ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(init.cookie === undefined ? {} : { cookie: init.cookie, origin: new URL(url).origin }),
    },
    ...(init.body === undefined ? {} : { body: JSON.stringify(init.body) }),
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.includes('json') === true
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: isJson ? JSON.parse(text) : null,
  }
}

interface Asked {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // oxlint-disable-next-line typescript/no-explicit-any -- asserted by whoever looks
  readonly json: any
}
