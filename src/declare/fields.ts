/** The words for fields: `field.text`, `field.ref` and the rest. */

import type { Decimal } from '../base/decimal.ts'
import type {
  Field,
  FieldAccess,
  FieldKind,
  FieldOptions,
  InputOfShape,
  OnDelete,
  Shape,
} from './field.ts'
import type { TargetOf, ValueOf, ValuesOf, WrittenOf } from './field.ts'
import type { JsonObject } from './json.ts'

/** Options that every field takes. `Optional` and `Default` are inferred from what is written. */
interface Common<Optional extends boolean, Default> {
  /** May be null, and may be left out of an input. */
  readonly optional?: Optional
  /** Taken when a create leaves the field out. */
  readonly default?: Default
  /** The name that the field had before: its column is renamed and keeps its values. */
  readonly renamedFrom?: string
  readonly access?: FieldAccess
}

interface Unique {
  /** No two rows hold the same value. */
  readonly unique?: boolean
}

interface TextOptions<O extends boolean, D> extends Common<O, D>, Unique {
  /** Characters (code points). */
  readonly min?: number
  readonly max?: number
  /**
   * Must match somewhere; anchor it with ^ and $ to match all of the text. Read with the `u` flag.
   */
  readonly pattern?: RegExp
}

interface RangeOptions<O extends boolean, D, Bound> extends Common<O, D>, Unique {
  readonly min?: Bound
  readonly max?: Bound
}

interface DecimalOptions<O extends boolean, D> extends RangeOptions<O, D, string> {
  /** All digits. */
  readonly precision: number
  /** Digits after the point. */
  readonly scale: number
}

interface ListOptions<O extends boolean, D> extends Common<O, D> {
  /** Items. */
  readonly min?: number
  readonly max?: number
}

interface RefOptions<O extends boolean, D> extends Common<O, D>, Unique {
  /** The name of the list of referring rows on the row referred to; `false`: there is none. */
  readonly inverse?: string | false
  /** What becomes of this row when the row it refers to is deleted; `restrict` unless declared. */
  readonly onDelete?: OnDelete
}

type Nullable<Value, O extends boolean> = O extends true ? Value | null : Value
type Omissible<O extends boolean, D> = O extends true ? true : [D] extends [never] ? false : true
type Made<
  K extends FieldKind,
  Value,
  O extends boolean,
  D,
  Written = Value,
  Target extends string = never,
> = Field<K, Nullable<Value, O>, Nullable<Written, O>, Omissible<O, D>, Target>

type Member = Field | Shape
type MemberValue<M extends Member> = M extends Field
  ? ValueOf<M>
  : M extends Shape
    ? ValuesOf<M>
    : never
type MemberWritten<M extends Member> = M extends Field
  ? WrittenOf<M>
  : M extends Shape
    ? InputOfShape<M>
    : never
type MemberTarget<M extends Member> = M extends Field
  ? TargetOf<M>
  : M extends Shape
    ? TargetOf<M[keyof M]>
    : never

function make<K extends FieldKind>(
  kind: K,
  options: FieldOptions,
): { readonly kind: K; readonly options: FieldOptions } {
  return Object.freeze({ kind, options: Object.freeze({ ...options }) })
}

export const field = Object.freeze({
  /** Text in Unicode, up to `limits.textCharsMax` characters unless `max` says less. */
  text<O extends boolean = false, D extends string = never>(
    options: TextOptions<O, D> = {},
  ): Made<'text', string, O, D> {
    return make('text', options)
  },

  /** A whole number of 32 bits. */
  integer<O extends boolean = false, D extends number = never>(
    options: RangeOptions<O, D, number> = {},
  ): Made<'integer', number, O, D> {
    return make('integer', options)
  },

  /** A whole number of 64 bits: `bigint` in code, a string on the wire. */
  bigint<O extends boolean = false, D extends bigint = never>(
    options: RangeOptions<O, D, bigint> = {},
  ): Made<'bigint', bigint, O, D> {
    return make('bigint', options)
  },

  /**
   * An exact decimal number: `Decimal` in code (written also as a string), a string on the wire.
   */
  decimal<O extends boolean = false, D extends string = never>(
    options: DecimalOptions<O, D>,
  ): Made<'decimal', Decimal, O, D, Decimal | string> {
    return make('decimal', options)
  },

  boolean<O extends boolean = false, D extends boolean = never>(
    options: Common<O, D> = {},
  ): Made<'boolean', boolean, O, D> {
    return make('boolean', options)
  },

  /** A day, `YYYY-MM-DD`. */
  date<O extends boolean = false, D extends string = never>(
    options: Common<O, D> & Unique = {},
  ): Made<'date', string, O, D> {
    return make('date', options)
  },

  /** A moment, to the millisecond: `Date` in code, RFC 3339 on the wire. */
  timestamp<O extends boolean = false, D extends 'now' | Date = never>(
    options: Common<O, D> & Unique = {},
  ): Made<'timestamp', Date, O, D> {
    return make('timestamp', options)
  },

  uuid<O extends boolean = false, D extends string = never>(
    options: Common<O, D> & Unique = {},
  ): Made<'uuid', string, O, D> {
    return make('uuid', options)
  },

  /** One of the given words. */
  choice<const V extends string, O extends boolean = false, D extends NoInfer<V> = never>(
    values: readonly V[],
    options: Common<O, D> = {},
  ): Made<'choice', V, O, D> {
    return make('choice', { ...options, values: Object.freeze([...values]) })
  },

  /** A JSON object without a schema. */
  document<O extends boolean = false, D extends JsonObject = never>(
    options: Common<O, D> = {},
  ): Made<'document', JsonObject, O, D> {
    return make('document', options)
  },

  /** Items of one field (`field.list(field.text())`) or of one shape (`field.list({ ... })`). */
  list<M extends Member, O extends boolean = false, D extends readonly MemberWritten<M>[] = never>(
    members: M,
    options: ListOptions<O, D> = {},
  ): Made<'list', readonly MemberValue<M>[], O, D, readonly MemberWritten<M>[], MemberTarget<M>> {
    return make('list', { ...options, members })
  },

  /** A JSON object with declared members. */
  object<S extends Shape, O extends boolean = false, D extends InputOfShape<S> = never>(
    members: S,
    options: Common<O, D> = {},
  ): Made<'object', ValuesOf<S>, O, D, InputOfShape<S>, MemberTarget<S>> {
    return make('object', { ...options, members })
  },

  /**
   * A row of another resource, named by its name so that models may be circular; its id in code and
   * on the wire.
   */
  ref<const Target extends string, O extends boolean = false, D extends 'caller' = never>(
    target: Target,
    options: RefOptions<O, D> = {},
  ): Made<'ref', string, O, D, string, Target> {
    return make('ref', { ...options, target })
  },
})
