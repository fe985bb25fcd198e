/**
 * Interleaved rounds: the two sides take turns, so that what disturbs the machine disturbs both.
 */

import { figuresOf } from './process-figures.ts'
import { type Load, type LoadFigures, runLoad } from './wrk.ts'

/** One of the two servers, with the load that makes the workload's requests against it. */
export interface Side {
  readonly port: number
  /** The server's process: its descendants count with it. */
  readonly pid: number
  /** The load of the next run. */
  load(): Promise<Load>
}

export interface Figures {
  readonly requestsPerSecond: number
  readonly failed: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Seconds of processor time for 1,000 requests. */
  readonly serverCpu: number
  readonly postgresCpu: number
  readonly residentMegabytes: number
}

export interface Comparison {
  readonly mettle: Figures
  readonly rival: Figures
  /** Median of the ratios of neighbouring runs, with the least and the greatest. */
  readonly ratio: number
  readonly ratioMin: number
  readonly ratioMax: number
}

export async function compare(
  sides: { readonly mettle: Side; readonly rival: Side },
  postgresPid: number,
  options: { readonly connections: number; readonly seconds: number; readonly rounds: number },
): Promise<Comparison> {
  const runs: { mettle: Figures; rival: Figures }[] = []
  const measure = (side: Side, seconds = options.seconds) =>
    measureRun(side, postgresPid, options.connections, seconds)
  await measure(sides.rival, 1)
  await measure(sides.mettle, 1)
  for (let round = 0; round < options.rounds; round++) {
    const rivalFirst = round % 2 === 0
    const first = await measure(rivalFirst ? sides.rival : sides.mettle)
    const second = await measure(rivalFirst ? sides.mettle : sides.rival)
    runs.push(rivalFirst ? { rival: first, mettle: second } : { rival: second, mettle: first })
  }
  const ratios = runs.map(run => run.mettle.requestsPerSecond / run.rival.requestsPerSecond)
  return {
    mettle: medianFigures(runs.map(run => run.mettle)),
    rival: medianFigures(runs.map(run => run.rival)),
    ratio: median(ratios),
    ratioMin: Math.min(...ratios),
    ratioMax: Math.max(...ratios),
  }
}

async function measureRun(
  side: Side,
  postgresPid: number,
  connections: number,
  seconds: number,
): Promise<Figures> {
  const load = await side.load()
  const before = { server: figuresOf(side.pid), postgres: figuresOf(postgresPid) }
  const run: LoadFigures = await runLoad(side.port, load, connections, seconds)
  const after = { server: figuresOf(side.pid), postgres: figuresOf(postgresPid) }
  if (run.requests === 0)
    throw new Error(`no request was answered by the server on port ${side.port}`)
  const perThousand = (from: number, to: number) => ((to - from) / run.requests) * 1000
  return {
    requestsPerSecond: (run.requests - run.failed) / (run.durationMs / 1000),
    failed: run.failed,
    p50Ms: run.p50Ms,
    p99Ms: run.p99Ms,
    serverCpu: perThousand(before.server.cpuSeconds, after.server.cpuSeconds),
    postgresCpu: perThousand(before.postgres.cpuSeconds, after.postgres.cpuSeconds),
    residentMegabytes: after.server.residentBytes / 2 ** 20,
  }
}

function medianFigures(runs: readonly Figures[]): Figures {
  const of = (pick: (figures: Figures) => number) => median(runs.map(pick))
  return {
    requestsPerSecond: of(run => run.requestsPerSecond),
    failed: runs.reduce((sum, run) => sum + run.failed, 0),
    p50Ms: of(run => run.p50Ms),
    p99Ms: of(run => run.p99Ms),
    serverCpu: of(run => run.serverCpu),
    postgresCpu: of(run => run.postgresCpu),
    residentMegabytes: of(run => run.residentMegabytes),
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
