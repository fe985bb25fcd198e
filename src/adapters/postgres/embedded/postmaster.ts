/** Whether a server runs on a data folder: its pid file, believed only when the process fits it. */

import { execFileSync } from 'node:child_process'
import { readFileSync, readlinkSync, rmSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'

type Postmaster =
  /** `port` is null until it listens there: before, another program may. */
  | { readonly state: 'running'; readonly pid: number; readonly port: number | null }
  /** No server; `file` says whether it left its pid file behind. */
  | { readonly state: 'none'; readonly file: 'absent' | 'stale' | 'unfinished' }
  /** A PostgreSQL process that may or may not be the one of the file. */
  | { readonly state: 'doubtful'; readonly pid: number }

/** Seconds between the start of a process and its own first look at the clock. */
const startToleranceSeconds = 10

export function findPostmaster(data: string): Postmaster {
  const file = readPidFile(data)
  if (file === null) return { state: 'none', file: 'absent' }
  const [pidLine, , startLine, portLine, , , , status = ''] = file.split('\n')
  const [pid, startedAtSeconds, port] = [pidLine, startLine, portLine].map(Number)
  if (!pid || !startedAtSeconds || !port) return { state: 'none', file: 'unfinished' }
  const facts = readProcess(pid)
  if (facts === null || !facts.isPostgres) return { state: 'none', file: 'stale' }
  if (facts.folder !== null && facts.folder !== data) return { state: 'none', file: 'stale' }
  const driftSeconds = Math.abs(facts.startedAtSeconds - startedAtSeconds)
  if (driftSeconds > startToleranceSeconds) return { state: 'doubtful', pid }
  return { state: 'running', pid, port: status.trim() === 'ready' ? port : null }
}

/**
 * PostgreSQL itself takes any process with the file's number for a server: another program that got
 * the number, or a zombie where nobody reaps. So a file that is proven stale goes; an unfinished
 * one may be a server that just starts.
 */
export function removeStaleFile(data: string, postmaster: Postmaster): void {
  if (postmaster.state !== 'none' || postmaster.file === 'absent') return
  const file = join(data, 'postmaster.pid')
  if (postmaster.file === 'stale' || ageMs(file) > unfinishedMsMax) rmSync(file, { force: true })
}

const unfinishedMsMax = 5_000

function ageMs(file: string): number {
  return Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
}

function readPidFile(data: string): string | null {
  try {
    return readFileSync(join(data, 'postmaster.pid'), 'utf8')
  } catch {
    return null
  }
}

interface ProcessFacts {
  readonly isPostgres: boolean
  /** Its working folder, which PostgreSQL makes the data folder; null where it cannot be known. */
  readonly folder: string | null
  readonly startedAtSeconds: number
}

/** Null when there is no such process, or only its remains. */
function readProcess(pid: number): ProcessFacts | null {
  try {
    return process.platform === 'linux' ? readLinuxProcess(pid) : readOtherProcess(pid)
  } catch {
    return null
  }
}

const ticksPerSecond = 100

function readLinuxProcess(pid: number): ProcessFacts | null {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name, in parentheses, may hold anything; the state and the 20th field after it are the
  // state and the start.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (fields[0] === 'Z' || fields[0] === 'X') return null
  const boot = /^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]
  return {
    isPostgres: isPostgres(readlinkSync(`/proc/${pid}/exe`)),
    folder: readlinkSync(`/proc/${pid}/cwd`),
    startedAtSeconds: Number(boot) + Number(fields[19]) / ticksPerSecond,
  }
}

function readOtherProcess(pid: number): ProcessFacts {
  const args = ['-o', 'lstart=', '-o', 'comm=', '-p', String(pid)]
  const line = execFileSync('ps', args, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } })
  const [, started = '', executable = ''] = /^(.{24}) (.*)$/.exec(line.trim()) ?? []
  return {
    isPostgres: isPostgres(executable),
    folder: null,
    startedAtSeconds: Date.parse(started) / 1000,
  }
}

/**
 * The programs may have been installed anew under a running server, which Linux shows as `
 * (deleted)`.
 */
function isPostgres(executable: string): boolean {
  return /^postgres(\.exe)?( \(deleted\))?$/.test(basename(executable))
}
