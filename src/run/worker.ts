/** A worker: loads the user's backend and serves it until its supervisor tells it to drain. */

import type { Observation } from '../base/observe.ts'
import { createLog } from '../adapters/pino/logger.ts'
import { createMetrics } from '../adapters/prometheus/metrics.ts'
import { buildModel } from '../model/build.ts'
import type { Model } from '../model/model.ts'
import { loadBackendFile } from './backend-file.ts'
import { readConfig } from './config.ts'
import { explainRefusal } from './refusal.ts'
import { prepareDatabase } from './prepare-database.ts'
import {
  type FromSupervisor,
  type FromWorker,
  isMessage,
  type WorkerSetup,
  workerVariable,
} from './messages.ts'
import { metricsRoute } from './metrics-route.ts'
import { createNode, type Node } from './node.ts'
import { scrapeAll } from './scrape.ts'

type Drain = Extract<FromSupervisor, { type: 'drain' }>

const setup = JSON.parse(process.env[workerVariable] ?? '') as WorkerSetup
const config = readConfig(process.env, setup.mode, '.mettle')
const log = createLog({ level: config.logLevel })
const pressures: (() => Readonly<Record<string, number>>)[] = []
const metrics = createMetrics(() => Object.assign({}, ...pressures.map(pressure => pressure())))
const observe = (observation: Observation) => {
  metrics.record(observation)
  log.record(observation)
}

/** Ctrl-C reaches every process of the terminal; the supervisor decides when to drain. */
process.on('SIGINT', () => {})
process.on('SIGTERM', () => {})
process.on('uncaughtException', error => {
  observe({ kind: 'fault', requestId: null, where: 'process', error })
  void leave(1)
})

let node: Node | null = null
let leaving: Promise<void> | null = null

function leave(status: number): Promise<void> {
  leaving ??= (async () => {
    await node?.stop()
    await log.flush()
    process.exit(status)
  })()
  return leaving
}

process.on('message', (message: unknown) => {
  if (isMessage<Drain>(message, 'drain')) void leave(0)
})
process.on('disconnect', () => void leave(0))

function tell(message: FromWorker): void {
  if (process.connected) process.send?.(message)
}

async function serve(): Promise<void> {
  const model = buildModel(await loadBackendFile(setup.backend))
  const prepared = await prepareDatabase(model, setup, config, observe)
  node = createNode({
    model,
    config,
    databaseUrl: setup.databaseUrl,
    secret: setup.secret,
    observe,
    routes: [metricsRoute(scrapeAll, config.metricsToken)],
  })
  pressures.push(() => node!.database.pressure())
  await node.start()
  tell({ type: 'ready', summary: { ...namesOf(model), ...prepared, port: node.port ?? 0 } })
}

function namesOf(model: Model): Pick<Summary, 'name' | 'resources' | 'commands' | 'queries'> {
  return {
    name: model.name,
    resources: [...model.resources.keys()],
    commands: [...model.commands.keys()],
    queries: [...model.queries.keys()],
  }
}

type Summary = Extract<FromWorker, { type: 'ready' }>['summary']

try {
  await serve()
} catch (error) {
  tell({ type: 'refused', message: explainRefusal(error) })
  await leave(1)
}
