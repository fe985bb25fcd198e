/**
 * Finds a program that tests need, and unpacks it from the Debian archive where the machine has
 * none. Nothing is installed, and no rights are needed.
 */

import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { findProgram, isExecutable } from '../../src/prove/programs.ts'
import { programs, type Program, type ProgramName } from './programs.ts'
import { runProgram } from './run-program.ts'

/** What was unpacked is shared by all checkouts of this user. */
function servicesFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'mettle-services')
}

/** The path of a program that runs here. Rejects with what to do where it cannot be had. */
export function obtainProgram(name: ProgramName): Promise<string> {
  return obtain(programs[name], servicesFolder())
}

export async function obtain(program: Program, folder: string): Promise<string> {
  const installed = findProgram(program.name)
  if (installed !== null) return installed
  const unpacked = launcherOf(program, folder)
  if (!(await answers(unpacked))) await unpackAlone(program, folder)
  return unpacked
}

/** The script that starts an unpacked program with its libraries. */
export function launcherOf(program: Program, folder: string): string {
  return join(folder, program.package, `run-${program.name}`)
}

/** Also false when a library went missing since it was unpacked: then it is unpacked again. */
export async function answers(launcher: string): Promise<boolean> {
  return isExecutable(launcher) && (await runProgram([launcher, '--version'])).status === 0
}

/**
 * In a process of its own under a lock of the kernel, which ends with the process whatever becomes
 * of it: test files and checkouts that ask at once wait for the first.
 */
async function unpackAlone(program: Program, folder: string): Promise<void> {
  for (const tool of ['apt-get', 'dpkg', 'flock']) {
    if (findProgram(tool) === null) throw new Error(advise(program, `there is no ${tool} here`))
  }
  mkdirSync(folder, { recursive: true })
  const unpack = join(import.meta.dirname, 'unpack.ts')
  const order = JSON.stringify({ program, folder })
  const child = spawn('flock', [join(folder, 'lock'), process.execPath, unpack, order], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const status = await new Promise(resolve => {
    child.once('error', error => resolve((said += error.message)))
    child.once('close', resolve)
  })
  if (status !== 0) throw new Error(advise(program, said.trim()))
}

function advise(program: Program, why: string): string {
  return (
    `the tests need ${program.name}, which is not on PATH and could not be unpacked from ` +
    `Debian's package ${program.package}: ${why}\n` +
    `Install it so that it is on PATH (on Debian, as root: apt-get install -y ` +
    `--no-install-recommends ${program.package}), or mend the above, and run the tests again.`
  )
}
