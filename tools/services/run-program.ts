/** Runs a program to its end. */

import { spawn } from 'node:child_process'

interface Ran {
  /** Null when a signal ended it or it could not be started. */
  readonly status: number | null
  readonly output: string
}

/** Both streams in one text; `input` is what it reads. Never rejects. */
export function runProgram(command: readonly string[], input = ''): Promise<Ran> {
  return new Promise(resolve => {
    const child = spawn(command[0]!, command.slice(1), { stdio: 'pipe' })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
    // It may end before it has read everything.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    child.once('error', error => resolve({ status: null, output: error.message }))
    child.once('close', status => resolve({ status, output }))
  })
}
