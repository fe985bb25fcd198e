/** The secret of a development backend: made once, kept beside its data. */

import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Reads the kept secret, or makes one (0600). */
export function developmentSecret(directory: string): string {
  const file = join(directory, 'secret')
  const made = randomBytes(48).toString('base64url')
  mkdirSync(directory, { recursive: true })
  try {
    writeFileSync(file, `${made}\n`, { mode: 0o600, flag: 'wx' })
    return made
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    return readFileSync(file, 'utf8').trim()
  }
}
