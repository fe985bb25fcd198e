/** The Model: everything a backend needs to know, resolved, checked and frozen. */

import type { Isolation } from '../declare/command.ts'
import type { FieldKind, OnDelete } from '../declare/field.ts'
import type { LimitedBy } from '../declare/limit.ts'
import type { QueryContext } from '../declare/query.ts'
import type { RuleNode } from '../declare/rule.ts'
import type { SqlSource } from '../declare/sql.ts'

export type { FieldKind, Isolation, OnDelete }

/** A field of a resource, of an input, of an output or of a declared error. */
export interface FieldModel {
  /** As on the wire: camelCase. */
  readonly name: string
  /**
   * As in the table: snake_case; the column of a reference ends in `_id` in a resource, not in a
   * query's output.
   */
  readonly column: string
  readonly kind: FieldKind
  /** May be null (and may be left out of an input). */
  readonly optional: boolean
  readonly default: FieldDefault | null
  /** One of `id`, `version`, `createdAt` and `updatedAt`: the engine's own of every row. */
  readonly system: boolean
  /**
   * No write through the API names it: system fields except `id` on create, and `email` and `roles`
   * of the identity.
   */
  readonly readOnly: boolean
  readonly unique: boolean
  readonly bounds: FieldBounds
  /** Of `choice`. */
  readonly values: readonly string[] | null
  /** Of `ref`. */
  readonly target: string | null
  readonly onDelete: OnDelete
  /**
   * Of `list` (element) and `object` (members): nested fields. A list of scalars has one nameless
   * field.
   */
  readonly members: readonly FieldModel[] | null
  /**
   * Who may read or write this field, beyond the operation's own rule; null: whoever may do the
   * operation.
   */
  readonly access: { readonly read: RuleNode | null; readonly write: RuleNode | null }
  readonly renamedFrom: string | null
  /** Of a place inside a document, the names that lead there; null for a field of its own. */
  readonly path: readonly string[] | null
}

export type FieldDefault =
  /** Canonical, as `codec` of the kinds reads it. */
  | { readonly kind: 'value'; readonly value: unknown }
  /** The caller's id. */
  | { readonly kind: 'caller' }
  | { readonly kind: 'now' }

export interface FieldBounds {
  /** Characters of text, items of a list, or the least value. Decimals and bigints as text. */
  readonly min: number | string | null
  readonly max: number | string | null
  readonly pattern: string | null
  /** Of `decimal`. */
  readonly precision: number | null
  readonly scale: number | null
}

export interface IndexModel {
  /** The name in the database. */
  readonly name: string
  readonly columns: readonly { readonly field: string; readonly descending: boolean }[]
  readonly unique: boolean
  /**
   * `declared` by the user, or needed by a reference, a rule, a unique field or the primary key.
   */
  readonly origin: 'primary' | 'declared' | 'reference' | 'unique'
}

/**
 * A list of rows that refer to a row: `/users/{id}/orders`, and the name to expand. Or of the rows
 * at the far end of a link.
 */
export interface InverseModel {
  /** The name on the referred-to resource: `lines`. */
  readonly name: string
  /** The referring resource. */
  readonly resource: string
  /** Its reference field. */
  readonly field: string
  /**
   * Where the referring resource is a link: its other reference, whose rows are shown in the place
   * of the link's own.
   */
  readonly across: { readonly field: string; readonly resource: string } | null
}

export interface ResourceModel {
  readonly kind: 'resource'
  /** As in paths: kebab-case, `order-lines`. */
  readonly name: string
  /** As in SQL: snake_case, `order_lines`, unquoted-safe or quoted by the compiler. */
  readonly table: string
  /** The property name in `parts`: `orderLines`. */
  readonly part: string
  /** System fields first: id, version, createdAt, updatedAt; then as declared. */
  readonly fields: readonly FieldModel[]
  readonly field: ReadonlyMap<string, FieldModel>
  readonly inverses: ReadonlyMap<string, InverseModel>
  /**
   * Every index the table has, the primary key first. Non-unique ones end in `id`, so that an order
   * by them is total.
   */
  readonly indexes: readonly IndexModel[]
  readonly access: Readonly<Record<'read' | 'create' | 'update' | 'delete', RuleNode>>
  readonly renamedFrom: string | null
  /** Whether this is the resource that `identity` made. */
  readonly identity: boolean
}

export interface CommandModel {
  readonly kind: 'command'
  readonly name: string
  readonly part: string
  readonly input: readonly FieldModel[]
  readonly output: OutputModel
  /** By the name that `fail` has: `outOfStock`. */
  readonly errors: ReadonlyMap<string, DeclaredErrorModel>
  readonly access: RuleNode
  /** Alias in `db` to resource name. */
  readonly uses: ReadonlyMap<string, string>
  readonly isolation: Isolation
  /** The user's function; `engine/pipeline` gives it its context. */
  readonly run: (context: never) => Promise<unknown>
}

export type OutputModel =
  | { readonly kind: 'none' }
  | { readonly kind: 'resource'; readonly resource: string }
  | { readonly kind: 'object'; readonly fields: readonly FieldModel[] }

export interface DeclaredErrorModel {
  /** `out-of-stock`: the `code` on the wire is `<command>.<name>`. */
  readonly name: string
  readonly status: number
  readonly title: string
  readonly data: readonly FieldModel[]
}

export interface QueryModel {
  readonly kind: 'query'
  readonly name: string
  readonly part: string
  readonly input: readonly FieldModel[]
  readonly output: readonly FieldModel[]
  readonly access: RuleNode
  /**
   * The user's function; `renderSql` of declare/sql.ts makes text and values of what it returns.
   */
  readonly sql: (input: never, context: QueryContext) => SqlSource
}

/** Code around an operation, inside its transaction. */
export interface HookModel {
  readonly kind: 'hook'
  readonly name: string
  /** Operation names: `products.update`, `checkout`. */
  readonly operations: readonly string[]
  readonly uses: ReadonlyMap<string, string>
  /** By the name that `fail` has. */
  readonly errors: ReadonlyMap<string, DeclaredErrorModel>
  readonly before: ((context: never) => unknown) | null
  readonly after: ((context: never) => unknown) | null
}

export interface IdentityModel {
  readonly resource: string
  readonly signUp: 'open' | 'closed'
  readonly roles: readonly string[]
}

/** A policy of rate limits: `quota` requests in `windowSeconds`, refilled evenly. */
export interface LimitModel {
  /** As in the headers: small letters, digits and `-`. */
  readonly name: string
  readonly by: LimitedBy
  readonly quota: number
  readonly windowSeconds: number
  /** Names of operations, or of resources for all of theirs; null: every operation. */
  readonly operations: ReadonlySet<string> | null
}

export interface Model {
  readonly name: string
  readonly resources: ReadonlyMap<string, ResourceModel>
  readonly commands: ReadonlyMap<string, CommandModel>
  readonly queries: ReadonlyMap<string, QueryModel>
  readonly hooks: readonly HookModel[]
  /** `default` and `authentication` are always among them. */
  readonly limits: readonly LimitModel[]
  readonly identity: IdentityModel | null
  /** Changes with every change of the declared tables: 12 hex digits. */
  readonly epoch: string
  /** The user's Fastify plugin, mounted beside the API; null where none is declared. */
  readonly wire: ((app: never) => unknown) | null
}
