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

/** What is left to do when a turn has been answered. */
interface Rest {
  /** How many have to go alone. */
  readonly alone: number
  readonly settle: () => void
}

async function readTogether(
  context: DataContext,
  plan: ReadPlan,
  batch: string,
  readers: readonly Reader[],
): Promise<() => void> {
  const { clock, observe } = context
  const startedMs = clock.monotonic()
  const lone = readers.length === 1 ? readers[0]! : null
  const { alone, settle } =
    lone === null
      ? await readShared(context, plan, batch, readers)
      : await goAlone(context, plan, lone).then(() => nothingLeft)
  const durationMs = clock.monotonic() - startedMs
  observe({ kind: 'batch', route: 'read', size: readers.length, alone, durationMs })
  return settle
}

const nothingLeft: Rest = Object.freeze({ alone: 0, settle: () => {} })

/**
 * One statement for all; each has its row while PostgreSQL still works on those of the others. When
 * it refuses the statement, who has no row goes alone, so that nobody fails because of a neighbour.
 * To let equal requests share a row of the batch was tried: within noise, even when all 64 read the
 * same row.
 */
async function readShared(
  context: DataContext,
  plan: ReadPlan,
  batch: string,
  readers: readonly Reader[],
): Promise<Rest> {
  const due: (Reader | null)[] = [...readers]
  const each = ([number, body, version]: Row) => {
    const at = Number(number)
    due[at]?.resolve([body, version])
    due[at] = null
  }
  const rest = () => due.filter(reader => reader !== null)
  try {
    await context.database.run({ text: batch, values: bindReads(plan, readers), each }, 'read')
    return { alone: 0, settle: () => rest().forEach(reader => reader.resolve(undefined)) }
  } catch (error) {
    const left = rest()
    if (!isRefusal(error)) {
      const explained = context.explain.read(error)
      return { alone: 0, settle: () => left.forEach(reader => reader.reject(explained)) }
    }
    const settle = () => left.forEach(reader => void goAlone(context, plan, reader))
    return { alone: left.length, settle }
  }
}

function goAlone(context: DataContext, plan: ReadPlan, reader: Reader): Promise<void> {
  return readAlone(context, plan, reader, reader.signal).then(reader.resolve, reader.reject)
}
