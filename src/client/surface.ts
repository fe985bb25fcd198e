/** The client as types: what can be called on the contract of a backend. */

import type { AggregateOptions, Figure, GroupKey, Groups } from './aggregate.ts'
import type {
  AuthContract,
  CallOptions,
  CommandContract,
  Contract,
  QueryContract,
  ResourceContract,
  Versioned,
} from './contract.ts'
import type { Call, FailureOf, ProblemOf } from './problem.ts'

/** Whether a write that must not run twice needs a `key` in the program, or gets one by itself. */
export type KeyMode = 'explicit' | 'automatic'

/**
 * `key` says which writes are the same one: sent again under its key, it runs once. `null`: it may
 * run twice, so it is never sent again; that is also how callers who are not signed in write.
 */
export interface Keyed {
  readonly key: string | null
}

interface ChangeOptions extends CallOptions, Partial<Keyed> {}

/** What must not run twice. */
export type WriteOptions<M extends KeyMode> = CallOptions &
  (M extends 'automatic' ? Partial<Keyed> : Keyed)

/** Who leaves them out is told by the compiler that `optionsWithKey` were not provided. */
export type OptionsWithKey<M extends KeyMode, O> = M extends 'automatic'
  ? [options?: O]
  : [optionsWithKey: O]

export interface CommandCall<D extends CommandContract, M extends KeyMode> {
  (
    input: InputOf<D>,
    ...optionsWithKey: OptionsWithKey<M, WriteOptions<M>>
  ): Call<D['output'], ProblemOf<D['errors']>>
}

export interface QueryCall<D extends QueryContract> {
  (
    ...args: None extends D['input']
      ? [input?: InputOf<D>, options?: CallOptions]
      : [input: InputOf<D>, options?: CallOptions]
  ): Call<readonly D['row'][], ProblemOf<D['errors']>>
}

/** No member asked for, none given. */
export type None = { readonly [K in never]: never }

/** Of an operation without input: an object of nothing, since `{}` would take anything. */
export type InputOf<D extends CommandContract | QueryContract> = [keyof D['input']] extends [never]
  ? Readonly<Record<string, never>>
  : D['input']

type Names<T> = keyof T & string
export type FieldName<R extends ResourceContract> = Names<R['row']>
type Relation<R extends ResourceContract> = Names<R['one']> | Names<R['many']>

type Related<C extends Contract, R extends ResourceContract, K> = (
  K extends keyof R['one'] ? R['one'][K] : K extends keyof R['many'] ? R['many'][K] : never
) extends infer Name
  ? Name extends keyof C['resources']
    ? C['resources'][Name] extends infer Target extends ResourceContract
      ? Target
      : never
    : never
  : never

/**
 * `{ customer: true, lines: { fields: ['quantity'], expand: { product: true } } }`, as far as it is
 * looked at while types are inferred: `Exact` looks at the rest.
 */
export type Expand<R extends ResourceContract> = { readonly [K in Relation<R>]?: true | object }

/** Refuses, at every depth, what is no relation, no field, or neither `fields` nor `expand`. */
type Exact<C extends Contract, R extends ResourceContract, X> = {
  readonly [K in keyof X]: K extends Relation<R>
    ? X[K] extends true
      ? true
      : ExactView<C, Related<C, R, K>, X[K]>
    : never
}

type ExactView<C extends Contract, R extends ResourceContract, V> = {
  readonly [K in keyof V]: K extends 'fields'
    ? readonly FieldName<R>[]
    : K extends 'expand'
      ? Exact<C, R, V[K]>
      : never
}

/** A row with the chosen fields `F` (all of them where that is never) and related rows `X`. */
export type Seen<C extends Contract, R extends ResourceContract, F, X> = {
  readonly [
    K in keyof R['row'] as K extends keyof X
      ? never
      : [F] extends [never]
        ? K
        : K extends F
          ? K
          : never
  ]: R['row'][K]
} & {
  readonly [K in keyof X]: K extends keyof R['one']
    ? SeenBy<C, Related<C, R, K>, X[K]> | null
    : readonly SeenBy<C, Related<C, R, K>, X[K]>[]
}

type SeenBy<C extends Contract, R extends ResourceContract, V> = Seen<
  C,
  R,
  V extends { readonly fields: readonly (infer F)[] } ? F : never,
  V extends { readonly expand: infer X } ? X : None
>

export interface Viewing<
  C extends Contract,
  R extends ResourceContract,
  F extends FieldName<R>,
  X,
> {
  /** Only these fields; all unless given. */
  readonly fields?: readonly F[]
  /** Rows that a reference names or that refer to the row. */
  readonly expand?: X & Exact<C, R, X>
}

export interface ListOptions<R extends ResourceContract> {
  /** `name` ascending, `-name` descending; by id unless given. An index must give the order. */
  readonly sort?: readonly (R['sort'] | `-${R['sort']}`)[]
  /** Rows of a page: 20 unless given, at most 100. */
  readonly limit?: number
}

export interface PageOptions<Counted extends boolean> {
  readonly after?: string
  /** Counts all rows that meet the filters; each page that asks pays for it. */
  readonly withTotal?: Counted
}

export interface Page<Row> {
  readonly data: readonly Row[]
  /** The `after` of the next page; null on the last one. */
  readonly next: string | null
}

interface CountedPage<Row> extends Page<Row> {
  /** `exact` is false where there are more rows than were counted. */
  readonly total: { readonly rows: number; readonly exact: boolean }
}

/** With `withTotal: true` it has a total. */
export type PageOf<Row, Counted extends boolean> = Counted extends true
  ? CountedPage<Row>
  : Page<Row>

export interface ResourceClient<C extends Contract, R extends ResourceContract, M extends KeyMode> {
  get<const F extends FieldName<R> = never, const X extends Expand<R> = None>(
    id: string,
    options?: CallOptions & Viewing<C, R, F, X>,
  ): Call<Seen<C, R, F, X>, FailureOf<R['errors'], 'read'>>
  /** One page. All filters hold together; null asks for what has no value. */
  list<
    const F extends FieldName<R> = never,
    const X extends Expand<R> = None,
    T extends boolean = false,
  >(
    filter?: R['filter'],
    options?: CallOptions & ListOptions<R> & PageOptions<T> & Viewing<C, R, F, X>,
  ): Call<PageOf<Seen<C, R, F, X>, T>, FailureOf<R['errors'], 'list'>>
  /** Row by row through all pages; each page is asked for when it is reached. */
  each<const F extends FieldName<R> = never, const X extends Expand<R> = None>(
    filter?: R['filter'],
    options?: CallOptions & ListOptions<R> & Viewing<C, R, F, X>,
  ): AsyncGenerator<Seen<C, R, F, X>, void, void>
  /** Figures of the rows that meet the filters, by groups. */
  aggregate<const S extends Figure<R> = 'count()', const G extends GroupKey<R> = never>(
    filter?: R['filter'],
    options?: CallOptions & AggregateOptions<R, S, G>,
  ): Call<Groups<R, S, G>, FailureOf<R['errors'], 'aggregate'>>
  create<const F extends FieldName<R> = never, const X extends Expand<R> = None>(
    input: R['create'],
    ...optionsWithKey: OptionsWithKey<M, WriteOptions<M> & Viewing<C, R, F, X>>
  ): Call<Seen<C, R, F, X>, FailureOf<R['errors'], 'create'>>
  /**
   * Changes what `changes` names. Given a row, the change holds only for the version that the row
   * has, else it fails with `run.stale`; given an id, for any.
   */
  update<const F extends FieldName<R> = never, const X extends Expand<R> = None>(
    target: string | Versioned,
    changes: R['update'],
    options?: ChangeOptions & Viewing<C, R, F, X>,
  ): Call<Seen<C, R, F, X>, FailureOf<R['errors'], 'update'>>
  /** Writes every field; an optional one that is left out becomes null. `target` as in `update`. */
  replace<const F extends FieldName<R> = never, const X extends Expand<R> = None>(
    target: string | Versioned,
    values: R['replace'],
    options?: ChangeOptions & Viewing<C, R, F, X>,
  ): Call<Seen<C, R, F, X>, FailureOf<R['errors'], 'replace'>>
  /**
   * Reads the row, changes what `change` makes of it, and begins anew when it changed meanwhile: no
   * change of others is lost. At most `attemptsMax` times, 5 unless given.
   */
  edit(
    id: string,
    change: (row: R['row']) => R['update'] | Promise<R['update']>,
    options?: CallOptions & { readonly attemptsMax?: number },
  ): Call<R['row'], FailureOf<R['errors'], 'read' | 'update'>>
  /** `target` as in `update`. */
  delete(
    target: string | Versioned,
    options?: ChangeOptions,
  ): Call<void, FailureOf<R['errors'], 'delete'>>
}

export interface Account {
  readonly id: string
  readonly email: string
  readonly roles: readonly string[]
}

/** One signed-in browser or program of the user. */
export interface SessionEntry {
  readonly id: string
  readonly createdAt: string
  readonly lastUsedAt: string
  readonly expiresAt: string
  readonly address: string | null
  readonly agent: string | null
  readonly current: boolean
}

export interface Credentials {
  readonly email: string
  readonly password: string
}

export type AuthClient<A extends AuthContract> = SessionClient &
  (A['signUp'] extends 'open' ? SignUpClient<A> : unknown)

interface SignUpClient<A extends AuthContract> {
  /** Makes the user and signs in. */
  signUp(input: A['account'], options?: CallOptions): Call<Account, ProblemOf<A['errors']>>
}

interface SessionClient {
  signIn(credentials: Credentials, options?: CallOptions): Call<Account>
  /** Ends the session. */
  signOut(options?: CallOptions): Call<void>
  /** `session` is null for who came with an API key. */
  me(options?: CallOptions): Call<Account & { readonly session: string | null }>
  /** Every other session of the user ends. */
  changePassword(
    input: { readonly current: string; readonly next: string },
    options?: CallOptions,
  ): Call<void>
  sessions(options?: CallOptions): Call<readonly SessionEntry[]>
  endSession(id: string, options?: CallOptions): Call<void>
  endOtherSessions(options?: CallOptions): Call<void>
  /** The key itself is in this answer and never again; it goes where an access token goes. */
  createApiKey(input: NewApiKey, options?: CallOptions): Call<MadeApiKey>
  apiKeys(options?: CallOptions): Call<readonly ApiKey[]>
  revokeApiKey(id: string, options?: CallOptions): Call<void>
  /** All of the caller's. */
  revokeApiKeys(options?: CallOptions): Call<void>
}

export interface NewApiKey {
  /** The caller's own. */
  readonly password: string
  /** What it is for. */
  readonly name: string
  /** 90 unless given, 366 at most. */
  readonly expiresInDays?: number
  /** `orders.read`, `orders`, `checkout`; whatever the user may do unless given. */
  readonly scopes?: readonly string[]
}

/** Times in RFC 3339. */
export interface ApiKey {
  readonly id: string
  readonly name: string
  /** The first characters of the key. */
  readonly prefix: string
  /** Null: whatever the user may do. */
  readonly scopes: readonly string[] | null
  readonly createdAt: string
  readonly lastUsedAt: string | null
  readonly expiresAt: string
}

export interface MadeApiKey extends ApiKey {
  readonly key: string
}
