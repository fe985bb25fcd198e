/** `mettle prove`: attacks the user's own backend and says what held. */

import { randomInt } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { extname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildModel } from '../model/build.ts'
import type { Model } from '../model/model.ts'
import { loadStage } from '../prove/broken/stage.ts'
import { CatalogueError, choose, type Listed, readCatalogue } from '../prove/catalogue.ts'
import { compareRunning } from '../prove/likeness.ts'
import { explanationOf } from '../prove/report/explanation.ts'
import { htmlReport } from '../prove/report/html.ts'
import { jsonReport } from '../prove/report/json.ts'
import { junitReport } from '../prove/report/junit.ts'
import { type Given, replayOf } from '../prove/report/replay.ts'
import { terminalReport } from '../prove/report/terminal.ts'
import { targetOf } from '../prove/remote.ts'
import { run } from '../prove/run.ts'
import { isProved, type Result } from '../prove/verdict.ts'
import { importDefault, loadBackendFile } from '../run/backend-file.ts'
import { explainRefusal } from '../run/refusal.ts'
import { print, stop } from './environment.ts'

interface ProveOptions extends Omit<Given, 'seed'> {
  readonly seed?: string
  readonly json?: boolean
  readonly html?: string
  readonly junit?: string
  readonly list?: boolean
  readonly explain?: string
}

/** Ends with status 0 only if every drill that applies passed. */
export async function prove(names: readonly string[], options: ProveOptions): Promise<void> {
  try {
    const files = (options.drills ?? []).map(file => resolve(file))
    const catalogue = await readCatalogue(files, importDefault)
    if (options.list === true) return list(catalogue)
    if (options.explain !== undefined) {
      return await explain(choose(catalogue, [options.explain]), options.backend)
    }
    stopWhenSignalled()
    const backend = resolve(options.backend)
    const model = buildModel(await loadBackendFile(backend))
    const results = await attack(model, backend, choose(catalogue, names), options)
    process.exit(stopping.signal.aborted ? 130 : isProved(results) ? 0 : 1)
  } catch (error) {
    stop(error instanceof CatalogueError ? error.message : explainRefusal(error, options.backend))
  }
}

async function attack(
  model: Model,
  backend: string,
  drills: readonly Listed[],
  options: ProveOptions,
): Promise<readonly Result[]> {
  const seed = options.seed === undefined ? randomInt(1, 1_000_000) : whole('--seed', options.seed)
  const nodes = within('--nodes', options.nodes, 1, nodesMax)
  const timeMs = milliseconds(options.time)
  const controls = options.controls === true
  const remote = options.url === undefined ? null : targetOf(options.url, options.confirmHost)
  if (controls && remote !== null) stop('--controls needs nodes of its own: leave out --url')
  const unlike = remote === null ? null : await compareRunning(remote, model)
  if (unlike !== null) process.stderr.write(`${unlike}\n`)
  const stream = options.json === true ? process.stderr : process.stdout
  const report = terminalReport(
    {
      write: text => stream.write(text),
      live: stream.isTTY && process.env['CI'] === undefined,
      colours: hasColours(stream),
      columns: columnsOf(stream),
    },
    { name: model.name, seed, drills: drills.length, controls },
  )
  const program = [process.execPath, ...process.execArgv]
  const leftBehind: string[] = []
  const leaves = (left: readonly string[]) => {
    leftBehind.push(...left)
    report.leaves(left)
  }
  const results = await run({
    model,
    backend,
    mettle: [...program, process.argv[1]!],
    brokenNode: [...program, beside('../prove/broken/node')],
    drills,
    remote,
    controls,
    broke,
    seed,
    nodes,
    timeMs,
    replay: drill => replayOf(drill, { ...options, seed }),
    watch: { ...report, leaves },
    signal: stopping.signal,
  })
  report.finish(results)
  if (options.html !== undefined) {
    const facts = { seed, name: model.name, nodes, controls, at: new Date() }
    writeFileSync(options.html, htmlReport(facts, results))
  }
  if (options.json === true)
    print(jsonReport(seed, results, remote === null ? null : leftBehind).trimEnd())
  if (options.junit !== undefined) writeFileSync(options.junit, junitReport(seed, results))
  return results
}

/** What one machine can carry, and more than any drill asks for. */
const nodesMax = 32

const stopping = new AbortController()

/** The first signal stops the drills and clears up; the second leaves that to the reaper. */
function stopWhenSignalled(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (stopping.signal.aborted) process.exit(130)
      stopping.abort()
    })
  }
}

function list(catalogue: readonly Listed[]): void {
  let group = ''
  for (const { drill } of catalogue) {
    if (drill.group !== group) print(`${group === '' ? '' : '\n'}${drill.group}`)
    group = drill.group
    print(`  ${drill.id.padEnd(20)} ${drill.claim}`)
  }
}

async function explain(chosen: readonly Listed[], backend: string): Promise<void> {
  const file = resolve(backend)
  const model = existsSync(file) ? buildModel(await loadBackendFile(file)) : null
  const columns = columnsOf(process.stdout)
  for (const [at, listed] of chosen.entries()) {
    const stage = listed.drill.control === undefined ? await broke(listed) : null
    print(`${at === 0 ? '' : '\n'}${explanationOf(listed, { model, stage, columns })}`)
  }
}

/** What is wrong with the control of a drill, in a sentence; null where it has none. */
async function broke({ drill, own }: Listed): Promise<string | null> {
  if (drill.control !== undefined) return `the backend of ${drill.control.backend}`
  return own ? (await loadStage(drill.id)).says : null
}

type Output = typeof process.stdout | typeof process.stderr

/** A log gets none unless FORCE_COLOR asks for them; NO_COLOR takes them from a terminal. */
function hasColours(stream: Output): boolean {
  const forced = process.env['FORCE_COLOR']
  if (forced !== undefined) return forced !== '0' && forced !== 'false'
  return stream.isTTY && stream.hasColors()
}

const columnsOfLog = 120

function columnsOf(stream: Output): number {
  return stream.columns > 0 ? stream.columns : columnsOfLog
}

function beside(path: string): string {
  return fileURLToPath(new URL(`${path}${extname(import.meta.url)}`, import.meta.url))
}

function whole(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) stop(`${name} takes a whole number, not ${JSON.stringify(text)}`)
  return Number(text)
}

function within(name: string, text: string, least: number, most: number): number {
  const value = whole(name, text)
  if (value >= least && value <= most) return value
  return stop(`${name} takes a whole number from ${least} to ${most}, not ${text}`)
}

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 }

function milliseconds(text: string): number {
  const [, digits, unit] = /^(\d{1,6})(ms|s|m)$/.exec(text) ?? []
  if (unit === undefined || Number(digits) === 0) {
    return stop(`--time takes a time like 60s, not ${JSON.stringify(text)}`)
  }
  return Number(digits) * unitsMs[unit]!
}
