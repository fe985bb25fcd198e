/** What the runner made and must not leave behind, also when it is killed itself. */

import { type ChildProcess, fork } from 'node:child_process'
import { rmSync } from 'node:fs'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ToReaper } from './reaper.ts'

const program = fileURLToPath(new URL(`./reaper${extname(import.meta.url)}`, import.meta.url))

export interface Holdings {
  /** A process that leads a group of its own. */
  process(child: ChildProcess): void
  /** `data`: where a PostgreSQL keeps its pid file. */
  folder(folder: string, data?: string): void
  /** Removes it now. */
  remove(folder: string): void
  /** Ends at once what still runs, and removes what is left. */
  close(): Promise<void>
}

export function openHoldings(): Holdings {
  const reaper = fork(program, { detached: true, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
  const ended = new Promise<void>(resolve => reaper.once('exit', () => resolve()))
  const tell = (message: ToReaper) => {
    if (reaper.connected) reaper.send(message)
  }
  return {
    process(child) {
      const group = child.pid
      if (group === undefined) return
      tell({ type: 'hold', group })
      child.once('exit', () => tell({ type: 'release', group }))
    },
    folder: (folder, data) => tell({ type: 'folder', folder, data: data ?? null }),
    remove(folder) {
      rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
      tell({ type: 'gone', folder })
    },
    async close() {
      if (reaper.connected) reaper.disconnect()
      await ended
    },
  }
}
