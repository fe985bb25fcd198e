/** The words that a `backend.ts` imports: declaring loads no driver and no HTTP library. */

export { Decimal, decimal } from './base/decimal.ts'
export { Problem } from './base/errors.ts'
export type { Caller } from './base/caller.ts'
export { access } from './declare/access.ts'
export { backend } from './declare/backend.ts'
export type { Backend, Part, Parts } from './declare/backend.ts'
export { command } from './declare/command.ts'
export type { Command, CommandContext, Isolation } from './declare/command.ts'
export type { DeclaredError, DeclaredErrors, ErrorDataOf, Fail } from './declare/declared-error.ts'
export type { Field, FieldKind, OnDelete, Shape } from './declare/field.ts'
export { field } from './declare/fields.ts'
export { hook } from './declare/hook.ts'
export type { AfterContext, BeforeContext, Hook } from './declare/hook.ts'
export type { RowOperation } from './declare/row-operation.ts'
export { identity } from './declare/identity.ts'
export type { JsonObject, JsonValue } from './declare/json.ts'
export { query } from './declare/query.ts'
export type { Query, QueryContext } from './declare/query.ts'
export type {
  FilterOf,
  ListOptions,
  LockedRows,
  Repositories,
  Repository,
} from './declare/repository.ts'
export { resource } from './declare/resource.ts'
export type { EventDeclaration, InputOf, PatchOf, Resource, RowOf } from './declare/resource.ts'
export type { FilterOperator, Rule } from './declare/rule.ts'
export { sql } from './declare/sql.ts'
export type { CompiledSql, SqlFragment, SqlSource } from './declare/sql.ts'
export { seed } from './declare/seed.ts'
export type { Seed, SeedAccount, SeedContext } from './declare/seed.ts'
