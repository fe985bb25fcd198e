/** Runs the programs of PostgreSQL, as the account that may, in a clean environment. */

import { execFile, spawn, type SpawnOptions } from 'node:child_process'
import { closeSync, fstatSync, openSync, readFileSync, truncateSync } from 'node:fs'
import type { Account } from './account.ts'
import type { Binaries } from './binaries.ts'

export interface Runner {
  readonly account: Account | null
  readonly binaries: Binaries
}

interface Outcome {
  readonly succeeded: boolean
  /** Everything that it printed. */
  readonly output: string
}

/** Runs a program to its end. */
export function runProgram(
  runner: Runner,
  file: string,
  args: readonly string[],
): Promise<Outcome> {
  return new Promise(resolve => {
    execFile(file, args, { encoding: 'utf8', ...settings(runner) }, (error, stdout, stderr) => {
      const output = `${stdout}${stderr}`
      resolve({ succeeded: error === null, output: output || (error?.message ?? '') })
    })
  })
}

/** A program that outlives us. */
export interface LaunchedProgram {
  readonly ended: boolean
  /** What it printed since the launch. */
  output(): string
}

const logBytesMax = 1_000_000

/**
 * Starts a program in a session of its own: a Ctrl-C in our terminal must not reach it while we
 * still answer requests. What it prints is added to the log.
 */
export function launchProgram(
  runner: Runner,
  file: string,
  args: readonly string[],
  log: string,
): LaunchedProgram {
  const descriptor = openSync(log, 'a', 0o600)
  if (fstatSync(descriptor).size > logBytesMax) truncateSync(log)
  const from = fstatSync(descriptor).size
  const options: SpawnOptions = {
    ...settings(runner),
    detached: true,
    stdio: ['ignore', descriptor, descriptor],
  }
  const child = spawn(file, args, options)
  closeSync(descriptor)
  child.unref()
  let failure: Error | null = null
  child.once('error', error => (failure = error))
  return {
    get ended() {
      return failure !== null || child.exitCode !== null || child.signalCode !== null
    },
    output: () => failure?.message ?? readFileSync(log).subarray(from).toString('utf8'),
  }
}

/**
 * Nothing of our environment passes: PGDATA, PGPORT or the user's locale would change what the
 * programs do.
 */
function settings({ account, binaries }: Runner) {
  const libraryPath = binaries.libraryFolders.join(':')
  return {
    cwd: '/',
    env: {
      PATH: process.env['PATH'],
      LC_ALL: 'C',
      LD_LIBRARY_PATH: libraryPath,
      DYLD_LIBRARY_PATH: libraryPath,
    },
    ...account,
  }
}
