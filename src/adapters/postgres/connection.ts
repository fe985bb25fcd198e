/**
 * One connection: statements go out at once, one behind the other, and each has its own answer or
 * failure.
 */

import { Client } from 'pg'
import type { Clock } from '../../base/clock.ts'
import type { DatabaseError, Row, Statement } from '../../ports/database.ts'
import { Exchange, type Answer, type Task } from './exchange.ts'
import { connectFailure, isStaleName, StaleName, statementFailure } from './failures.ts'
import { Names } from './names.ts'
import { settingsText, type PostgresLimits, type Purpose } from './settings.ts'
import { encodeValue, type Columns } from './values.ts'

/** Everything that connections of one database have in common. */
export interface ConnectionSource {
  readonly url: string
  readonly applicationName: string
  readonly limits: PostgresLimits
  readonly clock: Clock
}

const nothing: readonly string[] = []

export class Connection {
  /** Resolves when the connection is gone, whoever ended it. */
  readonly gone: Promise<void>
  readonly #client: Client
  readonly #names: Names<Columns>
  readonly #clock: Clock
  /** Of the process that serves it, whatever a pooler between calls it; null until it is open. */
  #serverPid: number | null = null
  #heardMs = 0
  #inFlight = 0
  #usable = true

  private constructor(client: Client, purpose: Purpose, source: ConnectionSource) {
    const { limits } = source
    this.#client = client
    this.#clock = source.clock
    this.#names = new Names({
      namedAfterUses: limits.planNamedAfterUses,
      namedMax: limits.namedPlansPerConnectionMax,
      countedMax: limits.planCacheMax,
    })
    const watch = purpose === 'session' ? undefined : this.#watchForSilence(limits)
    this.gone = new Promise(resolve => {
      client.once('end', () => {
        this.#usable = false
        clearInterval(watch)
        resolve()
      })
    })
    // After an error `pg` keeps the socket; what it would deliver can no longer be trusted.
    client.on('error', () => this.destroy())
  }

  /** Rejects with `unavailable`. */
  static async open(purpose: Purpose, source: ConnectionSource): Promise<Connection> {
    const client = new Client({
      connectionString: source.url,
      application_name: source.applicationName,
      keepAlive: true,
      pipeline: true,
    })
    const connection = new Connection(client, purpose, source)
    const { connectTimeoutMs } = source.limits
    let isLate = false
    const deadline = setTimeout(() => {
      isLate = true
      connection.destroy()
    }, connectTimeoutMs)
    try {
      await client.connect()
      await connection.#prepare(purpose, source.limits)
    } catch (error) {
      connection.destroy()
      const reason = isLate ? new Error(`no answer within ${connectTimeoutMs} ms`) : error
      throw connectFailure(reason, `${client.host}:${client.port}/${client.database}`)
    } finally {
      clearTimeout(deadline)
    }
    return connection
  }

  /** Statements that were sent and have no answer yet. */
  get inFlight(): number {
    return this.#inFlight
  }

  get usable(): boolean {
    return this.#usable
  }

  get serverPid(): number | null {
    return this.#serverPid
  }

  /** One statement in its own transaction. */
  async run(statement: Statement): Promise<readonly Row[]> {
    const task = taskOf(statement, nothing, this.#names)
    try {
      return (await this.#exchange(task)).rows
    } catch (error) {
      if (!(error instanceof StaleName)) throw error
      return (await this.#exchange({ ...task, names: null })).rows
    }
  }

  /**
   * A statement of a longer transaction. `before` runs in front; if that fails, the statement does
   * not run.
   */
  async answer(statement: Statement, before: readonly string[] = nothing): Promise<Answer> {
    return this.#exchange(taskOf(statement, before, this.#names))
  }

  /** Waits for the answers that are due. */
  async close(): Promise<void> {
    this.#usable = false
    await this.#client.end()
  }

  destroy(): void {
    this.#usable = false
    this.#client.connection.stream.destroy()
  }

  async #prepare(purpose: Purpose, limits: PostgresLimits): Promise<void> {
    await this.#client.query(settingsText(purpose, limits))
    const [row] = await this.run({ text: 'select pg_backend_pid()', values: [] })
    this.#serverPid = Number(row?.[0])
  }

  #exchange(task: Task): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#inFlight === 0) this.#heardMs = this.#clock.monotonic()
      this.#inFlight += 1
      this.#client.query(
        new Exchange(task, (exchange, error) => {
          this.#inFlight -= 1
          this.#heardMs = this.#clock.monotonic()
          if (error === null) resolve(exchange.answer)
          else reject(this.#failure(exchange, error))
        }),
      )
    })
  }

  #failure(exchange: Exchange, error: Error): DatabaseError {
    const failure = statementFailure(error, exchange.sent)
    // The server said that it ends the connection: nothing more may go this way.
    if (failure.kind !== 'refused') this.destroy()
    if (exchange.named === null) return failure
    const isStale = isStaleName(error)
    // It may have failed before the name was made, as in a transaction that is aborted already.
    if (isStale || exchange.makesName) this.#names.forget(exchange.named)
    return isStale ? new StaleName() : failure
  }

  /**
   * A server that went away without a word (its machine, the network) is noticed by its silence.
   */
  #watchForSilence(limits: PostgresLimits): NodeJS.Timeout {
    const silenceMsMax = limits.statementTimeoutMs + limits.silenceGraceMs
    const check = () => {
      const silenceMs = this.#clock.monotonic() - this.#heardMs
      if (this.#inFlight > 0 && silenceMs > silenceMsMax) this.destroy()
    }
    return setInterval(check, limits.silenceGraceMs).unref()
  }
}

function taskOf(statement: Statement, before: readonly string[], names: Names<Columns>): Task {
  const { text, values, each = null } = statement
  return { text, values: values.map(encodeValue), each, before, names }
}

/** Opens several at once: all, or none and a rejection with `unavailable`. */
export async function openAll(
  count: number,
  purpose: Purpose,
  source: ConnectionSource,
): Promise<Connection[]> {
  const attempts = Array.from({ length: count }, () => Connection.open(purpose, source))
  try {
    return await Promise.all(attempts)
  } catch (error) {
    for (const attempt of attempts) void attempt.then(connection => connection.destroy(), ignore)
    throw error
  }
}

function ignore(): void {}

/** Waits until all are gone; those that are not by then are cut off. */
export async function allGone(connections: readonly Connection[], withinMs: number): Promise<void> {
  const cut = setTimeout(() => connections.forEach(connection => connection.destroy()), withinMs)
  await Promise.all(connections.map(connection => connection.gone))
  clearTimeout(cut)
}
