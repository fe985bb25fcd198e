/** Repositories as types: what `db.products` can do inside a command or hook. */

import type { Caller } from '../base/caller.ts'
import type { FieldKind, NamesOfKind, Shape, WrittenOf } from './field.ts'
import { made, mapOf } from './form.ts'
import type { InputOf, PatchOf, PlaceNames, Resource, RowOf, SystemValues } from './resource.ts'

type Ordered = 'gt' | 'gte' | 'lt' | 'lte'
type TextOnly = 'contains' | 'startsWith'
type ScalarKind = Exclude<FieldKind, 'document' | 'list' | 'object'>

/** The comparisons of one field; all that are given hold together. */
type Comparison<Value, Kind extends FieldKind> = {
  readonly eq?: Value
  readonly ne?: Value
  readonly in?: readonly Value[]
  readonly isNull?: boolean
} & { readonly [O in Kind extends 'boolean' | 'choice' ? never : Ordered]?: Value } & {
  readonly [O in Kind extends 'text' ? TextOnly : never]?: string
}

type FieldFilter<Written, Kind extends FieldKind> = Written | Comparison<NonNullable<Written>, Kind>

type SystemFilter = {
  readonly id?: FieldFilter<string, 'uuid'>
  readonly version?: FieldFilter<number, 'integer'>
  readonly createdAt?: FieldFilter<Date, 'timestamp'>
  readonly updatedAt?: FieldFilter<Date, 'timestamp'>
}

/** What may stand anywhere in a document. */
type PlaceValue = string | number | boolean
type PlaceFilter =
  | PlaceValue
  | null
  | ({ readonly [O in 'eq' | 'ne' | Ordered | 'contains']?: PlaceValue } & {
      readonly in?: readonly PlaceValue[]
      readonly startsWith?: string
      readonly isNull?: boolean
    })

type FilterOfShape<S extends Shape> = SystemFilter & {
  readonly [K in NamesOfKind<S, ScalarKind>]?: FieldFilter<WrittenOf<S[K]>, S[K]['kind']>
} & {
  readonly [K in NamesOfKind<S, 'document' | 'list' | 'object'>]?: {
    readonly isNull: boolean
  } | null
} & { readonly [K in PlaceNames<S>]?: PlaceFilter }

/** `{ status: 'pending', createdAt: { lt: yesterday }, note: null }`: all of it must hold. */
export type FilterOf<R extends Resource> = FilterOfShape<R['fields']>

type SortName<R extends Resource> =
  | NamesOfKind<R['fields'], ScalarKind>
  | PlaceNames<R['fields']>
  | keyof SystemValues

export interface ListOptions<R extends Resource> {
  /** `name` ascending, `-name` descending; by id unless given. */
  readonly sort?: readonly (SortName<R> | `-${SortName<R>}`)[]
  /** Rows; `limits.listLimitMax` unless given. */
  readonly limit?: number
}

/** Rows held against change by others until the transaction ends. */
export interface LockedRows<Row> extends Iterable<Row> {
  readonly size: number
  has(id: string): boolean
  /**
   * Throws a `validate.invalid` problem when no row has the id, as a reference to it in an input
   * does.
   */
  get(id: string): Row
}

/**
 * Rejects with `Problem`: `run.not-found`, `run.conflict`, `run.stale`, `run.referenced`,
 * `validate.invalid`.
 */
export interface Repository<R extends Resource> {
  /** Rejects with `run.not-found` when there is no such row. */
  get(id: string): Promise<RowOf<R>>
  /** The first row by id. */
  find(filter: FilterOf<R>): Promise<RowOf<R> | null>
  list(filter?: FilterOf<R>, options?: ListOptions<R>): Promise<readonly RowOf<R>[]>
  count(filter?: FilterOf<R>): Promise<number>
  /**
   * Takes the rows FOR NO KEY UPDATE, in id order: two commands that each lock once never wait for
   * each other in a circle. Those that lock in several calls, or delete a locked row (which takes a
   * stronger lock), may; PostgreSQL then ends one of them, and its command runs again.
   */
  lock(ids: readonly string[]): Promise<LockedRows<RowOf<R>>>
  create(input: InputOf<R>): Promise<RowOf<R>>
  /** In the order given. */
  createMany(inputs: readonly InputOf<R>[]): Promise<readonly RowOf<R>[]>
  /** With `version`, rejects with `run.stale` unless the row still has it. */
  update(id: string, patch: PatchOf<R>, options?: { readonly version?: number }): Promise<RowOf<R>>
  /** Resolves to the number of rows changed. */
  updateWhere(filter: FilterOf<R>, patch: PatchOf<R>): Promise<number>
  delete(id: string, options?: { readonly version?: number }): Promise<void>
  /** Resolves to the number of rows deleted. */
  deleteWhere(filter: FilterOf<R>): Promise<number>
}

/** The resources that a command or hook works with, under the names it gives them. */
export type Uses = Readonly<Record<string, Resource>>

export const usesForm = mapOf(made('a resource', 'resource'), 'an object of resources')

/** Repositories that act as the engine: the access of the command was its guard. */
export type Repositories<U extends Uses> = { readonly [K in keyof U]: Repository<U[K]> } & {
  /** The same repositories, held to what the caller may do. */
  as(caller: Caller): { readonly [K in keyof U]: Repository<U[K]> }
}
