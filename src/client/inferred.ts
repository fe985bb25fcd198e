/** The contract of a backend, read off the type of its declaration: nothing is generated. */

import type { Decimal } from '../base/decimal.ts'
import type { Backend, Parts } from '../declare/backend.ts'
import type { Command, Output } from '../declare/command.ts'
import type { DeclaredError, DeclaredErrors, ErrorDataOf } from '../declare/declared-error.ts'
import type {
  Field,
  FieldKind,
  InputOfShape,
  InverseOf,
  NamesOfKind,
  None,
  Shape,
  TargetOf,
  ValueOf,
  WrittenOf,
} from '../declare/field.ts'
import type { JsonValue } from '../declare/json.ts'
import type { Hook } from '../declare/hook.ts'
import type { Identity } from '../declare/identity.ts'
import type { Query } from '../declare/query.ts'
import type { PlaceNames, Resource } from '../declare/resource.ts'
import type {
  BooleanFilter,
  ChoiceFilter,
  HeaderFilter,
  OrderFilter,
  PlaceFilter,
  PresenceFilter,
  RowHeader,
  TextFilter,
} from './contract.ts'

/** The types of all that a backend declares. */
export type ContractOf<B extends Backend> = {
  readonly resources: ResourcesOf<B['parts']>
  readonly commands: CommandsOf<B['parts']>
  readonly queries: QueriesOf<B['parts']>
  readonly auth: AuthOf<B['parts']>
}

type ResourcesOf<P extends Parts> = {
  readonly [
    K in keyof P as P[K]['kind'] extends 'resource' ? CamelCased<P[K]['name']> : never
  ]: P[K] extends infer R extends Resource ? ResourceOf<P, R> : never
}

type CommandsOf<P extends Parts> = {
  readonly [
    K in keyof P as P[K]['kind'] extends 'command' ? CamelCased<P[K]['name']> : never
  ]: P[K] extends Command<infer Name, infer I, infer O, infer E>
    ? {
        readonly input: Sent<InputOfShape<I>>
        readonly output: OutputOf<O>
        readonly errors: ErrorsOf<Name, E> | CallErrors<P, Name>
      }
    : never
}

type QueriesOf<P extends Parts> = {
  readonly [
    K in keyof P as P[K]['kind'] extends 'query' ? CamelCased<P[K]['name']> : never
  ]: P[K] extends Query<infer Name, infer I, infer O>
    ? {
        readonly input: Sent<InputOfShape<I>>
        readonly row: ValuesOnWire<O>
        readonly errors: CallErrors<P, Name>
      }
    : never
}

type ResourceOf<P extends Parts, R extends Resource> = {
  readonly row: RowOf<R>
  readonly create: Written<Writable<R>, InputOfShape<Writable<R>>> & { readonly id?: string }
  readonly replace: Whole<Writable<R>>
  readonly update: { readonly [K in keyof Writable<R>]?: SentField<Writable<R>[K]> }
  readonly filter: HeaderFilter & {
    readonly [K in keyof R['fields']]?: FilterOf<R['fields'][K]>
  } & { readonly [K in PlaceNames<R['fields']>]?: PlaceFilter }
  readonly sort: keyof RowHeader | NamesOfKind<R['fields'], SortableKind> | PlaceNames<R['fields']>
  readonly number: 'version' | NamesOfKind<R['fields'], NumberKind>
  readonly ordered: Exclude<keyof RowHeader, 'id'> | NamesOfKind<R['fields'], OrderedKind>
  readonly moment: 'createdAt' | 'updatedAt' | NamesOfKind<R['fields'], 'timestamp'>
  readonly day: NamesOfKind<R['fields'], 'date'>
  readonly one: {
    readonly [K in NamesOfKind<R['fields'], 'ref'>]: CamelCased<TargetOf<R['fields'][K]>>
  }
  readonly many: InversesOf<P, R['name']>
  readonly errors: HookErrors<P, R['name']>
}

type SortableKind = Exclude<FieldKind, 'document' | 'list' | 'object'>
type NumberKind = 'integer' | 'bigint' | 'decimal'
type OrderedKind = NumberKind | 'text' | 'date' | 'timestamp'

/** What `identity` adds, which only who may manage accounts reads and nobody writes. */
type AccountField = 'email' | 'roles'

type IsIdentity<R extends Resource> = null extends R['identity'] ? false : true

type Writable<R extends Resource> =
  IsIdentity<R> extends true ? Omit<R['fields'], AccountField> : R['fields']

type RowOf<R extends Resource> =
  IsIdentity<R> extends true
    ? Flat<
        RowHeader &
          ValuesOnWire<Omit<R['fields'], AccountField>> & {
            readonly [K in AccountField]?: WireField<R['fields'][K]>
          }
      >
    : Flat<RowHeader & ValuesOnWire<R['fields']>>

/** An empty object where there is no such member. */
type Get<T, Name extends string> = Name extends keyof T ? T[Name] : None

type Flat<T> = { readonly [K in keyof T]: T[K] }

type Written<S extends Shape, I> = {
  readonly [K in keyof I]: K extends keyof S ? SentField<S[K]> : never
}

type OptionalNames<S extends Shape> = {
  [K in keyof S]: null extends WrittenOf<S[K]> ? K : never
}[keyof S]

type Whole<S extends Shape> = Flat<
  { readonly [K in Exclude<keyof S, OptionalNames<S>>]: SentField<S[K]> } & {
    readonly [K in OptionalNames<S>]?: SentField<S[K]>
  }
>

type AuthOf<P extends Parts> = [Extract<P[keyof P], Identity>] extends [never]
  ? null
  : Extract<P[keyof P], Identity> extends infer R extends Identity
    ? {
        readonly signUp: R['identity']['signUp']
        readonly account: Account<Writable<R>>
        readonly errors: Get<HookErrors<P, 'users'>, 'create'>
      }
    : never

type Account<S extends Shape> = Flat<
  Written<S, InputOfShape<S>> & { readonly email: string; readonly password: string }
>

type OutputOf<O extends Output> = O extends Resource
  ? RowOf<O>
  : O extends Shape
    ? ValuesOnWire<O>
    : null

type ErrorsOf<Name extends string, E extends DeclaredErrors> = {
  readonly [K in keyof E & string as `${Name}.${KebabCased<K>}`]: E[K] extends DeclaredError
    ? Wire<ErrorDataOf<E[K]>>
    : never
}

/** Of the hooks around a command or a query. */
type CallErrors<P extends Parts, Name extends string> = Get<HookErrors<P, Name>, 'call'>

/** Of the hooks that stand around `Name`, by operation: data by code, one such for each hook. */
type HookErrors<P extends Parts, Name extends string> = Get<ErrorsAround<P>, Name>

/** Of all hooks at once, so that it is made once. */
type ErrorsAround<P extends Parts> = {
  readonly [On in AroundIn<P[keyof P]>['on']]: {
    readonly [
      H in Extract<AroundIn<P[keyof P]>, { readonly on: On }> as H['operation']
    ]: H['errors']
  }
}

interface Around<On extends string, Op extends string, Errors> {
  readonly on: On
  readonly operation: Op
  readonly errors: Errors
}

type AroundIn<T> =
  T extends Hook<infer Name, infer On, infer Op, infer E>
    ? [keyof E] extends [never]
      ? never
      : Around<On['name'], On extends Resource ? Op : 'call', ErrorsOf<Name, E>>
    : never

/** Exact numbers and moments are text on the wire. */
type TextKind = 'bigint' | 'decimal' | 'timestamp'

type ValuesOnWire<S extends Shape> = { readonly [K in keyof S]: WireField<S[K]> }

type WireField<F extends Field> = F['kind'] extends TextKind
  ? string | Extract<ValueOf<F>, null>
  : F['kind'] extends 'list' | 'object'
    ? Wire<ValueOf<F>>
    : ValueOf<F>

type SentField<F extends Field> = F['kind'] extends TextKind | 'list' | 'object'
  ? Sent<WrittenOf<F>>
  : WrittenOf<F>

/** What comes as JSON. */
type Wire<V> = V extends JsonValue
  ? V
  : V extends Decimal | bigint | Date
    ? string
    : { readonly [K in keyof V]: Wire<V[K]> }

/** What is written as JSON: a `Date` and a `bigint` write themselves. */
type Sent<V> = V extends Decimal
  ? string
  : V extends bigint
    ? bigint | string
    : V extends Date
      ? Date | string
      : V extends JsonValue
        ? V
        : { readonly [K in keyof V]: Sent<V[K]> }

interface FiltersOfKind<V> {
  readonly text: TextFilter
  readonly integer: OrderFilter<number>
  readonly bigint: OrderFilter<bigint | string>
  readonly decimal: OrderFilter<string>
  readonly boolean: BooleanFilter
  readonly date: OrderFilter<string>
  readonly timestamp: OrderFilter<Date | string>
  readonly uuid: ChoiceFilter<string>
  readonly choice: ChoiceFilter<V & string>
  readonly ref: ChoiceFilter<string>
  readonly document: PresenceFilter
  readonly list: PresenceFilter
  readonly object: PresenceFilter
}

type FilterOf<F extends Field> = FiltersOfKind<ValueOf<F>>[F['kind']]

/** By the name of the inverse: the resource whose references name `Target`. */
type InversesOf<P extends Parts, Target extends string> = ReferencesTo<P>[Target &
  keyof ReferencesTo<P>] extends infer To
  ? { readonly [E in To as EndOf<E, 'inverse'>]: EndOf<E, 'from'> }
  : never

type AnyReference = Reference<string, string, string>
type EndOf<E, Name extends keyof AnyReference> = E extends AnyReference ? E[Name] : never

interface Reference<From extends string, Target extends string, Inverse extends string> {
  readonly from: From
  readonly target: Target
  readonly inverse: Inverse
}

/** Of all resources at once, so that it is made once. */
type ReferencesTo<P extends Parts> = {
  readonly [E in ReferencesIn<P[keyof P]> as E['target']]: E
}

type ReferencesIn<T> =
  T extends Resource<infer Name, infer S, infer L>
    ? | FarLists<S, L>
      | {
          [F in NamesOfKind<S, 'ref'>]: Reference<
            CamelCased<Name>,
            TargetOf<S[F]>,
            InverseName<Name, InverseOf<S[F]>>
          >
        }[NamesOfKind<S, 'ref'>]
    : never

/** Of a link: from the resource of one reference the rows of the other. */
type FarLists<S extends Shape, L> =
  L extends Readonly<Record<string, string>>
    ? {
        [K in keyof L & keyof S]: Reference<
          CamelCased<TargetOf<S[K]>>,
          TargetOf<S[Exclude<keyof L, K> & keyof S]>,
          L[K]
        >
      }[keyof L & keyof S]
    : never

type InverseName<Name extends string, Declared> = Declared extends string
  ? Declared
  : Declared extends false
    ? never
    : CamelCased<Name>

type Digit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9'

/** `order-lines` -> `orderLines`; a dash before a digit stays, or the way back would be lost. */
type CamelCased<S extends string> = S extends `${infer A}-${infer B}`
  ? B extends `${Digit}${string}`
    ? `${A}-${CamelCased<B>}`
    : `${A}${Capitalize<CamelCased<B>>}`
  : S

/** `outOfStock` -> `out-of-stock`. */
type KebabCased<S extends string> = S extends `${infer Head}${infer Rest}`
  ? Head extends Lowercase<Head>
    ? `${Head}${KebabCased<Rest>}`
    : `-${Lowercase<Head>}${KebabCased<Rest>}`
  : S
