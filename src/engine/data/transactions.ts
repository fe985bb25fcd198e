/** Transactions: declared isolation, tried again after a serialization failure or a deadlock. */

import { DatabaseError } from '../../ports/database.ts'
import type { Row, Statement, Transaction } from '../../ports/database.ts'
import { AttendedTransaction } from './attended-transaction.ts'
import { backOff } from './back-off.ts'
import { bindRead } from './bind.ts'
import type { DataContext } from './context.ts'
import type { Data, DataScope } from './data.ts'
import { departed, isCollision } from './refusals.ts'
import type { Explain } from './refusals.ts'
import { writeHeld } from './write-held.ts'

export function createTransactions(context: DataContext): Data['transaction'] {
  const { database, explain, limits, observe } = context
  return async (options, work, signal = null) => {
    for (let attempt = 1; ; attempt++) {
      const fate: Fate = { refusal: null, doom: null }
      try {
        const result = await database.transaction(
          options,
          async transaction => {
            const attended = new AttendedTransaction(transaction, error =>
              observe({ kind: 'fault', requestId: null, where: 'transaction', error }),
            )
            try {
              const done = await work(scopeOf(attended, fate, explain, signal))
              // the user's code may have caught it, but the transaction cannot stand
              if (fate.doom !== null) throw fate.doom
              attended.checkAwaited()
              checkPresent(signal)
              return done
            } finally {
              attended.end()
            }
          },
          signal ?? undefined,
        )
        observe({ kind: 'transaction', attempts: attempt, outcome: 'committed' })
        return result
      } catch (error) {
        const collision = [fate.refusal, fate.doom, error].find(isCollision)
        if (collision === undefined || attempt === limits.transactionAttemptsMax) {
          observe({ kind: 'transaction', attempts: attempt, outcome: 'failed' })
          throw explainFailure(context, collision ?? error, signal)
        }
        await backOff(attempt, context.random, signal)
      }
    }
  }
}

/**
 * What has happened in a transaction that decides about its end, whatever the user's code made of
 * it.
 */
interface Fate {
  refusal: DatabaseError | null
  doom: unknown
}

function explainFailure(
  { explain }: DataContext,
  error: unknown,
  signal: AbortSignal | null,
): unknown {
  const unsent = error instanceof DatabaseError && error.kind === 'full'
  return unsent && signal?.aborted === true ? departed(signal) : explain.write(error)
}

/** Nobody waits for it any more: it is rolled back instead of going on. */
function checkPresent(signal: AbortSignal | null): void {
  if (signal?.aborted === true) throw departed(signal)
}

function scopeOf(
  attended: AttendedTransaction,
  fate: Fate,
  explain: Explain,
  signal: AbortSignal | null,
): DataScope {
  const run = (statement: Statement, explained: Explained): Promise<readonly Row[]> => {
    checkPresent(signal)
    return runWatched(attended, statement, fate, explained)
  }
  const ofChange = (error: unknown) => explain.write(error)
  const transaction: Transaction = { run: async statement => run(statement, ofChange) }
  return {
    transaction,
    checkAwaited: () => attended.checkAwaited(),
    doom: reason => {
      fate.doom ??= reason
    },
    read: async (plan, values, caller): Promise<Row | undefined> => {
      const statement = { text: plan.text, values: bindRead(plan, { values, caller }) }
      const rows = plan.declared
        ? await runReadOnly(transaction, () => run(statement, error => ofRead(error, explain)))
        : await transaction.run(statement)
      return rows[0]
    },
    write: async (plan, inputs, caller) => {
      if (inputs.length === 0) return []
      const rows = inputs.map(input => ({ input, caller }))
      return writeHeld(transaction, plan, rows)
    },
  }
}

/**
 * A subtransaction may be made read-only inside one that is not, and PostgreSQL gives the outer one
 * its mode back at the end of it. What fails in it is not caught: the whole transaction is lost.
 */
async function runReadOnly<Result>(
  transaction: Transaction,
  run: () => Promise<Result>,
): Promise<Result> {
  await transaction.run({ text: 'savepoint mettle_read', values: [] })
  await transaction.run({ text: 'set local transaction_read_only = on', values: [] })
  const result = await run()
  await transaction.run({ text: 'release savepoint mettle_read', values: [] })
  return result
}

/** A fault of its SQL, such as a change, must not look like that of a change that we made. */
function ofRead(error: unknown, explain: Explain): unknown {
  const explained = explain.read(error)
  if (!(explained instanceof DatabaseError)) return explained
  return new Error('the SQL of a declared query failed', { cause: explained })
}

type Explained = (error: unknown) => unknown

async function runWatched(
  database: Transaction,
  statement: Statement,
  fate: Fate,
  explained: Explained,
): Promise<readonly Row[]> {
  try {
    return await database.run(statement)
  } catch (error) {
    const refused = explained(error)
    if (error instanceof DatabaseError) {
      fate.refusal ??= error
      fate.doom ??= refused
    }
    throw refused
  }
}
