/** `npm test`: the checks, then every test; none may be skipped. */

import { existsSync, globSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { run } from 'node:test'
import { runChecks } from './check.ts'
import { prepareServices } from './services/main.ts'
import { tellTests } from './test-report.ts'
import { testServer } from './test-server.ts'

/**
 * Named by the evidence they give, cheapest first; processes and load have the machine to
 * themselves.
 */
const stages = [
  { folder: 'test/unit', concurrency: availableParallelism() },
  { folder: 'examples', concurrency: availableParallelism() },
  { folder: 'test/contract', concurrency: availableParallelism() },
  { folder: 'test/process', concurrency: 1 },
  { folder: 'test/load', concurrency: 1 },
  { folder: 'test/sabotage', concurrency: 1 },
]

/** Holds every answer of a backend, to whomever, to the document of the backend. */
const overhear = new URL('../test/support/answers/overhear.ts', import.meta.url).href

/** A file that hangs fails; none of them needs a tenth of this on a quiet machine. */
const fileTimeoutMs = 600_000

/** Files and folders on the command line limit what runs, and leave the checks out. */
process.exitCode = await main(process.argv.slice(2))

async function main(chosen: readonly string[]): Promise<number> {
  const unknown = chosen.filter(place => !existsSync(place))
  if (unknown.length > 0) return fail([`no such test: ${unknown.join(', ')}`])
  const parts = stages
    .map(stage => ({ ...stage, files: testFiles(stage.folder, chosen) }))
    .filter(part => part.files.length > 0)
  if (parts.length === 0) return fail(['no test file found'])
  const failed = chosen.length > 0 || (await runChecks()) ? [] : ['check']
  // Chosen files obtain what they need themselves.
  if (chosen.length === 0 && !(await prepareServices())) failed.push('services')
  const server = await testServer()
  process.env['METTLE_TEST_DATABASE_URL'] = server.url
  try {
    for (const { folder, files, concurrency } of parts) {
      process.stdout.write(`\n${folder}\n`)
      const events = run({
        files,
        concurrency,
        timeout: fileTimeoutMs,
        execArgv: ['--conditions=mettle-source', `--import=${overhear}`],
      })
      if (!(await tellTests(events, files))) failed.push(folder)
    }
  } finally {
    await server.stop()
  }
  if (failed.length > 0) return fail(failed)
  process.stdout.write('\npassed\n')
  return 0
}

function testFiles(folder: string, chosen: readonly string[]): string[] {
  const all = globSync(`${folder}/**/*.test.ts`).toSorted()
  if (chosen.length === 0) return all
  const places = chosen.map(place => place.replace(/^\.\//, '').replace(/\/$/, ''))
  return all.filter(file => places.some(place => isBelow(file, place)))
}

function isBelow(file: string, place: string): boolean {
  return file === place || (statSync(place).isDirectory() && file.startsWith(`${place}/`))
}

function fail(reasons: readonly string[]): number {
  process.stdout.write(`\nFAILED: ${reasons.join(', ')}\n`)
  return 1
}
