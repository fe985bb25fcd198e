/** Figures of groups as types: what is asked for says what comes. */

import type { JsonValue } from '../declare/json.ts'
import type { OrderFilter, ResourceContract } from './contract.ts'

/** `count()`, `sum(total)`: what is measured in each group. */
export type Figure<R extends ResourceContract> =
  | 'count()'
  | `${'sum' | 'avg'}(${R['number']})`
  | `${'min' | 'max'}(${R['ordered']})`

type DaySpan = 'day' | 'week' | 'month' | 'quarter' | 'year'

/** `status`, `month(createdAt)`: what tells groups apart. */
export type GroupKey<R extends ResourceContract> =
  | R['sort']
  | `${DaySpan}(${R['day'] | R['moment']})`
  | `hour(${R['moment']})`

export interface AggregateOptions<
  R extends ResourceContract,
  S extends Figure<R>,
  G extends GroupKey<R>,
> {
  /** `count()` unless given; at most ten. */
  readonly select?: readonly S[]
  /** All rows are one group unless given; at most three. */
  readonly group?: readonly G[]
  /** Conditions on the figures of a group: `{ 'sum(total)': { gte: 100 } }`. */
  readonly having?: { readonly [K in Figure<R>]?: OrderFilter<number | bigint | string | Date> }
  /** By figures and by what is grouped by; by the latter unless given. */
  readonly sort?: readonly (Figure<R> | `-${Figure<R>}` | NoInfer<G> | `-${NoInfer<G>}`)[]
  /** Groups: 100 unless given, at most 1,000. */
  readonly limit?: number
}

export interface Groups<R extends ResourceContract, S, G> {
  readonly data: readonly Group<R, S, G>[]
  /** Whether there are more groups than the limit. */
  readonly more: boolean
}

/** `{ group: { status: 'paid' }, count: 3, sum: { total: '12.00' } }`. */
type Group<R extends ResourceContract, S, G> = {
  readonly [W in WordOf<S>]: W extends 'count' ? number : MeasuredBy<R, S, W>
} & ([G] extends [never] ? unknown : { readonly group: KeysOf<R, G> })

type WordOf<S> = S extends `${infer Word}(${string}` ? Word : never
type FieldOf<S, W extends string> = S extends `${W}(${infer Field})` ? Field : never

/** Of no rows there is no figure; sums and averages are exact, as text. */
type MeasuredBy<R extends ResourceContract, S, W extends string> = {
  readonly [F in FieldOf<S, W>]:
    | null
    | (W extends 'sum' | 'avg' ? string : F extends keyof R['row'] ? R['row'][F] : never)
}

/**
 * By field: a span is told by its first day, an hour by its first moment. A place in a document may
 * hold any value.
 */
type KeysOf<R extends ResourceContract, G> = {
  readonly [K in G as K extends `${string}(${infer F})` ? F : K & string]: K extends keyof R['row']
    ? R['row'][K]
    : K extends `${string}(${infer F})`
      ? string | (F extends keyof R['row'] ? Extract<R['row'][F], null> : never)
      : JsonValue
}
