/** An event of the log, and the one statement that reads events in order. */

import { wireTime } from '../../sql/wire-time.ts'
import type { Database, Row } from '../../ports/database.ts'

export interface LogEvent {
  /**
   * Its place in the log, and its id: never given twice, with gaps where a transaction rolled back.
   */
  readonly position: bigint
  /** When its transaction began: RFC 3339 in UTC with milliseconds. */
  readonly at: string
  /** `orders.created`, `orders.updated`, `orders.deleted`. */
  readonly type: string
  readonly resource: string
  /** The row's id. */
  readonly key: string
  /** The row's version after the change; of a deletion, its last version. */
  readonly version: number
  /** The model's epoch when it was written. */
  readonly schema: string
  readonly tenant: string | null
  /** The id of the user who made the change. */
  readonly actor: string | null
  readonly trace: string | null
  /** The position of the event that led to this one. */
  readonly cause: bigint | null
  /** The row by its wire names as JSON text. */
  readonly data: string | null
  /** The old values of the changed fields as JSON text; null unless it is an update. */
  readonly before: string | null
}

const text = `select "position", ${wireTime('at')}, "type", "resource", "key", "version", "schema",
  "tenant", "actor", "trace", "cause", "data", "before"
from "mettle"."events" where "position" > $1::bigint and "position" <= $2::bigint
order by "position" limit $3::int4`

/**
 * Events after the cursor `after` (exclusive) up to `settled` (inclusive) in order of position, at
 * most `limit`.
 */
export async function readEvents(
  database: Pick<Database, 'run'>,
  after: bigint,
  settled: bigint,
  limit: number,
): Promise<readonly LogEvent[]> {
  if (settled <= after) return []
  const values = [after.toString(), settled.toString(), limit]
  const rows = await database.run({ text, values }, 'pool')
  return rows.map(toEvent)
}

function toEvent(row: Row): LogEvent {
  const [position, at, type, resource, key, version, schema, tenant, actor, trace, cause] = row
  return {
    position: BigInt(String(position)),
    at: String(at),
    type: String(type),
    resource: String(resource),
    key: String(key),
    version: Number(version),
    schema: String(schema),
    tenant: textOrNull(tenant),
    actor: textOrNull(actor),
    trace: textOrNull(trace),
    cause: typeof cause === 'string' ? BigInt(cause) : null,
    data: textOrNull(row[11]),
    before: textOrNull(row[12]),
  }
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
