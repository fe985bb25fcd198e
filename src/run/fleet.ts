/**
 * The workers of one supervisor: replaced without a gap, restarted after a crash, drained at the
 * end.
 */

import cluster, { type Worker } from 'node:cluster'
import { limits } from '../base/limits.ts'
import type { FromSupervisor, Refusal, WorkerSetup, WorkerSummary } from './messages.ts'
import { isMessage } from './messages.ts'
import { Pace } from './pace.ts'

/**
 * What goes on while a worker cannot start: the version before serves, the same version is tried
 * again because it served before, or nothing.
 */
export type Meanwhile = 'serving' | 'retrying' | 'nothing'

export interface FleetEvents {
  /** All workers of a generation are ready, and those of the one before are on their way out. */
  ready(summary: WorkerSummary, first: boolean): void
  /** A worker cannot start. */
  refused(refusal: Refusal, meanwhile: Meanwhile): void
  /** A worker goes on when somebody has done what the message asks for. */
  held(message: string, meanwhile: Meanwhile): void
  /** A worker that served has ended unexpectedly; another comes after `delayMs`. */
  crashed(how: string, delayMs: number): void
  /** A worker was forked: whoever talks with workers listens on it from now on. */
  forked(worker: Worker): void
}

export interface WorkerProgram {
  readonly module: string
  readonly args: readonly string[]
}

interface FleetOptions {
  readonly program: WorkerProgram
  readonly size: number
  readonly setup: (leads: boolean) => WorkerSetup
  readonly events: FleetEvents
}

/** Workers of one version of the backend. The leader is forked first and prepares the database. */
interface Generation {
  readonly members: Set<Member>
  summary: WorkerSummary | null
}

interface Member {
  readonly worker: Worker
  readonly generation: Generation
  readonly leads: boolean
  state: 'starting' | 'ready' | 'leaving'
}

export class Fleet {
  readonly #options: FleetOptions
  readonly #pace = new Pace()
  readonly #alive = new Set<Worker>()
  readonly #restarts = new Set<NodeJS.Timeout>()
  /** Whose workers answer. */
  #serving: Generation | null = null
  /** Whose workers start. */
  #coming: Generation | null = null
  #stopped: PromiseWithResolvers<void> | null = null

  constructor(options: FleetOptions) {
    // Several workers get their connections in turn. One takes them itself: then none is lost on
    // the way to a worker that dies.
    cluster.schedulingPolicy = options.size === 1 ? cluster.SCHED_NONE : cluster.SCHED_RR
    const { module, args } = options.program
    cluster.setupPrimary({ exec: module, args: [...args], serialization: 'json' })
    this.#options = options
  }

  /** Starts a new generation; the old one is drained when the new one is ready. */
  replace(): void {
    if (this.#stopped !== null) return
    this.#abandon()
    this.#coming = { members: new Set(), summary: null }
    this.#fork(this.#coming, true)
  }

  /** Drains every worker; resolves when all have ended. */
  stop(): Promise<void> {
    if (this.#stopped !== null) return this.#stopped.promise
    this.#stopped = Promise.withResolvers()
    for (const timer of this.#restarts) clearTimeout(timer)
    for (const generation of [this.#serving, this.#coming]) if (generation) this.#leave(generation)
    if (this.#alive.size === 0) this.#stopped.resolve()
    return this.#stopped.promise
  }

  /** Ends every worker at once. */
  kill(): void {
    for (const worker of this.#alive) worker.process.kill('SIGKILL')
  }

  #fork(generation: Generation, leads: boolean): void {
    const worker = cluster.fork()
    const member: Member = { worker, generation, leads, state: 'starting' }
    generation.members.add(member)
    this.#alive.add(worker)
    const bornMs = performance.now()
    worker.on('error', () => {})
    worker.on('message', (message: unknown) => {
      if (isMessage(message, 'ready')) this.#ready(member, message.summary)
      if (isMessage(message, 'held')) this.#held(member, message.message)
      if (isMessage(message, 'refused')) this.#refused(member, message.refusal)
    })
    worker.on('exit', (code, signal) => {
      const how = signal ?? `status ${code}`
      this.#ended(member, how, performance.now() - bornMs)
    })
    this.#options.events.forked(worker)
    tell(worker, { type: 'setup', setup: this.#options.setup(leads) })
  }

  #ready(member: Member, summary: WorkerSummary): void {
    if (member.state !== 'starting') return
    member.state = 'ready'
    const { generation } = member
    if (generation !== this.#coming) return
    if (member.leads) {
      generation.summary = summary
      for (let count = 1; count < this.#options.size; count++) this.#fork(generation, false)
    }
    const ready = [...generation.members].filter(({ state }) => state === 'ready')
    if (ready.length === this.#options.size) this.#promote(generation)
  }

  #promote(generation: Generation): void {
    const before = this.#serving
    this.#serving = generation
    this.#coming = null
    if (before !== null) this.#leave(before)
    this.#options.events.ready(generation.summary!, before === null)
  }

  #refused(member: Member, refusal: Refusal): void {
    if (member.state !== 'starting') return
    member.state = 'leaving'
    if (member.generation === this.#coming) this.#abandon()
    const retrying = member.generation === this.#serving
    this.#options.events.refused(refusal, retrying ? 'retrying' : this.#meanwhile())
    if (retrying) this.#restart(member, 0)
  }

  #held({ generation, state }: Member, message: string): void {
    if (state !== 'starting') return
    const retrying = generation === this.#serving
    this.#options.events.held(message, retrying ? 'retrying' : this.#meanwhile())
  }

  #meanwhile(): Meanwhile {
    return this.#serving === null ? 'nothing' : 'serving'
  }

  #ended(member: Member, how: string, livedMs: number): void {
    const { generation, worker, state } = member
    this.#alive.delete(worker)
    generation.members.delete(member)
    if (this.#stopped !== null) {
      if (this.#alive.size === 0) this.#stopped.resolve()
      return
    }
    if (state === 'leaving') return
    if (generation === this.#coming) {
      this.#abandon()
      const message = `A worker ended while it started (${how}).`
      this.#options.events.refused({ message, bySaving: true }, this.#meanwhile())
    } else if (generation === this.#serving) {
      this.#options.events.crashed(how, this.#restart(member, livedMs))
    }
  }

  #restart({ generation, leads }: Member, livedMs: number): number {
    const delayMs = this.#pace.next(livedMs)
    const timer = setTimeout(() => {
      this.#restarts.delete(timer)
      if (generation === this.#serving) this.#fork(generation, leads)
    }, delayMs)
    this.#restarts.add(timer)
    return delayMs
  }

  #abandon(): void {
    const generation = this.#coming
    this.#coming = null
    if (generation !== null) this.#leave(generation)
  }

  #leave(generation: Generation): void {
    for (const member of generation.members) {
      const { worker } = member
      member.state = 'leaving'
      tell(worker, { type: 'drain' })
      const kill = setTimeout(() => worker.process.kill('SIGKILL'), limits.drainMs * 2)
      worker.once('exit', () => clearTimeout(kill))
    }
  }
}

function tell(worker: Worker, message: FromSupervisor): void {
  if (worker.isConnected()) worker.send(message)
}
