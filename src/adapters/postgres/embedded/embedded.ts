/** A PostgreSQL of our own for development and for one machine, below a folder of the project. */

import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Observe } from '../../../base/observe.ts'
import { serverAccount } from './account.ts'
import { findBinaries } from './binaries.ts'
import { diagnose, EmbeddedError } from './error.ts'
import type { Hold, Use } from './hold.ts'
import { openHome, sharedFolder, type Home } from './home.ts'
import type { Runner } from './program.ts'
import { reachServer, stopServer, type Reached } from './server.ts'

interface EmbeddedOptions {
  /** The data goes to `postgres` below it; made when missing. */
  readonly directory: string
  readonly observe: Observe
  /** On 127.0.0.1. Default: the last one, or a free one. */
  readonly port?: number
  /**
   * `owner` (the default) is alone and restarts the server when it dies; a `guest` uses it beside
   * others.
   */
  readonly use?: Use
}

interface EmbeddedServer {
  /** As the role `mettle`, which may create databases but is no superuser. */
  readonly url: string
  /** As the superuser. */
  readonly adminUrl: string
  /** Where the data is. */
  readonly directory: string
  /** Whether the server ran before: left by a process that was killed, or used by another one. */
  readonly adopted: boolean
  /** What the start banner should say besides. */
  readonly note: string | null
  /** Stops the server, unless others use it. May be called twice. */
  stop(): Promise<void>
}

/** Rejects with an `EmbeddedError`. */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const directory = resolve(options.directory)
  try {
    const account = serverAccount()
    const runnerFor = (linkFolder: string): Runner => ({
      account,
      binaries: findBinaries(account, linkFolder, sharedFolder),
    })
    const home = await openHome(directory, account, runnerFor)
    const keeper = new Keeper(options, home, runnerFor(join(home.folder, 'libraries')))
    return await keeper.start()
  } catch (error) {
    throw diagnose(error, directory)
  }
}

class Keeper {
  readonly #observe: Observe
  readonly #use: Use
  readonly #home: Home
  readonly #runner: Runner
  readonly #port: number | null
  readonly #stopping = new AbortController()
  #hold: Hold | null = null
  #stopped: Promise<void> | null = null

  constructor(options: EmbeddedOptions, home: Home, runner: Runner) {
    this.#observe = options.observe
    this.#use = options.use ?? 'owner'
    this.#port = options.port ?? null
    this.#home = home
    this.#runner = runner
  }

  async start(): Promise<EmbeddedServer> {
    const { hold, port, adopted } = await this.#claim(this.#port)
    const password = await hold.prepareRole()
    if (this.#use === 'owner') void this.#keep(hold, port)
    const notes = [this.#home.note, this.#runner.binaries.note].filter(note => note !== null)
    return {
      url: `postgres://mettle:${password}@127.0.0.1:${port}/mettle`,
      adminUrl: `postgres://postgres:${this.#home.password}@127.0.0.1:${port}/postgres`,
      directory: this.#home.data,
      adopted,
      note: notes.length === 0 ? null : notes.join('; '),
      stop: () => (this.#stopped ??= this.#stop()),
    }
  }

  /** Reaches the server and takes our part in its locks. */
  async #claim(port: number | null): Promise<Reached> {
    const untilMs = performance.now() + claimMsMax
    for (;;) {
      const reached = await reachServer(this.#home, this.#runner, port, this.#use)
      this.#hold = reached.hold
      const claim = await reached.hold.claim(this.#use)
      if (claim === 'held') return reached
      await reached.hold.end()
      // A node that was just killed holds its lock until the server sees its connection end.
      if (performance.now() > untilMs) throw taken(claim, this.#home)
      await sleep(claimPollMs)
    }
  }

  /** Brings the server up again on its port whenever it is lost, until the stop. */
  async #keep(first: Hold, port: number): Promise<void> {
    for (let hold: Hold | null = first; hold !== null; hold = await this.#revive(port)) {
      await hold.lost
      if (!this.#stopping.signal.aborted) this.#report('lost')
    }
  }

  async #revive(port: number): Promise<Hold | null> {
    while (!this.#stopping.signal.aborted) {
      try {
        const { hold } = await this.#claim(port)
        this.#report('restarted')
        return hold
      } catch (error) {
        this.#report('restart-failed', diagnose(error, this.#home.folder).message)
        await sleep(reviveMs, null, { signal: this.#stopping.signal }).catch(() => null)
      }
    }
    return null
  }

  async #stop(): Promise<void> {
    this.#stopping.abort()
    const hold = this.#hold
    const isLast = await hold?.isLast().catch(() => true)
    if (isLast === true) await stopServer(this.#home, this.#runner)
    await hold?.end()
  }

  #report(event: string, detail?: string): void {
    this.#observe({ kind: 'lifecycle', part: 'embedded PostgreSQL', event, detail })
  }
}

const claimMsMax = 2_000
const claimPollMs = 50
const reviveMs = 1_000

function taken(claim: 'stopping' | { readonly owner: string }, home: Home): EmbeddedError {
  const owner = claim === 'stopping' ? 'one that is stopping' : claim.owner
  return new EmbeddedError(
    `Another Mettle already runs on ${dirname(home.data)} (${owner}).`,
    'Stop it, or run this one from another folder, or set DATABASE_URL to a PostgreSQL server.',
  )
}
