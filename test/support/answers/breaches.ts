/** Answers that the document does not promise, from all processes of a test: they fail its file. */

import { appendFileSync, chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { threadId } from 'node:worker_threads'

/** Of this thread: where the processes that it starts tell theirs too. */
const own = join(tmpdir(), `mettle-breaches-${process.pid}-${threadId}`)
let isOpen = false

/** Characters: what is wrong once may be wrong a thousand times. */
const toldMax = 20_000

/** Written at once: a process may be killed, and a breach is rare. */
export function tellBreach(file: string, breach: string): void {
  appendFileSync(file, `${breach}\n\n`)
}

/** When this process ends, what stands in the file is told, and the process fails. */
export function breachesFile(): string {
  if (isOpen) return own
  isOpen = true
  // Anew: one of a process that was killed may lie there.
  writeFileSync(own, '')
  // A backend may run as somebody else.
  chmodSync(own, 0o666)
  process.once('exit', () => {
    const told = readFileSync(own, 'utf8')
    rmSync(own)
    if (told === '') return
    process.stderr.write(`Answers that no document promises:\n\n${told.slice(0, toldMax)}`)
    process.exitCode = 1
  })
  return own
}

/** For the command line of a process that serves: it is overheard, and tells breaches in `file`. */
export function overhearing(file = breachesFile()): string {
  const program = new URL('overhear.ts', import.meta.url)
  program.searchParams.set('breaches', file)
  return `--import=${program.href}`
}
