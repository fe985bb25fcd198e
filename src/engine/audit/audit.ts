/**
 * The audit trail: who came in, who failed to, what was taken from whom. Written in the statement
 * of what it tells, so that neither stands without the other.
 */

import { limits } from '../../base/limits.ts'
import type { Statement } from '../../ports/database.ts'

/** Every kind of entry with its meaning; `docs/SECURITY.md` lists the same. */
export const auditKinds = {
  'account.created': 'An account was made, by its owner or an operator.',
  'api-key.created': 'A user made an API key for himself, or an operator made one for him.',
  'api-key.revoked': 'An API key was revoked.',
  'password.changed': 'The owner of an account changed its password.',
  'role.granted': 'An operator gave a user a role.',
  'role.revoked': 'An operator took a role from a user.',
  'session.opened': 'Somebody signed in.',
  'session.ended': 'A session was ended before its time.',
  'sign-in.failed': 'A password was wrong, or there is no such user.',
  'signing-key.made': 'A new key was made to sign access tokens.',
  'signing-keys.retired': 'An operator retired the keys that sign access tokens.',
  'token.reused': 'A refresh token came a second time: its session was ended.',
} as const satisfies Readonly<Record<string, string>>

export type AuditKind = keyof typeof auditKinds

/** Where a request came from. */
export interface AuditOrigin {
  /** The client's address. */
  readonly address: string
  readonly requestId: string | null
}

export interface AuditEntry {
  readonly kind: AuditKind
  /** The user who did it; null: nobody in particular, or an operator. */
  readonly actor: string | null
  /** Null: an operator at the command line, or the engine itself. */
  readonly from: AuditOrigin | null
  readonly detail?: Readonly<Record<string, string>>
}

/** How many values of a statement an entry takes. */
const valuesOfEntry = 5

/** Expressions over a row of the source. */
interface AuditExpressions {
  /** A JSON object that is added to the detail. */
  readonly detail?: string
  /** Who did it where the values do not say. */
  readonly actor?: string
}

/**
 * SQL text: one entry for each row of `source`, whose `user_id` it concerns; `$first` and the next
 * are `auditValues`.
 */
export function auditInsert(
  first: number,
  source: string,
  { detail, actor: owner = 'null' }: AuditExpressions = {},
): string {
  const [kind, actor, address, request, given] = Array.from(
    { length: valuesOfEntry },
    (_, at) => `$${first + at}`,
  )
  const more = detail === undefined ? '' : ` || ${detail}`
  return `insert into "mettle"."audit" ("kind", "actor", "subject", "address", "request", "detail")
  select ${kind}::text, coalesce(${actor}::uuid, ${owner}), "source"."user_id", ${address}::text, ${request}::text,
    ${given}::jsonb${more}
  from ${source} "source"`
}

export function auditValues({ kind, actor, from, detail = {} }: AuditEntry): readonly unknown[] {
  return [kind, actor, from?.address ?? null, from?.requestId ?? null, JSON.stringify(detail)]
}

const recordText = auditInsert(2, '(select $1::uuid as "user_id")')

/** One entry by itself. `subject`: the user whom it concerns, if any. */
export function auditStatement(subject: string | null, entry: AuditEntry): Statement {
  return { text: recordText, values: [subject, ...auditValues(entry)] }
}

/** Forgets the oldest entries whose time is over; gives a row for each. */
export function pruneAudit(rowsMax: number): Statement {
  return {
    text: `delete from "mettle"."audit" where "id" in (
  select "id" from "mettle"."audit" where "at" < now() - interval '${limits.auditKeptDays} days'
  order by "at" limit $1::int4
) returning 1`,
    values: [rowsMax],
  }
}
