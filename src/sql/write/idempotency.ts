/**
 * Idempotency keys of commands, which run many statements: claimed first, answered last, in one
 * transaction.
 */

import type { Caller } from '../../base/caller.ts'
import { limits } from '../../base/limits.ts'

/** Whose key, for which operation: only together they name a stored answer. */
export interface KeyOwner {
  readonly caller: Caller
  /** `checkout`. */
  readonly operation: string
  readonly key: string
}

interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
}

const named = (owner: KeyOwner): unknown[] => [owner.caller.id ?? '', owner.operation, owner.key]
const condition = '"caller" = $1::text and "operation" = $2::text and "key" = $3::text'

/**
 * One row where the key was free and is now held until the transaction ends; none where another
 * request has it. Waits for a transaction that holds it.
 */
export function claimKey(owner: KeyOwner, hash: string): Statement {
  return {
    text: `insert into "mettle"."idempotency" ("caller", "operation", "key", "hash")
values ($1::text, $2::text, $3::text, $4::text) on conflict do nothing returning true`,
    values: [...named(owner), hash],
  }
}

/** What is kept of an answer. */
export interface StoredAnswer {
  /** HTTP's. */
  readonly status: number
  /** JSON text. */
  readonly body: string | null
  /** The id of the row that was created. */
  readonly row: string | null
  /** Of the row that the body shows. */
  readonly version: number | null
}

/** `[hash, status, body, row, version]` of the request that has the key. */
export function readAnswer(owner: KeyOwner): Statement {
  return {
    text: `select "hash", "status"::int4, "body", "row"::text, "version" from "mettle"."idempotency" where ${condition}`,
    values: named(owner),
  }
}

/** Keeps the answer of a claimed key. */
export function storeAnswer(
  owner: KeyOwner,
  { status, body, row, version }: StoredAnswer,
): Statement {
  return {
    text: `update "mettle"."idempotency" set "status" = $4::smallint, "body" = $5::text, "row" = $6::uuid, "version" = $7::int4 where ${condition}`,
    values: [...named(owner), status, body, row, version],
  }
}

/**
 * Forgets up to `rowsMax` keys older than `limits.idempotencyRetentionHours`; one row for each that
 * is gone.
 */
export function forgetKeys(rowsMax: number): Statement {
  return {
    text: `delete from "mettle"."idempotency" where ("caller", "operation", "key") in (
  select "caller", "operation", "key" from "mettle"."idempotency"
  where "created_at" < now() - make_interval(hours => $1::int4)
  order by "created_at" limit $2::int4 for update skip locked
) returning true`,
    values: [limits.idempotencyRetentionHours, rowsMax],
  }
}
