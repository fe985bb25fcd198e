/**
 * Partitions of the log, made before writers need them: an insert without a partition would fail.
 */

import { limits } from '../../base/limits.ts'
import { eventPartition } from '../../migrate/engine-schema.ts'
import type { Database } from '../../ports/database.ts'

/** Any number that no other advisory lock of ours uses: one node at a time adds partitions. */
const partitionsLock = 7_237_001

const countText = `select count(*)::int4 from pg_inherits where inhparent = '"mettle"."events"'::regclass`

/** How many partitions must exist when the log has reached `position`. */
export function partitionsNeeded(position: bigint): number {
  return Number(position / BigInt(limits.eventsPerPartition)) + 1 + limits.eventPartitionsAhead
}

/**
 * Adds the partitions that are missing for `position` and those after it; resolves to how many
 * there are then.
 */
export function addEventPartitions(
  database: Pick<Database, 'transaction'>,
  position: bigint,
): Promise<number> {
  return database.transaction({ isolation: 'read committed' }, async transaction => {
    await transaction.run({ text: 'select pg_advisory_xact_lock($1)', values: [partitionsLock] })
    const [row] = await transaction.run({ text: countText, values: [] })
    const present = Number(row?.[0])
    const needed = partitionsNeeded(position)
    for (let next = present; next < needed; next += 1) {
      for (const text of eventPartition(next)) await transaction.run({ text, values: [] })
    }
    return Math.max(present, needed)
  })
}
