/** Tells when a source file below a folder has changed. */

import { type FSWatcher, watch } from 'node:fs'
import { sep } from 'node:path'

const settleMs = 120
const sources = /\.(ts|mts|js|mjs|json|sql)$/
const ignored = new Set(['node_modules', 'dist'])

/** Calls `changed` once a burst of changes has settled. Returns what ends the watch. */
export function watchSources(folder: string, changed: (file: string) => void): () => void {
  let timer: NodeJS.Timeout | null = null
  const watcher: FSWatcher = watch(folder, { recursive: true }, (_event, file) => {
    if (file === null || !isSource(file)) return
    if (timer !== null) clearTimeout(timer)
    timer = setTimeout(() => changed(file), settleMs)
  })
  return () => {
    if (timer !== null) clearTimeout(timer)
    watcher.close()
  }
}

function isSource(file: string): boolean {
  const parts = file.split(sep)
  return sources.test(file) && !parts.some(part => part.startsWith('.') || ignored.has(part))
}
