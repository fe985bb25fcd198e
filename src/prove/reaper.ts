/**
 * A process that outlives the runner for a moment: when the runner is gone, however it went, this
 * ends every process that it held and removes its folders.
 */

import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

export type ToReaper =
  /** Leader of a process group of its own. */
  | { readonly type: 'hold' | 'release'; readonly group: number }
  /** With a PostgreSQL in it or not. */
  | { readonly type: 'folder'; readonly folder: string; readonly data: string | null }
  | { readonly type: 'gone'; readonly folder: string }

const groups = new Set<number>()
const folders = new Map<string, string | null>()

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}

function endPostgres(data: string): void {
  try {
    end(Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]))
  } catch {
    // None runs there.
  }
}

process.on('message', (message: ToReaper) => {
  if (message.type === 'hold') groups.add(message.group)
  if (message.type === 'release') groups.delete(message.group)
  if (message.type === 'folder') folders.set(message.folder, message.data)
  if (message.type === 'gone') folders.delete(message.folder)
})

process.once('disconnect', () => {
  for (const group of groups) end(-group)
  for (const [folder, data] of folders) {
    if (data !== null) endPostgres(data)
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  }
  process.exit(0)
})

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
