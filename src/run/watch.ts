/** Tells when a source file below a folder has changed. */

import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs'
import { join } from 'node:path'

const settleMs = 100
const sources = /\.(ts|mts|js|mjs|json|sql)$/
const ignored = new Set(['node_modules', 'dist'])

/**
 * Calls `changed` once a burst of changes has settled. Each folder is watched by itself, because a
 * recursive watch would take in `node_modules`; what counts is not the event but that a source has
 * another time or size. Returns what ends the watch.
 */
export function watchSources(folder: string, changed: () => void): () => void {
  const watchers = new Map<string, FSWatcher>()
  let timer: NodeJS.Timeout | null = null
  let seen = look()

  function look(): string {
    const { folders, print } = survey(folder)
    for (const [path, watcher] of watchers) if (!folders.includes(path)) forget(path, watcher)
    for (const path of folders) if (!watchers.has(path)) listen(path)
    return print
  }

  function listen(path: string): void {
    try {
      const watcher = watch(path, () => {
        if (timer !== null) clearTimeout(timer)
        timer = setTimeout(compare, settleMs)
      })
      watcher.on('error', () => forget(path, watcher))
      watchers.set(path, watcher)
    } catch {
      // Gone again, or no more watches to be had: its files are compared when another one changes.
    }
  }

  function forget(path: string, watcher: FSWatcher): void {
    watcher.close()
    watchers.delete(path)
  }

  function compare(): void {
    const now = look()
    if (now === seen) return
    seen = now
    changed()
  }

  return () => {
    if (timer !== null) clearTimeout(timer)
    for (const [path, watcher] of watchers) forget(path, watcher)
  }
}

/** All folders worth watching, and a text that differs when a source does. */
function survey(folder: string): { readonly folders: string[]; readonly print: string } {
  const folders = [folder]
  const lines: string[] = []
  for (const path of folders) {
    for (const entry of readFolder(path)) {
      const place = join(path, entry.name)
      if (entry.name.startsWith('.') || ignored.has(entry.name)) continue
      if (entry.isDirectory()) folders.push(place)
      else if (sources.test(entry.name)) lines.push(`${place} ${versionOf(place)}`)
    }
  }
  return { folders, print: lines.join('\n') }
}

function readFolder(path: string) {
  try {
    return readdirSync(path, { withFileTypes: true })
  } catch {
    return []
  }
}

function versionOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false })
  return stat === undefined ? 'gone' : `${stat.mtimeMs} ${stat.size}`
}
