/** Faults that come from outside: killed, paused and lost processes. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { nowMs } from './http.ts'
import type { NodeProcess } from './node-process.ts'
import { childrenOf, signalTo } from './processes.ts'
import type { Site } from './site.ts'

export interface Faults {
  /** kill -9 of a whole node. Resolves to when; start it again with `node.launch()`. */
  killNode(node: NodeProcess): Promise<number>
  /** kill -9 of the serving process of a node; its supervisor brings it back. */
  killWorker(node: NodeProcess): number
  /** SIGSTOP of a whole node, as a machine that hangs. */
  pause(node: NodeProcess): Promise<number>
  resume(node: NodeProcess): Promise<void>
  /** kill -9 of every process of PostgreSQL; the runner's keeper brings it back. */
  killDatabase(): number
  /** SIGSTOP of every process of PostgreSQL, as a machine that hangs. */
  pauseDatabase(): number
  /** Does nothing where it was not paused. */
  resumeDatabase(): void
}

export function createFaults(site: Site): Faults {
  let paused: readonly number[] = []
  return {
    async killNode(node) {
      const atMs = nowMs()
      await node.signal('SIGKILL')
      return atMs
    },
    killWorker(node) {
      const atMs = nowMs()
      node.killWorker()
      return atMs
    },
    async pause(node) {
      const atMs = nowMs()
      await node.signal('SIGSTOP')
      return atMs
    },
    resume: node => node.signal('SIGCONT'),
    killDatabase() {
      const pids = databaseProcesses(site.data)
      const atMs = nowMs()
      for (const pid of pids) signalTo(pid, 'SIGKILL')
      return atMs
    },
    pauseDatabase() {
      paused = databaseProcesses(site.data)
      const atMs = nowMs()
      for (const pid of paused) signalTo(pid, 'SIGSTOP')
      return atMs
    },
    resumeDatabase() {
      for (const pid of paused) signalTo(pid, 'SIGCONT')
      paused = []
    },
  }
}

/**
 * The postmaster first: it starts no others then. All of them, since a session that outlives it
 * would finish what it was doing.
 */
function databaseProcesses(data: string): readonly number[] {
  const postmaster = Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0])
  return [postmaster, ...childrenOf(postmaster)]
}
