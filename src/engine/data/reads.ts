/** Reads: those that wait for one plan share a statement. */

import type { Row } from '../../ports/database.ts'
import type { ReadPlan } from '../../sql/plan.ts'
import { bindRead, bindReads } from './bind.ts'
import type { ReadArguments } from './bind.ts'
import type { DataContext } from './context.ts'
import type { Data } from './data.ts'
import { Gathering } from './gathering.ts'
import type { Guest } from './gathering.ts'
import { departed, isRefusal } from './refusals.ts'

interface Reader extends Guest, ReadArguments {
  readonly resolve: (row: Row | undefined) => void
}

export function createReads(context: DataContext): Data['read'] {
  /**
   * Plans come from a cache, so one shape is one object; what the cache forgets goes from here with
   * it.
   */
  const gatherings = new WeakMap<ReadPlan, Gathering<Reader>>()

  function gather(plan: ReadPlan, batch: string): Gathering<Reader> {
    const gathering = new Gathering<Reader>({
      rowsMax: context.limits.batchRowsMax,
      waitingMax: context.limits.batchWaitingMax,
      identify: null,
      send: readers => readTogether(context, plan, batch, readers),
    })
    gatherings.set(plan, gathering)
    return gathering
  }

  return (plan, values, caller, signal = null) => {
    if (plan.batch === null) return readAlone(context, plan, { values, caller }, signal)
    const gathering = gatherings.get(plan) ?? gather(plan, plan.batch)
    return new Promise((resolve, reject) => {
      gathering.add({ values, caller, signal, resolve, reject })
    })
  }
}

async function readAlone(
  context: DataContext,
  plan: ReadPlan,
  request: ReadArguments,
  signal: AbortSignal | null,
): Promise<Row | undefined> {
  const route = plan.bounded ? 'read' : 'scan'
  try {
    const statement = { text: plan.text, values: bindRead(plan, request) }
    const rows = await context.database.run(statement, route, signal ?? undefined)
    return rows[0]
  } catch (error) {
    throw signal?.aborted === true ? departed(signal) : context.explain.read(error)
  }
}

/**
 * One statement for all; when PostgreSQL refuses it, each goes alone, so that nobody fails because
 * of a neighbour. To let equal requests share a row of the batch was tried: within noise, even when
 * all 64 read the same row.
 */
async function readTogether(
  context: DataContext,
  plan: ReadPlan,
  batch: string,
  readers: readonly Reader[],
): Promise<void> {
  const startedMs = context.clock.monotonic()
  let alone = 0
  if (readers.length === 1) {
    await settle(context, plan, readers[0]!)
  } else {
    try {
      const rows = await context.database.run(
        { text: batch, values: bindReads(plan, readers) },
        'read',
      )
      deliver(rows, readers)
    } catch (error) {
      if (isRefusal(error)) {
        alone = readers.length
        for (const reader of readers) void settle(context, plan, reader)
      } else {
        const explained = context.explain.read(error)
        for (const reader of readers) reader.reject(explained)
      }
    }
  }
  const durationMs = context.clock.monotonic() - startedMs
  context.observe({ kind: 'batch', route: 'read', size: readers.length, alone, durationMs })
}

function settle(context: DataContext, plan: ReadPlan, reader: Reader): Promise<void> {
  return readAlone(context, plan, reader, reader.signal).then(reader.resolve, reader.reject)
}

/** Each row goes to the reader whose number it bears; who has none gets undefined. */
function deliver(rows: readonly Row[], readers: readonly Reader[]): void {
  for (const row of rows) readers[Number(row[0])]!.resolve([row[1], row[2]])
  for (const reader of readers) reader.resolve(undefined)
}
