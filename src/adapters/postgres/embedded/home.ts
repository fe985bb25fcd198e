/**
 * The folder of one embedded server: its data, its password, its log. It appears whole or not at
 * all.
 */

import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { dirname, join } from 'node:path'
import { makeFolder, mayReach, type Account } from './account.ts'
import { runProgram, type Runner } from './program.ts'

export interface Home {
  /** An absolute path without links. */
  readonly folder: string
  readonly data: string
  readonly log: string
  /** Of the superuser. */
  readonly password: string
  /** What the start banner should say about it. */
  readonly note: string | null
}

/** Where root keeps what its account `nobody` cannot reach elsewhere. */
export const sharedFolder = '/var/lib/mettle'

type RunnerFor = (linkFolder: string) => Runner

/** Finds the home below `directory`, or makes it. */
export async function openHome(
  directory: string,
  account: Account | null,
  runnerFor: RunnerFor,
): Promise<Home> {
  const home = join(directory, 'postgres')
  if (!fs.existsSync(home)) await makeHome(directory, home, account, runnerFor)
  const folder = fs.realpathSync(home)
  const isFar = folder !== join(fs.realpathSync(directory), 'postgres')
  return {
    folder,
    data: join(folder, 'data'),
    log: join(folder, 'server.log'),
    password: fs.readFileSync(join(folder, 'password'), 'utf8'),
    note: isFar
      ? `root may not run PostgreSQL and nobody may not enter ${dirname(directory)}, so the data is in ${folder}`
      : null,
  }
}

async function makeHome(
  directory: string,
  home: string,
  account: Account | null,
  runnerFor: RunnerFor,
): Promise<void> {
  fs.mkdirSync(directory, { recursive: true })
  const isNear = mayReach(account, dirname(directory))
  // The account only has to pass through.
  if (account !== null && isNear) fs.chmodSync(directory, fs.statSync(directory).mode | 0o011)
  const base = isNear ? directory : sharedFolder
  if (!isNear) makeFolder(base, 0o755)
  removeDrafts(base)
  const draft = fs.mkdtempSync(join(base, `draft.${process.pid}.`))
  try {
    await initialise(draft, account, runnerFor(join(draft, 'libraries')))
    if (isNear) publish(home, () => fs.renameSync(draft, home))
    else publishFar(draft, join(base, `data-${randomBytes(6).toString('hex')}`), home)
  } finally {
    fs.rmSync(draft, { recursive: true, force: true })
  }
}

/** The last step of making a home. When somebody else made it meanwhile, theirs counts. */
function publish(home: string, step: () => void): boolean {
  try {
    step()
    return true
  } catch (error) {
    if (fs.existsSync(home)) return false
    throw error
  }
}

/** The link tells later starts where the home is, and ends with the folder that it stands in. */
function publishFar(draft: string, place: string, home: string): void {
  fs.renameSync(draft, place)
  const isOurs = publish(home, () => fs.symlinkSync(place, home))
  if (!isOurs) fs.rmSync(place, { recursive: true })
}

/** None of the operating system's: the same order everywhere, and nothing to install. */
const locale = ['-E', 'UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']

async function initialise(draft: string, account: Account | null, runner: Runner): Promise<void> {
  const data = join(draft, 'data')
  const passwordFile = join(draft, 'password')
  const handedFile = join(draft, 'password-for-initdb')
  const password = randomBytes(24).toString('base64url')
  fs.chmodSync(draft, account === null ? 0o700 : 0o711)
  makeFolder(data, 0o700)
  for (const file of [passwordFile, handedFile]) fs.writeFileSync(file, password, { mode: 0o600 })
  if (account !== null) {
    for (const each of [data, handedFile]) fs.chownSync(each, account.uid, account.gid)
  }
  const args = ['-D', data, '-U', 'postgres', '-A', 'scram-sha-256', '--pwfile', handedFile]
  const { initdb } = runner.binaries
  const { succeeded, output } = await runProgram(runner, initdb, [...args, ...locale])
  if (!succeeded) throw new Error(output)
  fs.rmSync(handedFile)
}

/** Of starts that were killed while they made a home. */
function removeDrafts(base: string): void {
  for (const name of fs.readdirSync(base)) {
    const pid = /^draft\.(\d+)\./.exec(name)?.[1]
    if (pid !== undefined && !isAlive(Number(pid))) {
      // Its initdb may write for a moment longer.
      fs.rmSync(join(base, name), { recursive: true, force: true, maxRetries: 10 })
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
