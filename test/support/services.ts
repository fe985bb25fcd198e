/** Programs from outside, and private servers of them, for the tests that need real ones. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after } from 'node:test'
import { obtainProgram } from '../../tools/services/obtain.ts'
import type { ProgramName } from '../../tools/services/programs.ts'
import { clearAfter, kill, type Scope } from './clearance.ts'

/** Where a program is; obtained first where the machine has none. Rejects with what to do. */
export function programPath(name: ProgramName): Promise<string> {
  return obtainProgram(name)
}

interface RunningRedis {
  readonly url: string
  /** Keeps its connections and answers nothing until `resume`. */
  pause(): void
  resume(): void
  /** Ends it at once and resolves when it is gone. It forgets everything. */
  stop(): Promise<void>
  /** After `stop`: empty, at the same address. */
  start(): Promise<void>
}

/** A Redis of its own that keeps nothing on disk; gone after the test, or after its file. */
export async function startRedis(scope: Scope = { after }): Promise<RunningRedis> {
  const program = await programPath('redis-server')
  const folder = mkdtempSync(join(tmpdir(), 'mettle-redis-'))
  const port = await freePort()
  let server: ChildProcess | null = null
  const signal = (name: NodeJS.Signals) => {
    if (server !== null) kill(server.pid!, name)
  }
  clearAfter(scope, () => {
    signal('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })
  const redis: RunningRedis = {
    url: `redis://127.0.0.1:${port}`,
    pause: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
    async stop() {
      if (server === null) return
      const ended = once(server, 'close')
      signal('SIGKILL')
      await ended
      server = null
    },
    async start() {
      server = await listening(program, folder, port)
    },
  }
  await redis.start()
  return redis
}

/** Resolves when it takes connections; rejects with what it said when it ends before. */
async function listening(program: string, folder: string, port: number): Promise<ChildProcess> {
  const settings = { bind: '127.0.0.1', port: String(port), dir: folder, save: '' }
  const options = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])
  const server = spawn(program, options, { stdio: ['ignore', 'pipe', 'inherit'] })
  const failed = once(server, 'error').then(([error]) => Promise.reject(error))
  failed.catch(() => {})
  const said: string[] = []
  const ready = (async () => {
    for await (const line of createInterface(server.stdout)) {
      said.push(line)
      if (line.includes('Ready to accept connections')) return
    }
    throw new Error(`redis-server ended:\n${said.join('\n')}`)
  })()
  await Promise.race([ready, failed])
  server.stdout.resume()
  return server
}

/** Free a moment ago: whoever takes it before is told by the server that does not start. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  return address.port
}
