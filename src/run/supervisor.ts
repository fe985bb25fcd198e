/** The process that a person starts: it keeps PostgreSQL and the workers, and serves no request itself. */

import type { Worker } from 'node:cluster'
import { dirname, extname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AggregatorRegistry } from '@prometheus-io/client'
import { limits } from '../base/limits.ts'
import { createBuckets } from '../engine/limit/bucket.ts'
import { serveBuckets } from '../engine/limit/shared-buckets.ts'
import { renderBanner } from './banner.ts'
import { systemClock } from './clock.ts'
import type { Config } from './config.ts'
import { openDatabase, type OpenDatabase } from './database-server.ts'
import { Fleet } from './fleet.ts'
import { type FromSupervisor, type FromWorker, isMessage, type WorkerSummary } from './messages.ts'
import { workerChannel } from './channel.ts'
import { developmentSecret } from './secret.ts'
import { TypeCheck } from './type-check.ts'
import { watchSources } from './watch.ts'

export interface SuperviseOptions {
  /** The user's backend file. */
  readonly backend: string
  readonly config: Config
  /** For a person: the banner and what changes. */
  readonly print: (text: string) => void
}

export interface Supervisor {
  /** Drains the workers, then stops the embedded PostgreSQL. Resolves when all has ended. */
  stop(): Promise<void>
  /** Replaces the workers without a gap. */
  reload(): void
  /** Resolves with an exit status when the backend cannot go on by itself. */
  readonly ended: Promise<number>
}

/** Beside this module, `.ts` in the sources and `.js` in the package. */
const workerModule = fileURLToPath(new URL(`./worker${extname(import.meta.url)}`, import.meta.url))

type Scrape = Extract<FromWorker, { type: 'scrape' }>

/** Starts everything. Rejects when there is no database to work with. */
export async function supervise(options: SuperviseOptions): Promise<Supervisor> {
  const { config, print } = options
  const startedAt = systemClock.monotonic()
  const backend = resolve(options.backend)
  const development = config.mode === 'development'
  const database = await openDatabase(config, 'owner', print)
  const secret = config.secret ?? developmentSecret(config.directory)
  const ended = Promise.withResolvers<number>()
  const buckets = createBuckets({ clock: systemClock })
  const registry = new AggregatorRegistry()
  const typeCheck = development ? new TypeCheck(backend, print) : null
  const fleet = new Fleet({
    module: workerModule,
    size: config.workers,
    drainMs: limits.drainMs,
    setup: () => ({ backend, databaseUrl: database.url, secret, mode: config.mode }),
    events: {
      ready(summary, generation) {
        print(
          generation === 1
            ? bannerOf(config, database, summary, systemClock.monotonic() - startedAt)
            : `${summary.name} was reloaded`,
        )
        typeCheck?.run()
      },
      refused(message, serving) {
        print(message)
        if (!development && !serving) ended.resolve(1)
        else print(serving ? 'The version before goes on serving.' : 'Waiting for a change …')
      },
      crashed(code, signal) {
        print(`A worker ended unexpectedly (${signal ?? `status ${code}`}); starting another.`)
      },
      forked(worker) {
        serveBuckets(buckets, workerChannel(worker))
        worker.on('message', (message: unknown) => {
          if (isMessage<Scrape>(message, 'scrape')) void answerScrape(registry, worker, message.id)
        })
      },
    },
  })
  fleet.replace()
  const unwatch = development ? watchSources(dirname(backend), () => fleet.replace()) : null
  return {
    ended: ended.promise,
    reload: () => fleet.replace(),
    stop: once(async () => {
      unwatch?.()
      typeCheck?.stop()
      await fleet.stop()
      await database.close()
    }),
  }
}

async function answerScrape(
  registry: AggregatorRegistry<'text/plain; version=0.0.4; charset=utf-8'>,
  worker: Worker,
  id: number,
): Promise<void> {
  const text = await registry.clusterMetrics()
  if (worker.isConnected()) worker.send({ type: 'scraped', id, text } satisfies FromSupervisor)
}

function bannerOf(
  config: Config,
  database: OpenDatabase,
  summary: WorkerSummary,
  startedMs: number,
): string {
  return renderBanner({
    summary,
    url: config.publicUrl.endsWith(`:${config.port}`)
      ? `http://localhost:${summary.port}`
      : config.publicUrl,
    mode: config.mode,
    embedded: database.embedded,
    workers: config.workers,
    startedMs: Math.round(startedMs),
  })
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | null = null
  return () => (done ??= work())
}
