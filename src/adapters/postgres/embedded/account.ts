/**
 * Who runs the server: PostgreSQL refuses to run as root, so root lends it the account `nobody`.
 */

import { chmodSync, mkdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { EmbeddedError } from './error.ts'

export interface Account {
  readonly uid: number
  readonly gid: number
}

/** Null when the server runs as whoever runs us. */
export function serverAccount(): Account | null {
  if (process.getuid?.() !== 0) return null
  // PostgreSQL looks its user up, so a number without an entry would not do.
  const entry = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map(line => line.split(':'))
    .find(fields => fields[0] === 'nobody')
  if (entry === undefined) {
    throw new EmbeddedError(
      'PostgreSQL cannot run as root, and there is no user `nobody` to run it as.',
      'Run as an ordinary user, or set DATABASE_URL to a PostgreSQL server.',
    )
  }
  return { uid: Number(entry[2]), gid: Number(entry[3]) }
}

/** Whether the account may pass through every folder down to this one, which must exist. */
export function mayReach(account: Account | null, folder: string): boolean {
  if (account === null) return true
  for (let each = realpathSync(folder); ; each = dirname(each)) {
    if (!mayPass(account, each)) return false
    if (dirname(each) === each) return true
  }
}

function mayPass(account: Account, folder: string): boolean {
  const { mode, uid, gid } = statSync(folder)
  if (uid === account.uid) return (mode & 0o100) !== 0
  if (gid === account.gid) return (mode & 0o010) !== 0
  return (mode & 0o001) !== 0
}

/** Makes the folder with this mode, whatever the umask says. */
export function makeFolder(folder: string, mode: number): void {
  mkdirSync(folder, { recursive: true })
  chmodSync(folder, mode)
}
