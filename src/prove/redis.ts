/** A Redis of the run's own, where the machine has the program. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { freePorts } from './ports.ts'
import { signalTo } from './processes.ts'
import { findProgram, programFolders } from './programs.ts'

export interface PrivateRedis {
  readonly url: string
  /** kill -9. Resolves when it is gone, with everything that it knew. */
  stop(): Promise<void>
  /** After `stop`: empty, at the same address. Resolves when it takes connections. */
  start(): Promise<void>
  /** SIGSTOP, as a machine that hangs: it keeps its connections and answers nothing. */
  pause(): void
  resume(): void
}

const program = 'redis-server'
const attemptsMax = 5

/** Why there can be none here; null: there can. `folders` are where the program is looked for. */
export function lacksRedis(folders = programFolders()): string | null {
  if (findProgram(program, folders) === null) return `this machine has no ${program} on its PATH`
  try {
    import.meta.resolve('ioredis')
    return null
  } catch {
    return 'the package ioredis, which REDIS_URL takes, is not installed'
  }
}

/**
 * Keeps nothing on disk. `hold` is told of every process, each of which leads a group of its own.
 * Rejects with what it printed where it does not start.
 */
export async function startRedis(
  hold: (child: ChildProcess) => void,
  folders = programFolders(),
): Promise<PrivateRedis> {
  const file = findProgram(program, folders)
  if (file === null) throw new Error(`there is no ${program}`)
  let { port, child } = await startAnywhere(file, hold)
  const isGone = () => child.exitCode !== null || child.signalCode !== null
  const signal = (name: NodeJS.Signals) => {
    if (child.pid !== undefined && !isGone()) signalTo(child.pid, name)
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    async stop() {
      if (isGone()) return
      const ended = once(child, 'exit')
      signal('SIGKILL')
      await ended
    },
    async start() {
      child = await listening(file, port, hold)
    },
    pause: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
  }
}

/** Somebody may be faster at a port that was free. */
async function startAnywhere(file: string, hold: (child: ChildProcess) => void) {
  for (let attempt = 1; ; attempt++) {
    const [port = 0] = await freePorts(1)
    try {
      return { port, child: await listening(file, port, hold) }
    } catch (error) {
      if (attempt === attemptsMax) throw error
    }
  }
}

async function listening(
  file: string,
  port: number,
  hold: (child: ChildProcess) => void,
): Promise<ChildProcess> {
  const settings = { bind: '127.0.0.1', port: String(port), save: '', appendonly: 'no' }
  const options = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])
  const child = spawn(file, options, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  hold(child)
  const failed = once(child, 'error').then(([error]) => Promise.reject(error))
  failed.catch(() => {})
  const said: string[] = []
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()))
  const ready = (async () => {
    for await (const line of createInterface(child.stdout)) {
      said.push(line)
      if (line.includes('Ready to accept connections')) return
    }
    throw new Error(`${program} ended:\n${said.join('\n')}`)
  })()
  await Promise.race([ready, failed])
  child.stdout.resume()
  return child
}
