/** What every protocol turns its request into, and what it gets back. */

import type { Caller } from '../base/caller.ts'
import type { FilterOperator } from '../declare/rule.ts'
import type { Term } from '../model/measures.ts'

/**
 * A field value as the wire gave it: text of a URL, or a parsed JSON value. The validate stage
 * decides by `wire`.
 */
export interface FilterInput {
  readonly field: string
  readonly operator: FilterOperator
  readonly value: unknown
}

export interface ExpandInput {
  readonly name: string
  readonly expand: readonly ExpandInput[]
  readonly fields: readonly string[] | null
}

export interface ListInput {
  readonly filters: readonly FilterInput[]
  readonly sort: readonly { readonly field: string; readonly descending: boolean }[]
  readonly limit: number | string | null
  /** The signed cursor. */
  readonly after: string | null
  /** Whether all rows that meet the filters are counted, up to `limits.totalRowsMax`. */
  readonly total: boolean
}

/** Figures of the rows that meet the filters, for each group of them. */
export interface AggregateInput {
  readonly select: readonly Term[]
  readonly group: readonly Term[]
  readonly filters: readonly FilterInput[]
  readonly having: readonly HavingInput[]
  readonly sort: readonly { readonly term: Term; readonly descending: boolean }[]
  readonly limit: number | string | null
}

/** A condition on a figure of a group. */
export interface HavingInput {
  readonly term: Term
  readonly operator: FilterOperator
  readonly value: unknown
}

/** Which fields and related rows the answer shows. */
export interface View {
  readonly fields: readonly string[] | null
  readonly expand: readonly ExpandInput[]
}

/**
 * All fields that the caller may read, nothing expanded: one object, so that plans are found by
 * identity.
 */
export const wholeView: View = Object.freeze({ fields: null, expand: Object.freeze([]) })

export type Operation =
  | {
      readonly kind: 'list'
      readonly resource: string
      readonly list: ListInput
      readonly view: View
    }
  | {
      readonly kind: 'aggregate'
      readonly resource: string
      readonly aggregate: AggregateInput
    }
  | { readonly kind: 'read'; readonly resource: string; readonly id: string; readonly view: View }
  | {
      readonly kind: 'create'
      readonly resource: string
      readonly input: unknown
      readonly view: View
    }
  | {
      readonly kind: 'replace'
      readonly resource: string
      readonly id: string
      readonly input: unknown
      readonly view: View
    }
  | {
      readonly kind: 'update'
      readonly resource: string
      readonly id: string
      readonly input: unknown
      readonly view: View
    }
  | { readonly kind: 'delete'; readonly resource: string; readonly id: string }
  | { readonly kind: 'command'; readonly name: string; readonly input: unknown }
  | { readonly kind: 'query'; readonly name: string; readonly input: unknown }

/** What came with the request to say who asks. */
export interface Credentials {
  /** The session cookie's value. */
  readonly cookie: string | null
  /** The bearer token. */
  readonly bearer: string | null
  /** The client's address. */
  readonly address: string
}

/**
 * What the pipeline learns on the way, for the log line of whoever asked; written even when the
 * operation fails.
 */
export interface Trail {
  /** Once it is known. */
  caller: Pick<Caller, 'id' | 'apiKey'> | null
}

export interface OperationRequest {
  readonly operation: Operation
  readonly credentials: Credentials
  readonly requestId: string
  readonly surface: 'rest'
  /** `text` where input values came from a URL, `json` where they were parsed from a body. */
  readonly wire: 'text' | 'json'
  /** Versions that If-Match allows; null: none was given; `any` for `*`. */
  readonly ifMatch: number | 'any' | null
  readonly idempotencyKey: string | null
  /** Aborted when the caller has gone. */
  readonly signal: AbortSignal | null
  readonly trail: Trail
}

/** A success; failures are thrown as `Problem`. */
export interface Answer {
  readonly status: 200 | 201 | 204
  /** JSON text, sent as it is. */
  readonly body: string | null
  /** Without quotes. */
  readonly tag: string | null
  /** The row that was created. */
  readonly created: { readonly resource: string; readonly id: string } | null
  /** Whether a stored answer was given again. */
  readonly replayed: boolean
  /** Whether anybody may read this, so that shared caches may keep it. */
  readonly shared: boolean
  /** RateLimit headers and the like, lower case. */
  readonly headers: Readonly<Record<string, string>>
}

/** The one way into the engine. Rejects with `Problem` only. */
export type Execute = (request: OperationRequest) => Promise<Answer>
