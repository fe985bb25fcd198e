/** Faults that come from outside: killed, paused and lost processes. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { nowMs } from './http.ts'
import type { NodeProcess } from './node-process.ts'
import type { Site } from './site.ts'

export interface Faults {
  /** kill -9 of a whole node. Resolves to when; start it again with `node.launch()`. */
  killNode(node: NodeProcess): Promise<number>
  /** kill -9 of the serving process of a node; its supervisor brings it back. */
  killWorker(node: NodeProcess): number
  /** SIGSTOP of a whole node, as a machine that hangs. */
  pause(node: NodeProcess): Promise<number>
  resume(node: NodeProcess): Promise<void>
  /** kill -9 of the PostgreSQL postmaster; the runner's keeper brings it back. */
  killDatabase(): number
}

export function createFaults(site: Site): Faults {
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
      const pid = Number(readFileSync(join(site.data, 'postmaster.pid'), 'utf8').split('\n')[0])
      const atMs = nowMs()
      process.kill(pid, 'SIGKILL')
      return atMs
    },
  }
}
