/** Transactions: declared isolation, tried again after a serialization failure or a deadlock. */

import { DatabaseError } from '../../ports/database.ts'
import type { Row, Transaction } from '../../ports/database.ts'
import { backOff } from './back-off.ts'
import { bindRead, bindWrites } from './bind.ts'
import type { DataContext } from './context.ts'
import type { Data, DataScope } from './data.ts'
import { departed, isCollision } from './refusals.ts'
import { settledResults } from './write-results.ts'

export function createTransactions(context: DataContext): Data['transaction'] {
  const { database, limits, observe } = context
  return async (options, work, signal = null) => {
    for (let attempt = 1; ; attempt++) {
      const watch = new Watch()
      try {
        const result = await database.transaction(
          options,
          async transaction => {
            const done = await work(scopeOf(watch.over(transaction)))
            // the user's code may have caught what PostgreSQL refused, but nothing of the transaction is left
            if (watch.failure !== null) throw watch.failure
            return done
          },
          signal ?? undefined,
        )
        observe({ kind: 'transaction', attempts: attempt, outcome: 'committed' })
        return result
      } catch (error) {
        const again = isCollision(watch.failure ?? error) && attempt < limits.transactionAttemptsMax
        if (!again) {
          observe({ kind: 'transaction', attempts: attempt, outcome: 'failed' })
          throw explainFailure(context, error, watch.failure, signal)
        }
        await backOff(attempt, context.random, signal)
      }
    }
  }
}

/** A collision that code between turned into an error of its own stays a collision. */
function explainFailure(
  context: DataContext,
  error: unknown,
  failure: DatabaseError | null,
  signal: AbortSignal | null,
): unknown {
  if (isCollision(failure)) return context.explain.write(failure)
  const unsent = error instanceof DatabaseError && error.kind === 'full'
  return unsent && signal?.aborted === true ? departed(signal) : context.explain.write(error)
}

/** Remembers the first failure of a transaction's statements, whatever the user's code makes of it. */
class Watch {
  failure: DatabaseError | null = null

  over(transaction: Transaction): Transaction {
    return {
      run: async statement => {
        try {
          return await transaction.run(statement)
        } catch (error) {
          if (error instanceof DatabaseError) this.failure ??= error
          throw error
        }
      },
    }
  }
}

function scopeOf(transaction: Transaction): DataScope {
  return {
    transaction,
    read: async (plan, values, caller): Promise<Row | undefined> => {
      const rows = await transaction.run({
        text: plan.text,
        values: bindRead(plan, { values, caller }),
      })
      return rows[0]
    },
    write: async (plan, inputs, caller) => {
      if (inputs.length === 0) return []
      const rows = inputs.map(input => ({ input, caller }))
      const answers = await transaction.run({ text: plan.waiting, values: bindWrites(plan, rows) })
      return settledResults(answers, rows.length)
    },
  }
}
