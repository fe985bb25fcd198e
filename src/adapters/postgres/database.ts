/** The Database port on PostgreSQL 18 and later, through `pg`. */

import type { Clock } from '../../base/clock.ts'
import { limits as everyLimit } from '../../base/limits.ts'
import type { Observe } from '../../base/observe.ts'
import type {
  Database,
  Route,
  Row,
  Statement,
  Transaction,
  TransactionOptions,
} from '../../ports/database.ts'
import { Connection, openAll, type ConnectionSource } from './connection.ts'
import { Lanes } from './lanes.ts'
import { Pool } from './pool.ts'
import { scan } from './scan.ts'
import { readServer, refusal, serverFaults } from './server-check.ts'
import type { PostgresLimits } from './settings.ts'
import { transact } from './transaction.ts'

export interface PostgresOptions {
  /**
   * `postgres://user:password@host:port/database`; direct, or through a pooler that pools sessions.
   */
  readonly url: string
  readonly observe: Observe
  readonly clock: Clock
  /** What `pg_stat_activity` calls us, unless the URL says it. Default `mettle`. */
  readonly applicationName?: string
  /**
   * Whether a server that can lose acknowledged writes is refused (the default) or only reported.
   */
  readonly durability?: 'required' | 'reported'
  readonly limits?: Partial<PostgresLimits>
}

/**
 * Nothing connects before `start`, which rejects with `unavailable` and says what to do about it.
 */
export function postgresDatabase(options: PostgresOptions): Database {
  return new PostgresDatabase(options)
}

class PostgresDatabase implements Database {
  readonly #options: PostgresOptions
  readonly #source: ConnectionSource
  readonly #lanes: Record<'read' | 'write', Lanes>
  readonly #scans: Pool
  readonly #pool: Pool

  constructor(options: PostgresOptions) {
    const { url, observe, clock, applicationName = 'mettle' } = options
    this.#options = options
    this.#source = { url, clock, applicationName, limits: { ...everyLimit, ...options.limits } }
    this.#lanes = {
      read: new Lanes('read', this.#source, observe),
      write: new Lanes('write', this.#source, observe),
    }
    const { limits } = this.#source
    this.#scans = new Pool(this.#source, {
      purpose: 'scan',
      observe,
      connectionsMax: limits.scanConnectionsMax,
      queueMax: limits.scanQueueMax,
    })
    this.#pool = new Pool(this.#source, {
      purpose: 'pool',
      observe,
      connectionsMax: limits.poolConnectionsMax,
      queueMax: limits.poolQueueMax,
    })
  }

  async start(): Promise<void> {
    await this.#checkServer()
    const { readLanes, writeLanes } = this.#source.limits
    this.#scans.start()
    this.#pool.start()
    try {
      await Promise.all([this.#lanes.read.start(readLanes), this.#lanes.write.start(writeLanes)])
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  /** Sent statements and open transactions have up to `drainMs` to end. */
  async stop(): Promise<void> {
    const pools = Promise.all([this.#scans.stop(), this.#pool.stop()])
    await Promise.all([this.#lanes.read.stop(), this.#lanes.write.stop(), pools])
  }

  run(statement: Statement, route: Route, signal?: AbortSignal): Promise<readonly Row[]> {
    if (route === 'pool') return this.#pool.lend(lent => lent.run(statement), signal)
    if (route !== 'scan') return this.#lanes[route].run(statement, signal)
    return this.#scans.lend(lent => scan(lent, statement, this.#lanes.write, signal), signal)
  }

  transaction<T>(
    options: TransactionOptions,
    work: (transaction: Transaction) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    return this.#pool.lend(connection => transact(connection, options, work), signal)
  }

  async session<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const connection = await Connection.open('session', this.#source)
    try {
      return await work(connection)
    } finally {
      await connection.close()
    }
  }

  async ping(): Promise<void> {
    await this.run({ text: 'select 1', values: [] }, 'read')
  }

  levels(): ReturnType<Database['levels']> {
    const { read, write } = this.#lanes
    return {
      read: read.levels,
      write: write.levels,
      scan: this.#scans.levels,
      pool: this.#pool.levels,
    }
  }

  async #checkServer(): Promise<void> {
    const [first, second] = await openAll(2, 'session', this.#source)
    try {
      const faults = serverFaults(await readServer(first!, second!))
      const reportOnly = this.#options.durability === 'reported'
      const refused = faults.filter(fault => fault.kind === 'unusable' || !reportOnly)
      if (refused.length > 0) throw refusal(refused)
      for (const { kind, message } of faults) {
        this.#options.observe({ kind: 'lifecycle', part: 'database', event: kind, detail: message })
      }
    } finally {
      await Promise.all([first!.close(), second!.close()])
    }
  }
}
