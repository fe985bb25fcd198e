/** The audit trail for operators: the newest entries first. */

import { wireTime } from '../../sql/wire-time.ts'
import type { Statement } from '../../ports/database.ts'
import type { AuditKind } from './audit.ts'

interface AuditFilter {
  readonly kind: AuditKind | null
  /** What this user did, and what concerns him. */
  readonly user: string | null
  /** RFC 3339; entries from then on. */
  readonly since: string | null
  readonly limit: number
}

/** An entry as it was written; `at` in RFC 3339. */
export interface AuditRecord {
  readonly at: string
  readonly kind: string
  readonly actor: string | null
  readonly subject: string | null
  readonly address: string | null
  readonly request: string | null
  readonly detail: Readonly<Record<string, unknown>>
}

export async function readAudit(
  run: (statement: Statement) => Promise<readonly (readonly unknown[])[]>,
  { kind, user, since, limit }: AuditFilter,
): Promise<readonly AuditRecord[]> {
  const rows = await run({ text: selectText, values: [kind, user, since, limit] })
  return rows.map(toRecord)
}

const selectText = `select ${wireTime('at')}, "kind", "actor", "subject", "address", "request", "detail"::text
from "mettle"."audit"
where ($1::text is null or "kind" = $1::text)
  and ($2::uuid is null or "actor" = $2::uuid or "subject" = $2::uuid)
  and ($3::timestamptz is null or "at" >= $3::timestamptz)
order by "id" desc limit $4::int4`

function toRecord(row: readonly unknown[]): AuditRecord {
  return {
    at: String(row[0]),
    kind: String(row[1]),
    actor: textOrNull(row[2]),
    subject: textOrNull(row[3]),
    address: textOrNull(row[4]),
    request: textOrNull(row[5]),
    detail: JSON.parse(String(row[6])),
  }
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
