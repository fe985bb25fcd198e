/** Plans: what the compiler gives the engine. Frozen, pure data; texts with parameters only. */

import type { FilterOperator } from '../declare/rule.ts'

/** The shape of a read: everything that decides its SQL text. Values come apart. */
export interface ReadShape {
  readonly resource: string
  readonly form: 'one' | 'list'
  /**
   * Fields asked for, null for all that the caller may read. `id` and `version` are not added by
   * themselves.
   */
  readonly fields: readonly string[] | null
  readonly expand: readonly ExpandShape[]
  /** Of a list. */
  readonly filters: readonly FilterShape[]
  /** Of a list; empty means by id. */
  readonly sort: readonly SortShape[]
  /** Whether the list continues after a cursor. */
  readonly after: boolean
}

/**
 * `name` is a reference field (one row) or an inverse (up to `limits.expandRowsMax` rows, by id).
 */
export interface ExpandShape {
  readonly name: string
  readonly fields: readonly string[] | null
  readonly expand: readonly ExpandShape[]
}

export interface FilterShape {
  readonly field: string
  readonly operator: FilterOperator
}

export interface SortShape {
  readonly field: string
  readonly descending: boolean
}

/** Where the value of a parameter comes from. */
export type ParameterSource =
  /** The caller's id. */
  | { readonly from: 'caller' }
  /** The values of the request, in the order that the shape gives. */
  | { readonly from: 'value'; readonly at: number }

export interface Parameter {
  readonly source: ParameterSource
  /** The PostgreSQL type of one value: `uuid`, `text`, `int4`, `numeric`, `text[]`. */
  readonly type: string
}

/**
 * A read. Request values: form `one`: `[id]`; form `list`: `[...filter values in order, ...cursor
 * values if after (as many as `order` has keys), limit]`. `in` takes one array; `isNull` takes a
 * boolean. All values are in PostgreSQL's text form or as the driver takes them.
 *
 * Rows: form `one`: no row (hidden or missing) or `[body, version]`, where body is the row as JSON
 * text. Form `list`: exactly one row `[body, next]`, where body is a JSON array as text, and next
 * is null on the last page, or the JSON array (text) of the last row's values of `order`, each as
 * text or null: the next page's cursor values.
 */
export interface ReadPlan {
  readonly kind: 'read'
  /** Identifies shape and residual: two requests with one key may share a statement. */
  readonly key: string
  readonly resource: string
  readonly form: 'one' | 'list'
  readonly text: string
  readonly parameters: readonly Parameter[]
  /**
   * Of a list, its total order by wire names: `['-createdAt', '-id']`. Part of what a cursor is
   * bound to.
   */
  readonly order: readonly string[]
  /** Covered by a unique key or an index: may travel on a lane and in a batch. */
  readonly bounded: boolean
  /**
   * The form for many requests: `$1..$n` are arrays of the parameters in order and `$n+1` is an
   * int4[] of request numbers. Rows are those of the plain form with the request number in front.
   * Null unless bounded, and where a parameter is an array (`in`).
   */
  readonly batch: string | null
  /** Short stable hash of the key, for ETags. */
  readonly tag: string
  /**
   * Whether the body depends on more than the row and its version: on other rows (expand), or on
   * who asks (fields that only some rows show).
   */
  readonly foreign: boolean
  /** Whether SQL of the user's stands in it, which may try to change something. */
  readonly declared: boolean
}

/** The shape of a write of one row. */
export interface WriteShape {
  readonly resource: string
  readonly form: 'create' | 'update' | 'delete'
  /**
   * Of create and update: the fields that are set, in the order of the resource's fields. PUT sets
   * every writable field.
   */
  readonly fields: readonly string[]
  /**
   * Of update: those of the fields, documents, whose value is merged into the stored one as RFC
   * 7396 says; null still empties the field.
   */
  readonly merge: readonly string[]
  /** Whether an expected version was given (If-Match). */
  readonly versioned: boolean
  /** Whether an idempotency key was given. */
  readonly keyed: boolean
}

/** What became of one row of a write group. */
export type WriteOutcome =
  | 'done'
  /** The key's stored answer is given instead: `detail` is the id of its row. */
  | 'replayed'
  /** The key belongs to another request. */
  | 'mismatch'
  /** No such row, or hidden from the caller. */
  | 'missing'
  | 'stale'
  /** Locked by another transaction, or newer than what the statement sees: try alone. */
  | 'busy'
  /**
   * The caller may read the row but the rule of the operation does not hold before or after the
   * change; `detail` is the field's name where it is the rule of a field.
   */
  | 'denied'
  /** A unique key is taken: try alone to learn which. */
  | 'conflict'
  /**
   * A reference names a row that does not exist or is hidden from the caller: `detail` is the
   * field's name.
   */
  | 'reference'
  /**
   * Other rows refer to the row: `detail` is their resource, null where the caller may read none of
   * it, or says that a cascade would be too large.
   */
  | 'referenced'
  /**
   * A document is larger than `limits.documentBytesMax` once it is stored: `detail` is the field's
   * name.
   */
  | 'oversize'

/**
 * A write of any number of rows, each for its own caller. There is one form: parameters are arrays,
 * one element a row, in the order of `parameters`. The statement inserts one event for each change
 * and stores the answer of keyed rows.
 *
 * Rows, in any order, one for each input row: `[n, outcome, detail, body, version]`; body is the
 * row as JSON text, as the caller may read it (of `done` and `replayed`; null for a delete, and
 * where the caller may not read the row it left). A change that changes nothing is `done`, keeps
 * the version and has no event.
 *
 * No row and no idempotency key may stand twice among the rows. A delete that is refused with 23503
 * met a child that was committed while it ran: the same statement, sent again, sees it.
 */
export interface WritePlan {
  readonly kind: 'write'
  readonly key: string
  readonly resource: string
  readonly form: 'create' | 'update' | 'delete'
  /**
   * For rows of strangers: it never waits, a locked row is `busy` and a taken unique key is
   * `conflict`.
   */
  readonly text: string
  /**
   * The same statement with the same parameters for a row alone and for the rows of one
   * transaction: it waits for locked rows and lets PostgreSQL refuse a taken unique key, so that
   * 23505 names the index.
   */
  readonly waiting: string
  /**
   * For one row that waits alone: each parameter a value of the type that its array has. One row as
   * of the others where it changed the row, else none, and `text` says why. Null: there is none.
   */
  readonly lone: string | null
  /**
   * Whether `waiting` may answer `busy`: the row changed while the statement waited for it. It is
   * held then, and the same statement, sent again in the same transaction, judges it as it is.
   */
  readonly mayBeBusy: boolean
  readonly parameters: readonly WriteParameter[]
  /** Those of the read that shows the same, so that a write's ETag is that of the read after it. */
  readonly tag: string
  readonly foreign: boolean
  /**
   * Touches no more than its rows and what they refer to (no cascade): may travel on a lane and in
   * a group.
   */
  readonly bounded: boolean
}

export interface WriteParameter {
  /**
   * `field` is one of the shape's fields and `at` its place among them; the others are given by the
   * engine.
   */
  readonly source:
    | { readonly from: 'number' }
    | { readonly from: 'id' }
    | { readonly from: 'caller' }
    | { readonly from: 'version' }
    | { readonly from: 'key' }
    | { readonly from: 'keyHash' }
    | { readonly from: 'trace' }
    | { readonly from: 'field'; readonly name: string; readonly at: number }
  /**
   * The PostgreSQL type of the array: `uuid[]`. A list field travels as `jsonb[]`, an `in` never
   * occurs.
   */
  readonly type: string
}

/**
 * A change of every row that meets a filter, inside a transaction. Request values: `[...filter
 * values, ...field values, trace]`. Rows: `[outcome, detail, count]`, one for each pair that
 * occurred; unless all are `done` the transaction must not be committed. After `busy`, a row that
 * changed while the statement waited for it, it may be tried again. Rows that the caller may not
 * read are not met.
 */
export interface WriteWherePlan {
  readonly kind: 'write-where'
  readonly key: string
  readonly resource: string
  readonly form: 'update' | 'delete'
  readonly text: string
  readonly parameters: readonly Parameter[]
}

/**
 * Takes rows against change by others until the transaction ends, in id order. Request values:
 * `[ids]`. Rows: `[body, version]` in id order, of those that exist and that the caller may read,
 * with all fields that the caller may read.
 */
export interface LockPlan {
  readonly kind: 'lock'
  readonly key: string
  readonly resource: string
  readonly text: string
  /**
   * Whether the rows must be asked for again once they are held: other rows, which may have changed
   * during a wait, decide about what the caller may read.
   */
  readonly twice: boolean
  readonly parameters: readonly Parameter[]
}
