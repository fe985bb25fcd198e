/** A kept connection to the embedded server, whose advisory locks say who uses it. */

import { createHmac } from 'node:crypto'
import { Client } from 'pg'

/**
 * `owner`: there is one, and it keeps the server running. `guest`: any number, beside an owner or
 * alone.
 */
export type Use = 'owner' | 'guest'

/** The first number of our advisory locks; the second says what is locked. */
const lockSpace = 0x6d_65_74_74
const locks = { owner: 1, users: 2, setup: 3 } as const

export class Hold {
  /** Resolves when the connection is gone. */
  readonly lost: Promise<void>
  readonly port: number
  readonly #client: Client
  readonly #password: string

  private constructor(client: Client, password: string) {
    this.port = client.port
    this.#client = client
    this.#password = password
    this.lost = new Promise(resolve => client.once('end', () => resolve()))
    client.on('error', () => client.connection.stream.destroy())
  }

  /** Rejects while the server does not answer. */
  static async open(port: number, password: string, use: Use): Promise<Hold> {
    const client = new Client({
      host: '127.0.0.1',
      port,
      user: 'postgres',
      password,
      database: 'postgres',
      application_name: `mettle ${use}, process ${process.pid}`,
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
    })
    const hold = new Hold(client, password)
    await client.connect()
    return hold
  }

  /** `held`, or why not: the server is being stopped, or the name of its owner. */
  async claim(use: Use): Promise<'held' | 'stopping' | { readonly owner: string }> {
    if (!(await this.#ask('pg_try_advisory_lock_shared', 'users'))) return 'stopping'
    if (use === 'guest' || (await this.#ask('pg_try_advisory_lock', 'owner'))) return 'held'
    const { rows } = await this.#client.query<{ application_name: string }>(
      `select activity.application_name
        from pg_locks lock join pg_stat_activity activity using (pid)
        where locktype = 'advisory' and classid = $1 and objid = $2 and granted`,
      [lockSpace, locks.owner],
    )
    return { owner: rows[0]?.application_name ?? 'one that ended just now' }
  }

  /** Whether nobody else uses the server; from then on nobody can claim it. */
  async isLast(): Promise<boolean> {
    await this.#ask('pg_advisory_unlock_shared', 'users')
    return this.#ask('pg_try_advisory_lock', 'users')
  }

  /**
   * Makes the role and the database of the backend, which is no superuser. Resolves to the role's
   * password.
   */
  async prepareRole(): Promise<string> {
    const password = createHmac('sha256', this.#password).update('mettle').digest('base64url')
    await this.#ask('pg_advisory_lock', 'setup')
    const { rows } = await this.#client.query<{ role: boolean; database: boolean }>(
      `select exists (select from pg_roles where rolname = 'mettle') as role,
        exists (select from pg_database where datname = 'mettle') as database`,
    )
    if (rows[0]?.role !== true) {
      await this.#client.query(
        `create role mettle login createdb in role pg_monitor password '${password}'`,
      )
    }
    if (rows[0]?.database !== true) await this.#client.query('create database mettle owner mettle')
    await this.#ask('pg_advisory_unlock', 'setup')
    return password
  }

  async end(): Promise<void> {
    await this.#client.end()
  }

  async #ask(call: string, lock: keyof typeof locks): Promise<boolean> {
    const text = `select ${call}($1::int4, $2::int4)::text as answer`
    const { rows } = await this.#client.query<{ answer: string }>(text, [lockSpace, locks[lock]])
    return rows[0]?.answer === 'true'
  }
}

/** Whether a server that runs was just not ready for a connection, or went away meanwhile. */
export function isNotReady(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const waits = ['57P01', '57P02', '57P03', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', '53300']
  return (
    waits.includes(code) ||
    (error instanceof Error && error.message.startsWith('Connection terminated'))
  )
}
