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
  /**
   * Those who wait in PostgreSQL, so that others find a connection. Transactions, which have begun
   * before they meet a lock, wait there beside them.
   */
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

const noPlace = new Error('no place among those who wait has become free')

/**
 * Most come alone because of a neighbour, or meet a lock that is soon gone: only who finds that it
 * has to wait takes a place among those who do. In line it looks again now and then, and at last:
 * its row may be free while those of the others are not.
 */
async function send(
  context: WriteContext,
  plan: WritePlan,
  row: WriteArguments,
  signal: AbortSignal | null,
): Promise<WriteResult> {
  const { clock, database, limits, waiters } = context
  const sendFor = async (lockTimeoutMs: number) => {
    const options = { isolation: 'read committed', lockTimeoutMs } as const
    const held = (transaction: Transaction) => writeHeld(transaction, plan, [row])
    return (await database.transaction(options, held, signal ?? undefined))[0]!
  }
  for (let untilMs = Infinity; ;) {
    let leftMs: number
    try {
      return await sendFor(limits.laneLockTimeoutMs)
    } catch (error) {
      const nowMs = clock.monotonic()
      untilMs = Math.min(untilMs, nowMs + limits.lockTimeoutMs)
      leftMs = untilMs - nowMs
      if (!isLockTimeout(error) || leftMs <= 0) throw error
    }
    // so rarely that those who look hold about one connection, however many they are
    const waitMs = Math.min(leftMs, limits.laneLockTimeoutMs * (waiters.inLine + 1))
    try {
      const patience = { waitMs, signal, late: () => noPlace }
      return await waiters.run(patience, () => sendFor(limits.lockTimeoutMs))
    } catch (error) {
      if (error !== noPlace) throw error
    }
  }
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
