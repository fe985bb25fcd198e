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
import { anything, bigint, flag, listOf, members, number, oneOf, pattern, record } from './form.ts'
import { readDefinition, required, resourceName, rule, shape, text, textOrFalse } from './form.ts'
import type { Form, Options } from './form.ts'
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

interface RefOptions<O extends boolean, D, I> extends Common<O, D>, Unique {
  /** The name of the list of referring rows on the row referred to; `false`: there is none. */
  readonly inverse?: I
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
  Inverse = undefined,
> = Field<K, Nullable<Value, O>, Nullable<Written, O>, Omissible<O, D>, Target, Inverse>

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

const common: Options<Common<boolean, unknown>> = {
  optional: flag,
  default: anything,
  renamedFrom: text,
  access: record({ read: rule, write: rule } satisfies Options<FieldAccess>),
}
const keyed: Options<Common<boolean, unknown> & Unique> = { ...common, unique: flag }

/** Besides what the word itself takes before its options. */
const optionsOfKind: Readonly<Record<FieldKind, Form>> = {
  text: record({ ...keyed, min: number, max: number, pattern } satisfies Options<
    TextOptions<boolean, unknown>
  >),
  integer: record({ ...keyed, min: number, max: number }),
  bigint: record({ ...keyed, min: bigint, max: bigint }),
  decimal: record({
    ...keyed,
    min: text,
    max: text,
    precision: required(number),
    scale: required(number),
  } satisfies Options<DecimalOptions<boolean, unknown>>),
  boolean: record(common),
  date: record(keyed),
  timestamp: record(keyed),
  uuid: record(keyed),
  choice: record(common),
  document: record(common),
  list: record({ ...common, min: number, max: number } satisfies Options<
    ListOptions<boolean, unknown>
  >),
  object: record(common),
  ref: record({
    ...keyed,
    inverse: textOrFalse,
    onDelete: oneOf(['restrict', 'cascade', 'clear'] satisfies readonly OnDelete[]),
  } satisfies Options<RefOptions<boolean, unknown, string | false>>),
}

/** What a word takes before its options. */
type Subject = Pick<FieldOptions, 'values' | 'members' | 'target'>

const subjectOfKind: Readonly<Partial<Record<FieldKind, Form>>> = {
  choice: record({ values: required(listOf(text, 'a list of words')) }),
  list: record({ members: required(members) }),
  object: record({ members: required(shape) }),
  ref: record({ target: required(resourceName) }),
}

function copied<V>(values: readonly V[]): readonly V[] {
  return Array.isArray(values) ? Object.freeze([...values]) : values
}

function make<K extends FieldKind>(
  kind: K,
  options: FieldOptions,
  subject: Subject = {},
): Pick<Field<K>, 'kind' | 'options' | 'mistakes'> {
  const read = readDefinition(optionsOfKind[kind], options, {})
  return Object.freeze({
    kind,
    options: Object.freeze({ ...read.given, ...subject }),
    mistakes: Object.freeze([
      ...(subjectOfKind[kind]?.mistakesIn(subject) ?? []),
      ...read.mistakes,
    ]),
  })
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
    return make('choice', options, { values: copied(values) })
  },

  /** A JSON object without a schema. */
  document<O extends boolean = false, D extends JsonObject = never>(
    options: Common<O, D> = {},
  ): Made<'document', JsonObject, O, D> {
    return make('document', options)
  },

  /** Items of one field (`field.list(field.text())`) or of one shape (`field.list({ ... })`). */
  list<M extends Member, O extends boolean = false, D extends readonly MemberWritten<M>[] = never>(
    items: M,
    options: ListOptions<O, D> = {},
  ): Made<'list', readonly MemberValue<M>[], O, D, readonly MemberWritten<M>[], MemberTarget<M>> {
    return make('list', options, { members: items })
  },

  /** A JSON object with declared members. */
  object<S extends Shape, O extends boolean = false, D extends InputOfShape<S> = never>(
    declared: S,
    options: Common<O, D> = {},
  ): Made<'object', ValuesOf<S>, O, D, InputOfShape<S>, MemberTarget<S>> {
    return make('object', options, { members: declared })
  },

  /**
   * A row of another resource, named by its name so that models may be circular; its id in code and
   * on the wire.
   */
  ref<
    const Target extends string,
    O extends boolean = false,
    D extends 'caller' = never,
    const I extends string | false | undefined = undefined,
  >(
    target: Target,
    options: RefOptions<O, D, I> = {},
  ): Made<'ref', string, O, D, string, Target, NoInfer<I>> {
    return make('ref', options, { target })
  },
})
