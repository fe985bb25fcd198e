/** One transaction on a connection of its own. */

import {
  DatabaseError,
  type Row,
  type Statement,
  type Transaction,
  type TransactionOptions,
} from '../../ports/database.ts'
import type { Connection } from './connection.ts'

/** Commits when the work resolves; rolls back and rethrows when it rejects. */
export async function transact<Result>(
  connection: Connection,
  options: TransactionOptions,
  work: (transaction: Transaction) => Promise<Result>,
): Promise<Result> {
  const transaction = new OpenTransaction(connection, beginning(options))
  let result: Result
  try {
    result = await work(transaction)
  } catch (error) {
    await transaction.rollback()
    throw error
  }
  await transaction.commit()
  return result
}

function beginning(options: TransactionOptions): readonly string[] {
  const begin = `begin isolation level ${options.isolation} ${options.readOnly === true ? 'read only' : 'read write'}`
  const timeoutMs = options.statementTimeoutMs
  return timeoutMs === undefined
    ? [begin]
    : [begin, `set local statement_timeout = ${Math.max(1, Math.trunc(timeoutMs))}`]
}

type State = 'fresh' | 'open' | 'ended'

class OpenTransaction implements Transaction {
  readonly #connection: Connection
  readonly #begin: readonly string[]
  #state: State = 'fresh'

  constructor(connection: Connection, begin: readonly string[]) {
    this.#connection = connection
    this.#begin = begin
  }

  /** The first statement takes `begin` along, which saves a turn to the server. */
  async run(statement: Statement): Promise<readonly Row[]> {
    if (this.#state === 'ended')
      throw new Error('a statement was given to a transaction that has ended')
    const before = this.#state === 'fresh' ? this.#begin : undefined
    this.#state = 'open'
    try {
      return (await this.#connection.answer(statement, before)).rows
    } catch (error) {
      throw beforeCommit(error)
    }
  }

  async commit(): Promise<void> {
    const { tag } = await this.#end('commit')
    // PostgreSQL answers COMMIT of a failed transaction with ROLLBACK, and no error.
    if (tag !== 'COMMIT' && tag !== '') {
      throw new DatabaseError('refused', 'a statement failed, so the transaction was rolled back', {
        sqlState: '25P02',
      })
    }
  }

  async rollback(): Promise<void> {
    try {
      await this.#end('rollback')
    } catch {
      // The server rolls back what its lost connection left open.
      this.#connection.destroy()
    }
  }

  async #end(text: 'commit' | 'rollback'): Promise<{ readonly tag: string }> {
    const begun = this.#state === 'open'
    this.#state = 'ended'
    return begun ? this.#connection.answer({ text, values: [] }) : { tag: '' }
  }
}

/** Before its commit was sent, a transaction that lost its connection has changed nothing. */
function beforeCommit(error: unknown): unknown {
  if (!(error instanceof DatabaseError) || error.kind !== 'unknown') return error
  return new DatabaseError('unavailable', error.message, { cause: error })
}
