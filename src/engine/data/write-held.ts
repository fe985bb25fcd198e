/** Writes of rows inside a transaction, which keeps the locks that it waited for. */

import type { Transaction } from '../../ports/database.ts'
import type { WritePlan } from '../../sql/plan.ts'
import { bindWrites } from './bind.ts'
import type { WriteArguments } from './bind.ts'
import type { WriteResult } from './data.ts'
import { isSettled, readResults, settledResults } from './write-results.ts'

/**
 * In the order of the rows. A row that had changed by the time it could be locked is `busy`: now
 * that it is held, a second statement judges it, and what its rules look at, as they have become.
 */
export async function writeHeld(
  transaction: Transaction,
  plan: WritePlan,
  rows: readonly WriteArguments[],
): Promise<readonly WriteResult[]> {
  const send = (some: readonly WriteArguments[]) =>
    transaction.run({ text: plan.waiting, values: bindWrites(plan, some) })
  const first = await send(rows)
  if (!plan.mayBeBusy) return settledResults(first, rows.length)
  const results = readResults(first, rows.length)
  const late = rows.filter((_, at) => !isSettled(results[at]!))
  if (late.length === 0) return settledResults(first, rows.length)
  const second = settledResults(await send(late), late.length).values()
  return results.map(result => (isSettled(result) ? result : second.next().value!))
}
