/** Runs wrk, the load generator, in a process of its own. */

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A load script with its arguments. */
export interface Load {
  readonly script: string
  readonly arguments: readonly string[]
}

export interface LoadFigures {
  readonly requests: number
  readonly durationMs: number
  /** Answers that were no 2xx, and socket errors. */
  readonly failed: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** Obtains wrk from Debian where it is missing and this is root; else says what to install. */
export async function obtainWrk(): Promise<void> {
  if (await hasWrk()) return
  if (process.platform === 'linux' && process.getuid?.() === 0) {
    await run('apt-get', ['update', '-qq'])
    await run('apt-get', ['install', '-y', '-qq', 'wrk'], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
  }
  if (!(await hasWrk()))
    throw new Error('The bench needs wrk: install it (apt-get install wrk, brew install wrk).')
}

async function hasWrk(): Promise<boolean> {
  // wrk prints its version and exits with 1.
  const error = await run('wrk', ['-v']).then(
    () => null,
    (reason: unknown) => reason,
  )
  return error === null || (error as NodeJS.ErrnoException).code !== 'ENOENT'
}

/** One run against 127.0.0.1. One thread: the scripts keep their state in it. */
export async function runLoad(
  port: number,
  load: Load,
  connections: number,
  seconds: number,
): Promise<LoadFigures> {
  const { stdout } = await run('wrk', [
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '--timeout',
    '10s',
    '--latency',
    '-s',
    load.script,
    `http://127.0.0.1:${port}`,
    '--',
    ...load.arguments,
  ])
  const line = stdout.split('\n').find(text => text.startsWith('{"requests"'))
  if (line === undefined) throw new Error(`wrk printed no figures:\n${stdout}`)
  return JSON.parse(line) as LoadFigures
}
