/** Writes: those that wait for one plan are committed together. */

import { DatabaseError } from '../../ports/database.ts'
import type { Database, Row } from '../../ports/database.ts'
import type { WritePlan } from '../../sql/plan.ts'
import { bindWrite, bindWrites } from './bind.ts'
import type { WriteArguments } from './bind.ts'
import type { DataContext } from './context.ts'
import type { Data, WriteResult } from './data.ts'
import { Duplicates } from './duplicates.ts'
import { Gathering } from './gathering.ts'
import type { Guest } from './gathering.ts'
import { Lines } from './lines.ts'
import { isLockTimeout, isRefusal } from './refusals.ts'
import { Room } from './room.ts'
import { mayRepeat, writeAlone } from './write-alone.ts'
import type { WriteContext } from './write-alone.ts'
import { isSettled, readResults } from './write-results.ts'
import type { RawResult } from './write-results.ts'

interface Writer extends Guest, WriteArguments {
  readonly resolve: (result: WriteResult) => void
}

export function createWrites(data: DataContext): Data['write'] {
  const { batchRowsMax, batchWaitingMax, duplicateWaitMs } = data.limits
  const waiters = new Room(data.limits.lockWaitersMax, data.limits.lockQueueMax)
  const context: WriteContext = { ...data, rows: new Lines(), waiters }
  const duplicates = new Duplicates(duplicateWaitMs)
  const gatherings = new WeakMap<WritePlan, Gathering<Writer>>()

  function gather(plan: WritePlan): Gathering<Writer> {
    const gathering = new Gathering<Writer>({
      rowsMax: batchRowsMax,
      waitingMax: batchWaitingMax,
      // PostgreSQL silently drops the second change of a row in one statement
      identify: writer => writer.input.id,
      send: writers => writeTogether(context, plan, writers),
    })
    gatherings.set(plan, gathering)
    return gathering
  }

  function write(
    plan: WritePlan,
    row: WriteArguments,
    signal: AbortSignal | null,
  ): Promise<WriteResult> {
    if (!plan.bounded) return writeAlone(context, plan, row, signal, false)
    const gathering = gatherings.get(plan) ?? gather(plan)
    return new Promise((resolve, reject) => {
      gathering.add({ input: row.input, caller: row.caller, signal, resolve, reject })
    })
  }

  return (plan, input, caller, signal = null) => {
    const row = { input, caller }
    if (input.key === null) return write(plan, row, signal)
    const request = `${caller.id} ${plan.resource} ${plan.form} ${input.key.key}`
    return duplicates.run(request, signal, () => write(plan, row, signal))
  }
}

/** One statement and one commit for all; who cannot be served in company goes alone. */
async function writeTogether(
  context: WriteContext,
  plan: WritePlan,
  writers: readonly Writer[],
): Promise<() => void> {
  const { clock, database, observe } = context
  const startedMs = clock.monotonic()
  const settle = await send(database, plan, writers).then(
    rows => () => deliver(context, plan, writers, rows),
    (error: unknown) => () => rescue(context, plan, writers, error),
  )
  const durationMs = clock.monotonic() - startedMs
  return () => {
    const alone = settle()
    observe({ kind: 'batch', route: 'write', size: writers.length, alone, durationMs })
  }
}

async function send(
  database: Database,
  plan: WritePlan,
  writers: readonly Writer[],
): Promise<readonly Row[]> {
  if (writers.length === 1 && plan.lone !== null) {
    const lone = { text: plan.lone, values: bindWrite(plan, writers[0]!) }
    const rows = await database.run(lone, 'write')
    if (rows.length > 0) return rows
  }
  return database.run({ text: plan.text, values: bindWrites(plan, writers) }, 'write')
}

/** Resolves those who have their answer; returns how many have to go alone. */
function deliver(
  context: WriteContext,
  plan: WritePlan,
  writers: readonly Writer[],
  rows: readonly Row[],
): number {
  const results = resultsFor(writers, rows)
  let alone = 0
  for (let at = 0; at < results.length; at++) {
    const writer = writers[at]!
    const result = results[at]!
    if (isSettled(result)) {
      writer.resolve(result)
    } else {
      alone += 1
      goAlone(context, plan, writer, false)
    }
  }
  return alone
}

/**
 * None, and all rejected, when the statement did not answer for each: it is done, so nobody goes
 * again.
 */
function resultsFor(writers: readonly Writer[], rows: readonly Row[]): readonly RawResult[] {
  try {
    return readResults(rows, writers.length)
  } catch (error) {
    for (const writer of writers) writer.reject(error)
    return []
  }
}

/** What a failed group can still do for its writers; returns how many go alone. */
function rescue(
  context: WriteContext,
  plan: WritePlan,
  writers: readonly Writer[],
  error: unknown,
): number {
  const unsure = error instanceof DatabaseError && error.kind === 'unknown'
  // a lane cannot wait for a lock, and nobody pays for a neighbour
  const fitsAlone = isLockTimeout(error) || (isRefusal(error) && writers.length > 1)
  const explained = context.explain.write(error)
  let alone = 0
  for (const writer of writers) {
    if (fitsAlone || mayRepeat(error, writer.input.key !== null)) {
      alone += 1
      goAlone(context, plan, writer, unsure)
    } else {
      writer.reject(explained)
    }
  }
  return alone
}

function goAlone(context: WriteContext, plan: WritePlan, writer: Writer, unsure: boolean): void {
  writeAlone(context, plan, writer, writer.signal, unsure).then(writer.resolve, writer.reject)
}
