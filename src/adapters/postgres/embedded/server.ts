/** Brings one embedded server up, or finds it up, and takes it down. */

import { createServer } from 'node:net'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { diagnose, EmbeddedError } from './error.ts'
import { Hold, isNotReady, type Use } from './hold.ts'
import type { Home } from './home.ts'
import { findPostmaster, removeStaleFile } from './postmaster.ts'
import { launchProgram, runProgram, type LaunchedProgram, type Runner } from './program.ts'

export interface Reached {
  readonly hold: Hold
  readonly port: number
  /** Whether it ran before we came. */
  readonly adopted: boolean
}

const pollMs = 25
/** Recovery after a crash replays at most `max_wal_size`. */
const readyMsMax = 60_000
/** Processes of a killed server, or another start at the same time, leave within this time. */
const clearMsMax = 15_000

/** What a start says that lost a race, or came too soon after a kill: a later one may succeed. */
const passing = /lock file "postmaster.pid"|pre-existing shared memory block/
/** Somebody was faster; of other ports there are many. */
const portTaken = /Address already in use/

/**
 * Starts the server unless it runs, and waits until it answers. `port` null takes the last one, or
 * a free one.
 */
export async function reachServer(
  home: Home,
  runner: Runner,
  port: number | null,
  use: Use,
): Promise<Reached> {
  const startedMs = performance.now()
  const elapsedMs = () => performance.now() - startedMs
  let launched: LaunchedProgram | null = null
  for (;;) {
    const postmaster = findPostmaster(home.data)
    if (postmaster.state === 'doubtful') throw doubt(home, postmaster.pid)
    if (postmaster.state === 'running') {
      const hold = postmaster.port === null ? null : await tryHold(postmaster.port, home, use)
      if (hold !== null) return { hold, port: hold.port, adopted: launched === null }
    } else if (launched === null || launched.ended) {
      const reason: string = launched?.output() ?? ''
      const mayPass = passing.test(reason) || (port === null && portTaken.test(reason))
      const isHopeless = launched !== null && !mayPass
      if (isHopeless || elapsedMs() > clearMsMax) throw diagnose(reason, home.folder)
      removeStaleFile(home.data, postmaster)
      launched = launch(home, runner, port ?? (await choosePort(home)))
    }
    if (elapsedMs() > readyMsMax)
      throw diagnose(launched?.output() ?? 'it does not answer', home.folder)
    await sleep(pollMs)
  }
}

/**
 * Fast: transactions are rolled back and connections closed. When that takes too long, as if by a
 * power cut.
 */
export async function stopServer(home: Home, runner: Runner): Promise<void> {
  const { control } = runner.binaries
  const fast = await runProgram(runner, control, [
    'stop',
    '-D',
    home.data,
    '-m',
    'fast',
    '-t',
    '30',
  ])
  if (fast.succeeded || findPostmaster(home.data).state === 'none') return
  await runProgram(runner, control, ['stop', '-D', home.data, '-m', 'immediate', '-t', '30'])
}

function launch(home: Home, runner: Runner, port: number): LaunchedProgram {
  writeFileSync(join(home.folder, 'port'), String(port))
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    // None: their paths are too long in deep folders, and their lock files outlive a killed server.
    unix_socket_directories: '',
    max_connections: 200,
    // Commands may lock in crossing orders: a second of waiting, the default, is long to find out.
    deadlock_timeout: '200ms',
    // What Mettle answers with 409 or 422 is no news for the log of the server.
    log_min_messages: 'log',
    log_checkpoints: 'off',
  }
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  return launchProgram(runner, runner.binaries.postgres, ['-D', home.data, ...args], home.log)
}

async function tryHold(port: number, home: Home, use: Use): Promise<Hold | null> {
  try {
    return await Hold.open(port, home.password, use)
  } catch (error) {
    if (isNotReady(error)) return null
    throw diagnose(error, home.folder)
  }
}

async function choosePort(home: Home): Promise<number> {
  const file = join(home.folder, 'port')
  const last = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0
  return (await listens(last)) ?? (await listens(0)) ?? 0
}

/** The port, when it was free a moment ago; 0 asks for any. */
function listens(port: number): Promise<number | null> {
  return new Promise(resolve => {
    const probe = createServer()
    probe.once('error', () => resolve(null))
    probe.listen(port, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() =>
        resolve(typeof address === 'object' && address !== null ? address.port : null),
      )
    })
  })
}

function doubt(home: Home, pid: number): EmbeddedError {
  return new EmbeddedError(
    `Process ${pid} is a PostgreSQL on ${home.data}, but not the one that postmaster.pid there speaks of.`,
    `End that process (kill ${pid}), then start again.`,
  )
}
