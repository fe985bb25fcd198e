/** `npm run check`: types, floors, shape, lint and format, all findings at once. */

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { isMain } from './report.ts'

interface Check {
  readonly name: string
  readonly command: readonly string[]
}

interface Verdict {
  readonly name: string
  readonly passed: boolean
  readonly output: string
}

const bin = (name: string) => join('node_modules', '.bin', name)

const checks: readonly Check[] = [
  { name: 'types', command: [bin('tsc'), '-p', '.', '--noEmit'] },
  { name: 'floors', command: [process.execPath, 'tools/check-floors.ts'] },
  { name: 'tidy', command: [process.execPath, 'tools/tidy.ts'] },
  { name: 'lint', command: [bin('oxlint'), '--type-aware'] },
  { name: 'format', command: [bin('oxfmt'), '--check'] },
]

/**
 * Runs them beside each other; resolves to whether all passed. Output of those that failed is
 * printed.
 */
export async function runChecks(): Promise<boolean> {
  const verdicts = await Promise.all(checks.map(runCheck))
  for (const { name, passed, output } of verdicts) {
    if (!passed) process.stdout.write(`--- ${name}\n${output.trim()}\n`)
  }
  const failed = verdicts.filter(verdict => !verdict.passed).map(verdict => verdict.name)
  const passedNames = verdicts.filter(verdict => verdict.passed).map(verdict => verdict.name)
  process.stdout.write(`check: passed ${passedNames.join(', ') || 'nothing'}\n`)
  if (failed.length > 0) process.stdout.write(`check: FAILED ${failed.join(', ')}\n`)
  return failed.length === 0
}

function runCheck({ name, command }: Check): Promise<Verdict> {
  return new Promise(resolve => {
    const child = spawn(command[0]!, command.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', chunk => (output += chunk))
    child.stderr.on('data', chunk => (output += chunk))
    child.on('error', error => resolve({ name, passed: false, output: String(error) }))
    child.on('close', code => resolve({ name, passed: code === 0, output }))
  })
}

if (isMain(import.meta)) process.exitCode = (await runChecks()) ? 0 : 1
