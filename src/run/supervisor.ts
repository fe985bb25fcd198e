/**
 * The process that a person starts: it keeps PostgreSQL and the workers, and serves no request
 * itself.
 */

import { dirname, extname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createBuckets } from '../engine/limit/bucket.ts'
import { serveBuckets } from '../engine/limit/shared-buckets.ts'
import { requireBackendFile } from './backend-file.ts'
import { workerChannel } from './channel.ts'
import { systemClock } from './clock.ts'
import { type Config, publicUrlOf } from './config.ts'
import { openDatabase } from './database-server.ts'
import { Fleet, type WorkerProgram } from './fleet.ts'
import { serviceUrls } from './listeners.ts'
import { withPorts } from './port.ts'
import { Scrape } from './scrape.ts'
import { developmentSecret } from './secret.ts'
import { tidings } from './tidings.ts'
import { TypeCheck } from './type-check.ts'
import { watchSources } from './watch.ts'

interface SuperviseOptions {
  /** The user's backend file. */
  readonly backend: string
  readonly config: Config
  /** For a person: the banner and what changes. */
  readonly print: (text: string) => void
  /** What a worker runs. */
  readonly worker?: WorkerProgram
}

export interface Supervisor {
  /** Drains the workers, then stops the embedded PostgreSQL. Resolves when all has ended. */
  stop(): Promise<void>
  /** Ends the workers at once, for a `stop` that takes too long. */
  kill(): void
  /** Replaces the workers without a gap. */
  reload(): void
  /** Resolves with what is wrong when the backend cannot go on by itself. */
  readonly failed: Promise<string>
}

/** Beside this module, `.ts` in the sources and `.js` in the package. */
const builtWorker: WorkerProgram = {
  module: fileURLToPath(new URL(`./worker${extname(import.meta.url)}`, import.meta.url)),
  args: [],
}

/**
 * Starts everything. Rejects with a `BackendFileError` when there is no such file, and with an
 * `EmbeddedError` when there is no database to work with.
 */
export async function supervise(options: SuperviseOptions): Promise<Supervisor> {
  const { print } = options
  const startedAt = systemClock.monotonic()
  const backend = resolve(options.backend)
  requireBackendFile(backend)
  const development = options.config.mode === 'development'
  const config = await withPorts(options.config)
  const database = await openDatabase(config, 'owner', print)
  const secret = config.secret ?? developmentSecret(config.directory)
  const failed = Promise.withResolvers<string>()
  const buckets = createBuckets({ clock: systemClock })
  const scrape = new Scrape()
  const typeCheck = development ? new TypeCheck(backend, print) : null
  const { workers, mode } = config
  const types = typeCheck?.obstacle ?? null
  const { embedded } = database
  const told = tidings({
    print,
    fail: failed.resolve,
    facts: {
      url: publicUrlOf(config),
      docs: config.docs,
      service: serviceUrls(config),
      mode,
      embedded,
      workers,
      types,
    },
    elapsedMs: () => systemClock.monotonic() - startedAt,
  })
  const fleet = new Fleet({
    program: options.worker ?? builtWorker,
    size: config.workers,
    setup: leads => ({ backend, config, databaseUrl: database.url, secret, leads }),
    events: {
      ...told,
      ready(summary, first) {
        told.ready(summary, first)
        typeCheck?.run()
      },
      forked(worker) {
        const channel = workerChannel(worker)
        serveBuckets(buckets, channel)
        scrape.add(channel)
      },
    },
  })
  fleet.replace()
  const unwatch = development ? watchSources(dirname(backend), () => fleet.replace()) : null
  return {
    failed: failed.promise,
    reload: () => fleet.replace(),
    kill: () => fleet.kill(),
    stop: once(async () => {
      unwatch?.()
      typeCheck?.stop()
      await fleet.stop()
      await database.close()
    }),
  }
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | null = null
  return () => (done ??= work())
}
