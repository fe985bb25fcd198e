/** A whole run: the site is built, the drills attack one after the other, everything is cleared. */

import type { ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Model } from '../model/model.ts'
import type { AttackContext } from './attack.ts'
import type { Listed } from './catalogue.ts'
import { startFollower } from './follower.ts'
import { type Holdings, openHoldings } from './holdings.ts'
import { startLoad } from './load/load.ts'
import type { ClientWork } from './load/client.ts'
import { type Random, seeded } from './random.ts'
import { leftOut, OutOfReach } from './reach.ts'
import { startRedis } from './redis.ts'
import { remoteService } from './remote.ts'
import { openService, type Service } from './service.ts'
import { openSite, type Site } from './site.ts'
import {
  broken,
  type Judgement,
  judge,
  judgeControl,
  notApplicable,
  type Result,
} from './verdict.ts'

interface RunOptions {
  readonly model: Model
  /** The user's backend file, absolute. */
  readonly backend: string
  /** How `mettle` is run: the program and its first arguments. */
  readonly mettle: readonly string[]
  /** How a node with one broken stage is run; the id of the drill and the backend follow. */
  readonly brokenNode: readonly string[]
  readonly drills: readonly Listed[]
  /** A backend that runs already, attacked in place of our own. */
  readonly remote: string | null
  readonly controls: boolean
  /** What is wrong with the control of a drill; null where it has none. */
  readonly broke: (listed: Listed) => Promise<string | null>
  readonly seed: number
  readonly nodes: number
  /** For each drill. */
  readonly timeMs: number
  /** The command that runs a drill again, by its id. */
  readonly replay: (drill: string) => string
  readonly watch: Watch
  readonly signal: AbortSignal
}

/** What goes on, for a report that is written meanwhile. */
export interface Watch {
  preparing(text: string): void
  begins(listed: Listed): void
  progress(text: string): void
  ends(result: Result): void
  /** What the run made in a backend that is not ours and could not delete; told at the end. */
  leaves(left: readonly string[]): void
}

/** Resolves when all that was made is gone again. Rejects when there is nothing to attack. */
export async function run(options: RunOptions): Promise<readonly Result[]> {
  const holdings = openHoldings()
  const random = seeded(options.seed)
  let site: Site | null = null
  const results: Result[] = []
  try {
    const isNeeded = options.drills.some(listed => lackOf(listed, options) === null)
    if (options.remote === null && isNeeded) {
      options.watch.preparing('starting PostgreSQL and making the tables')
      site = await openSite({ mettle: options.mettle, backend: options.backend, holdings })
    }
    const stage = new Stage(options, site, holdings, random)
    try {
      for (const listed of options.drills) {
        if (options.signal.aborted) break
        options.watch.begins(listed)
        const result = await stage.attempt(listed)
        results.push(result)
        options.watch.ends(result)
      }
    } finally {
      await stage.close()
    }
  } finally {
    await site?.close()
    await holdings.close()
  }
  return results
}

const outOfReach = 'left out of a backend that runs already'

/** Why the drill does not apply, which is known before anything is started; null: it does. */
function lackOf({ drill }: Listed, { model, remote }: RunOptions): string | null {
  const kept = remote === null ? null : leftOut(drill.reach)
  return kept === null ? drill.needs(model) : `${outOfReach}: ${kept}`
}

function unfinished(error: unknown): Judgement {
  return error instanceof OutOfReach
    ? notApplicable(`${outOfReach}: ${error.message}`)
    : broken(error)
}

/** Where one drill after the other attacks: the same service, as long as it can be healed. */
class Stage {
  readonly #options: RunOptions
  readonly #site: Site | null
  readonly #holdings: Holdings
  readonly #random: Random
  #shared: Service | null = null

  constructor(options: RunOptions, site: Site | null, holdings: Holdings, random: Random) {
    this.#options = options
    this.#site = site
    this.#holdings = holdings
    this.#random = random
  }

  async attempt(listed: Listed): Promise<Result> {
    const { drill } = listed
    const { controls, broke, replay } = this.#options
    const startedMs = performance.now()
    const lacks = lackOf(listed, this.#options)
    const judged =
      lacks !== null
        ? notApplicable(lacks)
        : await (controls ? this.#control(listed) : this.#attack(listed)).catch(unfinished)
    const { id, group, promise, claim } = drill
    return {
      drill: id,
      group,
      promise,
      claim,
      broke: controls ? await broke(listed) : null,
      ...judged,
      durationMs: Math.round(performance.now() - startedMs),
      replay: replay(id),
    }
  }

  async #attack(listed: Listed): Promise<Judgement> {
    const { mettle, backend, watch } = this.#options
    const command = [...mettle, 'start', backend]
    if (this.#shared === null) {
      watch.progress('starting the nodes')
      this.#shared = await this.#open(command, 'shared')
    }
    try {
      const judged = await this.#run(listed, this.#shared, command)
      await this.#shared.heal()
      return judged
    } catch (error) {
      // Of a backend that is not ours the accounts are kept for the next one.
      if (this.#options.remote === null) await this.#closeShared()
      throw error
    }
  }

  /** In a service of its own: what it leaves behind may be broken as well. */
  async #control(listed: Listed): Promise<Judgement> {
    const command = this.#brokenCommand(listed)
    const service = await this.#open(command, listed.drill.id)
    try {
      return judgeControl(await this.#run(listed, service, command))
    } finally {
      await service.close()
    }
  }

  #brokenCommand({ drill, file, own }: Listed): readonly string[] {
    const { brokenNode, mettle, backend } = this.#options
    if (drill.control !== undefined) {
      const control = resolve(dirname(file), drill.control.backend)
      if (existsSync(control)) return [...mettle, 'start', control]
      const named = JSON.stringify(drill.control.backend)
      throw new Error(`its control names the backend ${named}, but there is no file ${control}`)
    }
    if (!own)
      throw new Error('this drill has no control: give it one with { control: { backend } }')
    return [...brokenNode, drill.id, backend]
  }

  async #run(listed: Listed, service: Service, command: readonly string[]): Promise<Judgement> {
    const { drill } = listed
    const opened: Service[] = []
    const children = new Set<ChildProcess>()
    const hold = (child: ChildProcess) => {
      children.add(child)
      child.once('exit', () => children.delete(child))
    }
    const { model, timeMs, signal, watch } = this.#options
    const random = this.#random.fork(drill.id)
    const context: AttackContext = {
      model,
      random,
      timeMs,
      service,
      signal,
      progress: text => watch.progress(text),
      load: (work, { clients, data, fresh = false, on: { url } = service }) => {
        const seed = random.whole(0, 2 ** 31)
        const client = nameOf(listed, work)
        return startLoad({ file: listed.file, client, clients, data, url, seed, fresh }, hold)
      },
      follow: after => {
        const { url } = service.records
        const stage = this.#options.controls && listed.own ? drill.id : null
        return startFollower({ url, stage, after }, hold)
      },
      open: async (settings, nodes = this.#options.nodes) => {
        const other = await this.#open(command, `${drill.id} ${opened.length}`, settings, nodes)
        opened.push(other)
        return other
      },
      redis: () =>
        startRedis(child => {
          hold(child)
          this.#holdings.process(child)
        }),
    }
    try {
      return judge(drill, await unlessAborted(drill.attack(context), signal))
    } finally {
      for (const child of children) child.kill('SIGKILL')
      for (const other of opened) await other.close()
    }
  }

  #open(
    command: readonly string[],
    name: string,
    settings = {},
    nodes = this.#options.nodes,
  ): Promise<Service> {
    const { model, remote, watch } = this.#options
    const random = this.#random.fork(`service ${name}`)
    const site = this.#site
    if (remote !== null) {
      const leaves = (left: readonly string[]) => watch.leaves(left)
      return Promise.resolve(remoteService({ url: remote, model, random, leaves }))
    }
    if (site === null) throw new Error('there is no site to start a service on')
    const holdings = this.#holdings
    return openService({ site, model, random, holdings, command, nodes, settings })
  }

  async #closeShared(): Promise<void> {
    const shared = this.#shared
    this.#shared = null
    await shared?.close()
  }

  close(): Promise<void> {
    return this.#closeShared()
  }
}

function nameOf<Data>({ drill }: Listed, work: ClientWork<Data>): string {
  const found = Object.entries(drill.clients).find(([, each]) => each === work)
  if (found === undefined) throw new Error(`${drill.id} does not name that work among its clients`)
  return found[0]
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const stop = () => reject(new Error('the run was stopped'))
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
  return Promise.race([work, promise]).finally(() => signal.removeEventListener('abort', stop))
}
