/** One transaction on a connection of its own. */

import {
  DatabaseError,
  type Row,
  type Statement,
  type Transaction,
  type TransactionOptions,
} from '../../ports/database.ts'
import type { Connection } from './connection.ts'
import type { Answer } from './exchange.ts'

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
  const mode = options.readOnly === true ? 'read only' : 'read write'
  const texts = [`begin isolation level ${options.isolation} ${mode}`]
  for (const [setting, timeoutMs] of [
    ['statement_timeout', options.statementTimeoutMs] as const,
    ['lock_timeout', options.lockTimeoutMs] as const,
  ]) {
    if (timeoutMs === undefined) continue
    texts.push(`set local ${setting} = ${Math.max(1, Math.trunc(timeoutMs))}`)
  }
  return texts
}

class OpenTransaction implements Transaction {
  readonly #connection: Connection
  readonly #begin: readonly string[]
  #first: Promise<Answer> | null = null
  #ended = false
  /** What went wrong first: what fails after it only says that the transaction is aborted. */
  #failure: unknown = null

  constructor(connection: Connection, begin: readonly string[]) {
    this.#connection = connection
    this.#begin = begin
  }

  async run(statement: Statement): Promise<readonly Row[]> {
    if (this.#ended) throw new Error('a statement was given to a transaction that has ended')
    try {
      return (await this.#send(statement)).rows
    } catch (error) {
      const failure = beforeCommit(error)
      this.#failure ??= failure
      throw failure
    }
  }

  async commit(): Promise<void> {
    const tag = await this.#end('commit')
    // PostgreSQL answers COMMIT of a failed transaction with ROLLBACK, and no error.
    if (tag !== 'COMMIT') throw aborted(this.#failure)
  }

  async rollback(): Promise<void> {
    try {
      await this.#end('rollback')
    } catch {
      // The server rolls back what its lost connection left open.
      this.#connection.destroy()
    }
  }

  /**
   * The first statement takes `begin` along, which saves a turn to the server. The others wait for
   * it: if `begin` failed, each of them would be a transaction of its own.
   */
  async #send(statement: Statement): Promise<Answer> {
    if (this.#first === null) return (this.#first = this.#connection.answer(statement, this.#begin))
    if (await this.#hasFailed(this.#first)) throw aborted(this.#failure)
    return this.#connection.answer(statement)
  }

  async #end(text: 'commit' | 'rollback'): Promise<string> {
    this.#ended = true
    if (this.#first === null) return text.toUpperCase()
    const hasFailed = await this.#hasFailed(this.#first)
    const ending = hasFailed ? 'rollback' : text
    return (await this.#connection.answer({ text: ending, values: [] })).tag
  }

  #hasFailed(first: Promise<Answer>): Promise<boolean> {
    return first.then(
      () => false,
      () => true,
    )
  }
}

function aborted(cause: unknown): DatabaseError {
  const message = 'a statement failed, so the transaction was rolled back'
  return new DatabaseError('refused', message, { sqlState: '25P02', cause })
}

/** Before its commit was sent, a transaction that lost its connection has changed nothing. */
function beforeCommit(error: unknown): unknown {
  if (!(error instanceof DatabaseError) || error.kind !== 'unknown') return error
  return new DatabaseError('unavailable', error.message, { cause: error })
}
