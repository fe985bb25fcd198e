/** The workers of one supervisor: forked, replaced without a gap, restarted after a crash, drained. */

import cluster, { type Worker } from 'node:cluster'
import type { FromSupervisor, FromWorker, WorkerSetup, WorkerSummary } from './messages.ts'
import { isMessage, workerVariable } from './messages.ts'

type Ready = Extract<FromWorker, { type: 'ready' }>
type Refused = Extract<FromWorker, { type: 'refused' }>

export interface FleetEvents {
  /** All workers of a generation are ready. */
  ready(summary: WorkerSummary, generation: number): void
  /** A new generation was refused; the one before it, if any, goes on serving. */
  refused(message: string, serving: boolean): void
  crashed(code: number | null, signal: string | null): void
  /** A worker was forked: whoever talks with workers listens on it from now on. */
  forked(worker: Worker): void
}

interface Member {
  readonly worker: Worker
  readonly generation: number
  state: 'starting' | 'ready' | 'leaving'
}

const restartDelayMs = 500
const restartDelayMsMax = 10_000

export class Fleet {
  readonly #setup: () => WorkerSetup
  readonly #size: number
  readonly #events: FleetEvents
  readonly #drainMs: number
  readonly #members = new Map<number, Member>()
  #generation = 0
  #crashes = 0
  #stopping = false
  #idle: (() => void) | null = null

  constructor(options: {
    /** The module that a worker runs. */
    readonly module: string
    readonly size: number
    readonly setup: () => WorkerSetup
    readonly drainMs: number
    readonly events: FleetEvents
  }) {
    cluster.setupPrimary({ exec: options.module, args: [], serialization: 'json' })
    this.#setup = options.setup
    this.#size = options.size
    this.#events = options.events
    this.#drainMs = options.drainMs
  }

  /** Starts a new generation; the old one is drained when the new one is ready. */
  replace(): void {
    if (this.#stopping) return
    for (const member of this.#members.values()) {
      if (member.state === 'starting') this.#leave(member)
    }
    this.#generation += 1
    for (let count = 0; count < this.#size; count++) this.#fork(this.#generation)
  }

  /** Drains every worker; resolves when all have ended. */
  async stop(): Promise<void> {
    this.#stopping = true
    if (this.#members.size === 0) return
    const idle = new Promise<void>(resolve => {
      this.#idle = resolve
    })
    for (const member of this.#members.values()) this.#leave(member)
    await idle
  }

  #fork(generation: number): void {
    const worker = cluster.fork({ [workerVariable]: JSON.stringify(this.#setup()) })
    const member: Member = { worker, generation, state: 'starting' }
    this.#members.set(worker.id, member)
    worker.on('message', (message: unknown) => this.#hear(member, message))
    this.#events.forked(worker)
    worker.on('error', () => {})
    worker.on('exit', (code, signal) => this.#ended(member, code, signal))
  }

  #hear(member: Member, message: unknown): void {
    if (isMessage<Ready>(message, 'ready')) this.#ready(member, message.summary)
    if (isMessage<Refused>(message, 'refused')) this.#refused(member, message.message)
  }

  #ready(member: Member, summary: WorkerSummary): void {
    if (member.state !== 'starting') return
    member.state = 'ready'
    this.#crashes = 0
    const ofGeneration = this.#of(member.generation)
    if (!ofGeneration.every(other => other.state === 'ready')) return
    for (const other of this.#members.values()) {
      if (other.generation < member.generation) this.#leave(other)
    }
    if (ofGeneration.length === this.#size) this.#events.ready(summary, member.generation)
  }

  #refused(member: Member, message: string): void {
    if (member.state !== 'starting') return
    const first = this.#of(member.generation).every(other => other.state === 'starting')
    for (const other of this.#of(member.generation)) this.#leave(other)
    const serving = [...this.#members.values()].some(other => other.state === 'ready')
    if (first) this.#events.refused(message, serving)
  }

  #ended(member: Member, code: number | null, signal: string | null): void {
    this.#members.delete(member.worker.id)
    if (this.#members.size === 0) this.#idle?.()
    if (member.state === 'leaving' || this.#stopping) return
    this.#crashes += 1
    this.#events.crashed(code, signal)
    const delayMs = Math.min(restartDelayMs * 2 ** (this.#crashes - 1), restartDelayMsMax)
    setTimeout(() => {
      if (!this.#stopping && member.generation === this.#generation) this.#fork(member.generation)
    }, delayMs)
  }

  #leave(member: Member): void {
    if (member.state === 'leaving') return
    member.state = 'leaving'
    const { worker } = member
    if (worker.isConnected()) worker.send({ type: 'drain' } satisfies FromSupervisor)
    const kill = setTimeout(() => worker.process.kill('SIGKILL'), this.#drainMs * 2)
    worker.once('exit', () => clearTimeout(kill))
  }

  #of(generation: number): Member[] {
    return [...this.#members.values()].filter(
      member => member.generation === generation && member.state !== 'leaving',
    )
  }
}
