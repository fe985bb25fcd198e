/** Where this machine has a program. */

import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Beside `PATH`: where servers are that an ordinary user's `PATH` leaves out. */
const serverFolders = ['/usr/sbin', '/usr/local/sbin']

export function programFolders(): readonly string[] {
  const named = (process.env['PATH'] ?? '').split(delimiter).filter(folder => folder !== '')
  return [...named, ...serverFolders]
}

/** Null: none of the folders has it. */
export function findProgram(name: string, folders = programFolders()): string | null {
  return folders.map(folder => join(folder, name)).find(isExecutable) ?? null
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
