/**
 * A classic pool: a connection belongs to one caller at a time, for transactions and for whatever
 * may be slow.
 */

import type { Observe, PlaceLevels } from '../../base/observe.ts'
import { DatabaseError } from '../../ports/database.ts'
import { allGone, Connection, type ConnectionSource } from './connection.ts'
import { WaitingLine } from './waiting-line.ts'

interface PoolOptions {
  readonly purpose: 'scan' | 'pool'
  readonly observe: Observe
  readonly connectionsMax: number
  readonly queueMax: number
}

interface Idle {
  readonly connection: Connection
  readonly sinceMs: number
}

export class Pool {
  readonly #source: ConnectionSource
  readonly #options: PoolOptions
  readonly #line: WaitingLine<Connection>
  readonly #lent = new Set<Connection>()
  /**
   * The last one used is the first to be used again, so that the others can grow old and be closed.
   */
  #idle: Idle[] = []
  #opening = 0
  #sweep: NodeJS.Timeout | undefined
  #closed: DatabaseError | null = new DatabaseError('unavailable', 'the database is not started')

  constructor(source: ConnectionSource, options: PoolOptions) {
    this.#source = source
    this.#options = options
    this.#line = new WaitingLine(options.queueMax)
  }

  get levels(): PlaceLevels {
    const busy = this.#lent.size
    return { open: busy + this.#idle.length, busy, waiting: this.#line.length }
  }

  start(): void {
    this.#closed = null
    const { poolIdleMs } = this.#source.limits
    this.#sweep = setInterval(() => this.#closeOld(poolIdleMs), poolIdleMs / 2).unref()
  }

  /** Waits for the connections that are lent. */
  async stop(): Promise<void> {
    clearInterval(this.#sweep)
    this.#closed = new DatabaseError('unavailable', 'the database is stopped')
    this.#line.failAll(this.#closed)
    const idle = this.#idle.map(each => each.connection)
    this.#closeOld(0)
    await allGone([...this.#lent, ...idle], this.#source.limits.drainMs)
  }

  /** Lends a connection to the work. Rejects with `full` or `unavailable` when there is none. */
  async lend<Result>(
    work: (connection: Connection) => Promise<Result>,
    signal: AbortSignal | undefined,
  ): Promise<Result> {
    const connection = await this.#acquire(signal)
    try {
      return await work(connection)
    } finally {
      this.#release(connection)
    }
  }

  #acquire(signal: AbortSignal | undefined): Promise<Connection> {
    if (this.#closed !== null) return Promise.reject(this.#closed)
    return new Promise((resolve, reject) => {
      const sinceMs = this.#source.clock.monotonic()
      const take = (connection: Connection) => {
        const durationMs = this.#source.clock.monotonic() - sinceMs
        this.#options.observe({ kind: 'wait', place: this.#options.purpose, durationMs })
        resolve(connection)
      }
      this.#line.join(take, reject, signal)
      this.#supply()
    })
  }

  /** Serves who waits, with an idle connection or a new one. */
  #supply(): void {
    while (this.#line.length > 0) {
      const idle = this.#idle.pop()
      if (idle === undefined) break
      if (idle.connection.usable) this.#give(idle.connection)
    }
    const open = this.#lent.size + this.#idle.length + this.#opening
    if (this.#line.length > this.#opening && open < this.#options.connectionsMax) void this.#add()
  }

  async #add(): Promise<void> {
    this.#opening += 1
    try {
      const connection = await Connection.open(this.#options.purpose, this.#source)
      this.#opening -= 1
      this.#give(connection)
    } catch (error) {
      this.#opening -= 1
      // Whoever waits for a server that cannot be reached hears it now, not at the deadline.
      if (this.#lent.size === 0) this.#line.failAll(error)
    }
  }

  #give(connection: Connection): void {
    this.#lent.add(connection)
    if (!this.#line.serve(connection)) this.#release(connection)
  }

  #release(connection: Connection): void {
    this.#lent.delete(connection)
    if (this.#closed !== null) void connection.close()
    else if (connection.usable)
      this.#idle.push({ connection, sinceMs: this.#source.clock.monotonic() })
    this.#supply()
  }

  #closeOld(idleMsMax: number): void {
    const nowMs = this.#source.clock.monotonic()
    const isOld = (idle: Idle) => nowMs - idle.sinceMs >= idleMsMax || !idle.connection.usable
    for (const old of this.#idle.filter(isOld)) void old.connection.close()
    this.#idle = this.#idle.filter(idle => !isOld(idle))
  }
}
