/** Runs drills on a copy of the tree in which a fault was planted, and on one in which none was. */

import { execFile, execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Result } from '../../src/prove/verdict.ts'
import type { PlantedFault } from './faults.ts'

const root = resolve(import.meta.dirname, '../..')
const copied = ['src', 'examples', 'package.json', 'tsconfig.json']
const patches = join(import.meta.dirname, 'patches')

/** By the id of the drill. */
type Verdicts = ReadonlyMap<string, Pick<Result, 'verdict' | 'reason'>>

interface Trial {
  readonly example: PlantedFault['example']
  /** None: the tree as it is. */
  readonly faults: readonly PlantedFault[]
  /** None named: the whole catalogue. */
  readonly drills: readonly string[]
  readonly seed: number
  /** Of each drill: `4s`. */
  readonly time: string
}

/** Rejects when the patch does not fit any more, or when the run came to no end. */
export async function tryDrills(trial: Trial): Promise<Verdicts> {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'mettle-sabotage-'))
  try {
    for (const name of copied) cpSync(join(root, name), join(folder, name), { recursive: true })
    symlinkSync(realpathSync(join(root, 'node_modules')), join(folder, 'node_modules'))
    for (const { id } of trial.faults) plant(folder, id)
    return await prove(folder, trial)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function plant(folder: string, patch: string): void {
  const file = join(patches, `${patch}.patch`)
  // Without this git would take the folder for a part of a repository around it.
  const env = { ...process.env, GIT_CEILING_DIRECTORIES: resolve(folder, '..') }
  try {
    execFileSync('git', ['apply', file], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (cause) {
    throw new Error(`${file} does not fit the sources any more: plant the fault anew`, { cause })
  }
}

function prove(folder: string, { example, drills, seed, time }: Trial): Promise<Verdicts> {
  const program = join(folder, 'src/cli/main.ts')
  const backend = join(folder, `examples/${example}/backend.ts`)
  const args = ['--conditions=mettle-source', program, 'prove', ...drills]
  const options = ['--backend', backend, '--seed', String(seed), '--time', time, '--json']
  const { METTLE_TEST_DATABASE_URL: _, ...env } = process.env
  return new Promise((done, fail) => {
    const settings = { env, cwd: folder, encoding: 'utf8' as const, maxBuffer: 2 ** 26 }
    execFile(process.execPath, [...args, ...options], settings, (_error, stdout, stderr) => {
      try {
        done(verdictsIn(stdout))
      } catch {
        fail(new Error(`the drills came to no end:\n${stderr.slice(-2_000)}`))
      }
    })
  })
}

function verdictsIn(report: string): Verdicts {
  const { drills }: { drills: readonly Result[] } = JSON.parse(report)
  return new Map(drills.map(({ drill, verdict, reason }) => [drill, { verdict, reason }]))
}

/** The drills that went red. */
export function redOf(verdicts: Verdicts): readonly string[] {
  return [...verdicts].filter(([, { verdict }]) => verdict === 'fail').map(([drill]) => drill)
}

/** What is wrong with the verdicts, in words; nothing: exactly the right drills are red. */
export function misjudged(faults: readonly PlantedFault[], verdicts: Verdicts): readonly string[] {
  const due = new Set(faults.flatMap(fault => fault.due))
  const touched = new Set(faults.flatMap(fault => fault.touched))
  const red = new Set(redOf(verdicts))
  const blind = [...due].filter(drill => !red.has(drill))
  const wrong = [...verdicts].filter(
    ([drill, { verdict }]) =>
      verdict === 'error' || (red.has(drill) && !due.has(drill) && !touched.has(drill)),
  )
  return [
    ...blind.map(drill => `${drill} did not see it`),
    ...wrong.map(([drill, { verdict, reason }]) => `${drill}, ${verdict}: ${reason}`),
  ]
}
