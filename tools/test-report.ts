/** Tells a test run: one line a file, failures in full, and what tests printed themselves. */

import { relative, resolve } from 'node:path'
import { inspect } from 'node:util'
import type { run } from 'node:test'

type Events = ReturnType<typeof run>

/** Resolves to whether every file ran at least one test, and none failed or was skipped. */
export async function tellTests(events: Events, files: readonly string[]): Promise<boolean> {
  const silent = new Set(files.map(file => resolve(file)))
  let passed = true
  let total = 0
  for await (const { type, data } of events) {
    switch (type) {
      case 'test:stdout':
      case 'test:stderr':
        process.stdout.write(data.message)
        break
      case 'test:pass':
        if (data.skip === undefined && data.todo === undefined) break
        passed = false
        say(`  SKIPPED ${place(data)} ${data.name}`)
        break
      case 'test:fail':
        passed = false
        if (isOwnFailure(data.details.error)) {
          say(`  FAILED ${place(data)} ${data.name}\n${indent(inspect(cause(data.details.error)))}`)
        }
        break
      case 'test:summary':
        if (data.file === undefined) break
        total += data.counts.tests
        if (data.counts.tests > 0) silent.delete(data.file)
        say(fileLine(data.file, data.counts.tests, data.counts.passed, data.duration_ms))
        break
      default:
    }
  }
  for (const file of silent) say(`  FAIL ${relative('.', file)}  holds no test`)
  say(`  ${total} tests`)
  return passed && silent.size === 0
}

function fileLine(file: string, tests: number, passedCount: number, durationMs: number): string {
  const verdict = passedCount === tests ? 'ok  ' : 'FAIL'
  return `  ${verdict} ${relative('.', file)}  ${passedCount}/${tests}  ${(durationMs / 1000).toFixed(1)} s`
}

/** A file or a suite fails because of a test in it, which has told its own story. */
function isOwnFailure(error: unknown): boolean {
  return !(
    error instanceof Error &&
    'failureType' in error &&
    error.failureType === 'subtestsFailed'
  )
}

function cause(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? error.cause : error
}

function place(data: { readonly file?: string; readonly line?: number }): string {
  return data.file === undefined ? '' : `${relative('.', data.file)}:${data.line}`
}

function indent(text: string): string {
  return text.replace(/^/gm, '    ')
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
