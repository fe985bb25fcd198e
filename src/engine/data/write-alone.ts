/** A write of one row by itself: it waits for locks and learns why it is refused. */

import { problem } from '../../base/errors.ts'
import { DatabaseError } from '../../ports/database.ts'
import type { Transaction } from '../../ports/database.ts'
import type { WritePlan } from '../../sql/plan.ts'
import { backOff } from './back-off.ts'
import type { WriteArguments } from './bind.ts'
import type { DataContext } from './context.ts'
import type { WriteResult } from './data.ts'
import type { Patience } from './line.ts'
import type { Lines } from './lines.ts'
import {
  departed,
  isCollision,
  isKeyRace,
  isLockTimeout,
  isReferenceRace,
  isTaken,
  retryAfterSeconds,
} from './refusals.ts'
import type { Room } from './room.ts'
import { writeHeld } from './write-held.ts'

export interface WriteContext extends DataContext {
  /** Of many that want one row alone, one waits in PostgreSQL and the others here. */
  readonly rows: Lines
  /** Those who wait in PostgreSQL: commands and writes that need not wait find a connection. */
  readonly waiters: Room
}

/** `unsure`: the same keyed write was sent before and its connection was lost. */
export function writeAlone(
  context: WriteContext,
  plan: WritePlan,
  row: WriteArguments,
  signal: AbortSignal | null,
  unsure: boolean,
): Promise<WriteResult> {
  return context.rows.run(`${plan.resource} ${row.input.id}`, patienceOf(context, signal), () =>
    tryAlone(context, plan, row, signal, unsure),
  )
}

function patienceOf({ limits }: WriteContext, signal: AbortSignal | null): Patience {
  const late = () => problem('run.busy', { retryAfterSeconds })
  return { waitMs: limits.lockTimeoutMs, signal, late }
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
      return await send(context, plan, row, signal)
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

/**
 * Most come alone because of a neighbour, or meet a lock that is soon gone: only who finds that it
 * has to wait takes a place among those who do.
 */
async function send(
  context: WriteContext,
  plan: WritePlan,
  row: WriteArguments,
  signal: AbortSignal | null,
): Promise<WriteResult> {
  const { database, limits, waiters } = context
  const sendFor = async (lockTimeoutMs: number) => {
    const options = { isolation: 'read committed', lockTimeoutMs } as const
    const held = (transaction: Transaction) => writeHeld(transaction, plan, [row])
    return (await database.transaction(options, held, signal ?? undefined))[0]!
  }
  try {
    return await sendFor(limits.laneLockTimeoutMs)
  } catch (error) {
    if (!isLockTimeout(error)) throw error
  }
  return waiters.run(patienceOf(context, signal), () => sendFor(limits.lockTimeoutMs))
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
