/** What a worker does: loads the user's backend and serves it until it is told to drain. */

import cluster from 'node:cluster'
import { createLog, type Log } from '../adapters/pino/logger.ts'
import { createMetrics } from '../adapters/prometheus/metrics.ts'
import { Problem } from '../base/errors.ts'
import type { Observation } from '../base/observe.ts'
import type { MigrationError } from '../engine/migrations/migration-error.ts'
import { buildModel } from '../model/build.ts'
import { loadBackendFile } from './backend-file.ts'
import { supervisorChannel } from './channel.ts'
import { type FromWorker, isMessage, type WorkerSetup } from './messages.ts'
import { metricsReaders } from './listeners.ts'
import { metricsRoute } from './metrics-route.ts'
import { createNode, type Node } from './node.ts'
import { outliveReaders } from './outlive-readers.ts'
import { prepareDatabase } from './prepare-database.ts'
import { explainRefusal, isMendedBySaving } from './refusal.ts'
import { connectScrape } from './scrape.ts'
import { summarise } from './summary.ts'
import type { Wiring } from './wiring.ts'

const channel = supervisorChannel()
const metrics = createMetrics(() => node?.levels() ?? null)
const scrape = connectScrape(channel, async () => metrics.measure())
let log: Log | null = null
let node: Node | null = null
let leaving: Promise<void> | null = null

function observe(observation: Observation): void {
  metrics.record(observation)
  log?.record(observation)
}

async function serve(setup: WorkerSetup, wiring: Wiring): Promise<void> {
  const { config, databaseUrl, secret, leads } = setup
  const secrets = [secret, config.metricsToken ?? '', new URL(databaseUrl).password]
  log = createLog({ level: config.logLevel, format: config.logFormat, secrets })
  const model = buildModel(await loadBackendFile(setup.backend))
  const held = (refused: MigrationError) =>
    void tell({ type: 'held', message: explainRefusal(refused, setup.backend) })
  const prepared = await prepareDatabase(model, setup, observe, held, wiring)
  const routes = [metricsRoute(scrape, metricsReaders(config))]
  node = createNode({ model, config, databaseUrl, secret, observe, routes, leads, wiring })
  await node.start()
  await tell({ type: 'ready', summary: { ...summarise(model), ...prepared } })
}

function start(setup: WorkerSetup, wiring: Wiring): void {
  serve(setup, wiring).catch((error: unknown) => refuse(error, setup))
}

async function refuse(error: unknown, { backend }: WorkerSetup): Promise<void> {
  const message = explainRefusal(error, backend)
  await tell({ type: 'refused', refusal: { message, bySaving: isMendedBySaving(error) } })
  await leave(1)
}

/** Answers what is under way, tells the last figures, and ends. */
function leave(status: number): Promise<void> {
  leaving ??= (async () => {
    await node?.stop()
    await tell({ type: 'measured', snapshot: metrics.measure() })
    await log?.flush()
    process.exit(status)
  })()
  return leaving
}

/** Resolves when it is written, or cannot be. */
function tell(message: FromWorker): Promise<void> {
  return new Promise(resolve => {
    if (process.connected) process.send?.(message, () => resolve())
    else resolve()
  })
}

/** Called once, when the process starts. */
export function work(wiring: Wiring): void {
  channel.listen(message => {
    if (isMessage(message, 'setup')) start(message.setup, wiring)
    if (isMessage(message, 'drain')) void leave(0)
  })

  // Without this, a worker whose supervisor was killed would drop what it is answering.
  cluster.worker!.once('disconnect', () => {
    cluster.worker!.exitedAfterDisconnect = true
    void leave(0)
  })

  outliveReaders()

  // Ctrl-C reaches every process of the terminal; the supervisor decides when to drain.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})

  // A call that user code forgot to await and that was refused: no reason to end a process that
  // answers others. Whatever else was not handled is.
  process.on('unhandledRejection', error => {
    if (!(error instanceof Problem)) throw error
    observe({ kind: 'fault', requestId: null, where: 'process', error })
  })

  process.on('uncaughtException', error => {
    observe({ kind: 'fault', requestId: null, where: 'process', error })
    void leave(1)
  })
}
