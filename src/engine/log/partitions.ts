/**
 * Partitions of the log, made ahead of the positions that writers take: an event that finds none
 * is refused, and its change with it.
 */

import { limits } from '../../base/limits.ts'
import { eventPartition } from '../../migrate/engine-schema.ts'
import type { Database } from '../../ports/database.ts'

/** Any number that no other advisory lock of ours uses: one node at a time adds partitions. */
const partitionsLock = 7_237_001

/** By the sequence, because what a long transaction has taken is in no row that others see. */
const reachedText = `select "last_value" from "mettle"."events_position_seq"`

/** By the names, because old partitions may have been taken off. */
const nextText = `select coalesce(max(substring(relname from '^events_(\\d+)$')::int4) + 1, 0)
from pg_class where relnamespace = '"mettle"'::regnamespace and relkind = 'r'`

/** The highest position that was ever given, also to a writer that has not committed. */
export async function positionReached(database: Pick<Database, 'run'>): Promise<bigint> {
  const [row] = await database.run({ text: reachedText, values: [] }, 'write')
  return BigInt(String(row?.[0]))
}

/** The number below which all partitions must exist when the log has reached `position`. */
export function partitionsNeeded(position: bigint): number {
  return Number(position / BigInt(limits.eventsPerPartition)) + 1 + limits.eventPartitionsAhead
}

/**
 * Adds the partitions that are missing for `position` and those after it; resolves to the number
 * that the next one would have.
 */
export function addEventPartitions(
  database: Pick<Database, 'transaction'>,
  position: bigint,
): Promise<number> {
  return database.transaction({ isolation: 'read committed' }, async transaction => {
    await transaction.run({ text: 'select pg_advisory_xact_lock($1)', values: [partitionsLock] })
    const [row] = await transaction.run({ text: nextText, values: [] })
    const next = Number(row?.[0])
    const needed = partitionsNeeded(position)
    for (let number = next; number < needed; number += 1) {
      for (const text of eventPartition(number)) await transaction.run({ text, values: [] })
    }
    return Math.max(next, needed)
  })
}
