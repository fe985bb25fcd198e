/** Loaded into a worker: keeps what each collection of garbage did, and writes it down. */

import cluster from 'node:cluster'
import { writeFileSync } from 'node:fs'
import { GCProfiler } from 'node:v8'

const file = process.env['GARBAGE_FILE']
if (cluster.isWorker && file !== undefined) {
  const profiler = new GCProfiler()
  profiler.start()
  process.once('exit', () => writeFileSync(file, JSON.stringify(profiler.stop()?.statistics ?? [])))
}
