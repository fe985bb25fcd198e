/** A write of one row by itself: it waits for locks and learns why it is refused. */

import { problem } from '../../base/errors.ts'
import { DatabaseError } from '../../ports/database.ts'
import type { Transaction } from '../../ports/database.ts'
import type { WritePlan } from '../../sql/plan.ts'
import { backOff } from './back-off.ts'
import { bindWrites } from './bind.ts'
import type { WriteArguments } from './bind.ts'
import type { DataContext } from './context.ts'
import type { WriteResult } from './data.ts'
import type { Lines } from './lines.ts'
import {
  departed,
  isCollision,
  isKeyRace,
  isReferenceRace,
  isTaken,
  retryAfterSeconds,
} from './refusals.ts'
import { writeHeld } from './write-held.ts'
import { settledResults } from './write-results.ts'

export interface WriteContext extends DataContext {
  /** Of many that want one row alone, one waits in PostgreSQL and the others here. */
  readonly rows: Lines
}

/** `unsure`: the same keyed write was sent before and its connection was lost. */
export function writeAlone(
  context: WriteContext,
  plan: WritePlan,
  row: WriteArguments,
  signal: AbortSignal | null,
  unsure: boolean,
): Promise<WriteResult> {
  const patience = {
    waitMs: context.limits.lockTimeoutMs,
    signal,
    late: () => problem('run.busy', { retryAfterSeconds }),
  }
  return context.rows.run(`${plan.resource} ${row.input.id}`, patience, () =>
    tryAlone(context, plan, row, signal, unsure),
  )
}

async function tryAlone(
  context: WriteContext,
  plan: WritePlan,
  row: WriteArguments,
  signal: AbortSignal | null,
  unsure: boolean,
): Promise<WriteResult> {
  const keyed = row.input.key !== null
  let sentBefore = unsure
  for (let attempt = 1; ; attempt++) {
    try {
      return await send(context, plan, row, signal ?? undefined)
    } catch (error) {
      // the value may be taken by the very same request on another node, whose answer is stored now
      const bySelf = keyed && attempt === 1 && isTaken(error)
      const again = bySelf || mayRepeat(error, keyed && !sentBefore)
      if (!again || attempt >= context.limits.transactionAttemptsMax)
        throw explainLast(context, error, sentBefore, signal)
      sentBefore ||= isUnknown(error)
      await backOff(attempt, context.random, signal)
    }
  }
}

async function send(
  { database }: WriteContext,
  plan: WritePlan,
  row: WriteArguments,
  signal: AbortSignal | undefined,
): Promise<WriteResult> {
  if (plan.mayBeBusy) {
    const isolation = 'read committed'
    const held = (transaction: Transaction) => writeHeld(transaction, plan, [row])
    return (await database.transaction({ isolation }, held, signal))[0]!
  }
  const statement = { text: plan.waiting, values: bindWrites(plan, [row]) }
  return settledResults(await database.run(statement, 'pool', signal), 1)[0]!
}

/** A keyed write may be sent again though its outcome is unknown: it finds its own answer. */
export function mayRepeat(error: unknown, keyed: boolean): boolean {
  return (
    isCollision(error) || isReferenceRace(error) || isKeyRace(error) || (keyed && isUnknown(error))
  )
}

function isUnknown(error: unknown): boolean {
  return error instanceof DatabaseError && error.kind === 'unknown'
}

/** A failure that says nothing about the write that was sent before leaves its outcome unknown. */
function explainLast(
  context: WriteContext,
  error: unknown,
  sentBefore: boolean,
  signal: AbortSignal | null,
): unknown {
  const unsent = error instanceof DatabaseError && error.kind !== 'refused'
  if (unsent && sentBefore)
    return problem('run.outcome-unknown', { retryAfterSeconds, cause: error })
  if (unsent && signal?.aborted === true) return departed(signal)
  return context.explain.write(error)
}
