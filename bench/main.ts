/**
 * `npm run bench`: Mettle against the best hand-written code, in the same run, on the same
 * PostgreSQL.
 *
 * Options: --rounds N (5), --seconds N (4) for each run, --only W1,W4.
 */

import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { migrate, startMettle } from './mettle.ts'
import { renderJson, renderTable, type WorkloadResult } from './report.ts'
import { startRival } from './rival.ts'
import { compare, type Side } from './rounds.ts'
import { seed } from './seed.ts'
import { startPostgres } from './postgres.ts'
import { mettlePaths, rivalPaths, type Source, type Workload, workloads } from './workloads.ts'
import { obtainWrk } from './wrk.ts'

const mainConnections = 64
const customers = 16

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    connections: { type: 'string', default: `${mainConnections},8,1` },
    only: { type: 'string' },
  },
})

await obtainWrk()
const folder = mkdtempSync(join(tmpdir(), 'mettle-bench-'))
const postgres = await startPostgres(folder)
const urls = {
  mettle: await postgres.createDatabase('mettle'),
  rival: await postgres.createDatabase('rival'),
}
await migrate(urls.mettle)
await migrate(urls.rival)
const mettle = await startMettle(urls.mettle)
const rival = await startRival(urls.rival)
try {
  const sources = await makeSources()
  const chosen = workloads.filter(({ name }) => options.only?.split(',').includes(name) ?? true)
  const results: WorkloadResult[] = []
  for (const connections of options.connections.split(',').map(Number)) {
    for (const workload of chosen) results.push(await run(workload, sources, connections))
  }
  process.stdout.write(`\n${renderTable(results)}\n`)
  // a part of the workloads is for trying things out; what is published is a whole run
  if (options.only === undefined) {
    writeFileSync('bench/latest.json', renderJson(results, mainConnections))
  }
} finally {
  await Promise.all([mettle.stop(), rival.stop()])
  await postgres.stop()
}

async function run(
  workload: Workload,
  sources: Sources,
  connections: number,
): Promise<WorkloadResult> {
  process.stderr.write(`${workload.name} ${workload.title}, ${connections} connections …\n`)
  const sides: { readonly mettle: Side; readonly rival: Side } = {
    mettle: { port: mettle.port, pid: mettle.pid, load: () => workload.load(sources.mettle) },
    rival: { port: rival.port, pid: rival.pid, load: () => workload.load(sources.rival) },
  }
  const rounds =
    connections === mainConnections ? Number(options.rounds) : Math.ceil(Number(options.rounds) / 2)
  const comparison = await compare(sides, postgres.pid, {
    connections,
    seconds: Number(options.seconds),
    rounds,
  })
  return { name: workload.name, title: workload.title, connections, ...comparison }
}

interface Sources {
  readonly mettle: Source
  readonly rival: Source
}

async function makeSources(): Promise<Sources> {
  const people: string[] = []
  for (let count = 0; count <= customers; count++)
    people.push(await mettle.signUp(`bench${count}@example.com`))
  const [staff, ...buyers] = people as [string, ...string[]]
  await query(urls.mettle, `update users set roles = '["staff"]' where id = $1`, [staff])
  const facts = { mettle: await seed(urls.mettle, buyers), rival: await seed(urls.rival, buyers) }
  const versions = (url: string) => async () =>
    (await query(url, 'select id, version from products order by id limit 1000')).map(
      row => [String(row[0]), Number(row[1])] as const,
    )
  return {
    mettle: {
      paths: mettlePaths,
      facts: facts.mettle,
      folder,
      staff,
      token: mettle.token,
      versions: versions(urls.mettle),
    },
    rival: {
      paths: rivalPaths,
      facts: facts.rival,
      folder,
      staff,
      versions: versions(urls.rival),
      token: async user => rival.token(user, user === staff ? ['staff'] : []),
    },
  }
}

async function query(url: string, text: string, values: unknown[] = []): Promise<unknown[][]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<unknown[]>({ text, values, rowMode: 'array' })).rows
  } finally {
    await client.end()
  }
}
