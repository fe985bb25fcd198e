/** Obtains the programs that tests need: `node tools/services/main.ts [program …]`, else all. */

import { isMain } from '../report.ts'
import { obtainProgram } from './obtain.ts'
import { programs, type ProgramName } from './programs.ts'

/**
 * One after the other, each told in a line of its own, with what to do where it cannot be had.
 * Resolves to whether all are there.
 */
export async function prepareServices(
  names: readonly ProgramName[] = allNames(),
): Promise<boolean> {
  process.stdout.write(`services: ${names.join(', ')}, from PATH or Debian's archive\n`)
  let complete = true
  for (const name of names) {
    try {
      process.stdout.write(`services: ${name} is ${await obtainProgram(name)}\n`)
    } catch (error) {
      complete = false
      process.stdout.write(`services: ${error instanceof Error ? error.message : String(error)}\n`)
    }
  }
  return complete
}

function allNames(): readonly ProgramName[] {
  return Object.keys(programs).filter(isName)
}

function isName(name: string): name is ProgramName {
  return Object.hasOwn(programs, name)
}

if (isMain(import.meta)) process.exitCode = await main(process.argv.slice(2))

async function main(asked: readonly string[]): Promise<number> {
  const unknown = asked.filter(name => !isName(name))
  if (unknown.length > 0) {
    const known = allNames().join(', ')
    process.stderr.write(`no such program: ${unknown.join(', ')}; there are ${known}\n`)
    return 1
  }
  return (await prepareServices(asked.length > 0 ? asked.filter(isName) : allNames())) ? 0 : 1
}
