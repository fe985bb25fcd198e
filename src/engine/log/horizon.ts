/**
 * The settled horizon: the position up to which the log is complete, so that readers in its order
 * miss nothing.
 */

import type { Clock } from '../../base/clock.ts'
import type { Observe } from '../../base/observe.ts'
import type { Database, Route } from '../../ports/database.ts'

interface Horizon {
  /** Every event up to here is committed or will never be; 0 before the first sample. */
  settled(): bigint
  /**
   * One step of sampling; resolves to whether anything is under way, which asks for another step
   * soon. Never called twice at once.
   */
  sample(): Promise<boolean>
}

interface Candidate {
  readonly position: bigint
  /** A transaction number taken after `position` was seen. */
  readonly transaction: bigint
  readonly sinceMs: number
}

export interface HorizonOptions {
  readonly database: Pick<Database, 'run'>
  readonly clock: Clock
  readonly observe: Observe
}

/**
 * Positions are taken in order but become visible in the order of commits. A writer has its
 * transaction number before its position (migrate/engine-schema.ts), so when a position P is seen,
 * every writer with a position up to P has a number below any X that is taken later. Once the
 * oldest running transaction is X or younger, all of them have ended: P is settled. Two statements
 * take P and X, because a number taken before P is read proves nothing. Tried before: a horizon
 * from `pg_snapshot_xmax`, from the sequence's `last_value` or in one statement loses events.
 */
export function createHorizon({ database, clock, observe }: HorizonOptions): Horizon {
  let settled = 0n
  let candidate: Candidate | null = null

  async function propose(): Promise<Candidate | null> {
    const position = await number(database, `select max("position") from "mettle"."events"`)
    if (position <= settled) return null
    const sinceMs = clock.monotonic()
    return { position, transaction: await number(database, 'select pg_current_xact_id()'), sinceMs }
  }

  async function sample(): Promise<boolean> {
    candidate ??= await propose()
    if (candidate === null) {
      observe({ kind: 'horizon', reached: settled, settled, lagMs: 0 })
      return false
    }
    const oldest = await number(database, 'select pg_snapshot_xmin(pg_current_snapshot())')
    if (oldest >= candidate.transaction) settled = candidate.position
    // A long transaction anywhere in the cluster holds the horizon: the lag tells.
    const lagMs = clock.monotonic() - candidate.sinceMs
    observe({ kind: 'horizon', reached: candidate.position, settled, lagMs })
    if (settled === candidate.position) candidate = null
    return true
  }

  return { settled: () => settled, sample }
}

/** Always on the primary: a replica's snapshots say nothing about who still writes. */
const primary: Route = 'write'

async function number(database: Pick<Database, 'run'>, text: string): Promise<bigint> {
  const [row] = await database.run({ text, values: [] }, primary)
  const value = row?.[0]
  return typeof value === 'string' ? BigInt(value) : 0n
}
