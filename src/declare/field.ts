/**
 * The kinds of field as frozen data that carries its types: what `field.text()` and its sisters
 * return.
 */

import type { Mistake } from './mistake.ts'
import type { Rule } from './rule.ts'

const fieldKinds = [
  'text',
  'integer',
  'bigint',
  'decimal',
  'boolean',
  'date',
  'timestamp',
  'uuid',
  'choice',
  'document',
  'list',
  'object',
  'ref',
] as const
export type FieldKind = (typeof fieldKinds)[number]

export type OnDelete = 'restrict' | 'cascade' | 'clear'

interface FieldTypes<Value, Written, Omissible, Target, Inverse> {
  readonly value: Value
  readonly written: Written
  readonly omissible: Omissible
  readonly target: Target
  readonly inverse: Inverse
}

/** One declared field. `options` is what the user wrote, under the words of the kind. */
export interface Field<
  Kind extends FieldKind = FieldKind,
  Value = unknown,
  Written = unknown,
  Omissible extends boolean = boolean,
  Target extends string = string,
  Inverse = unknown,
> {
  readonly kind: Kind
  readonly options: FieldOptions
  readonly mistakes: readonly Mistake[]
  /** Never present at run time: the types that a field stands for. */
  readonly '~types'?: FieldTypes<Value, Written, Omissible, Target, Inverse>
}

export type Shape = Readonly<Record<string, Field>>

/** Every option of every kind; which of them a kind takes is said by its word in `fields.ts`. */
export interface FieldOptions {
  readonly optional?: boolean
  readonly unique?: boolean
  readonly default?: unknown
  readonly min?: number | bigint | string
  readonly max?: number | bigint | string
  readonly pattern?: RegExp
  readonly precision?: number
  readonly scale?: number
  readonly values?: readonly string[]
  readonly target?: string
  readonly inverse?: string | false
  readonly onDelete?: OnDelete
  readonly members?: Field | Shape
  readonly renamedFrom?: string
  readonly access?: FieldAccess
}

/** Who may read or write this field, beyond the rule of the operation. */
export interface FieldAccess {
  readonly read?: Rule<string, string>
  readonly write?: Rule<string, string>
}

type TypesOf<F extends Field> = NonNullable<F['~types']>

/** What a row or an input gives to user code. */
export type ValueOf<F extends Field> = TypesOf<F>['value']
/** What user code may write. */
export type WrittenOf<F extends Field> = TypesOf<F>['written']
/** The names of the resources that a field refers to, also deep inside a list or an object. */
export type TargetOf<F extends Field> = TypesOf<F>['target']
/** The declared name of a reference's inverse; undefined where the resource gives the name. */
export type InverseOf<F extends Field> = TypesOf<F>['inverse']

/** The names that may be left out when a row is created. */
type OmissibleNames<S extends Shape> = {
  [K in keyof S]: TypesOf<S[K]>['omissible'] extends true ? K : never
}[keyof S]

/** The names of the fields of some kinds. */
export type NamesOfKind<S extends Shape, Kind extends FieldKind> = {
  [K in keyof S]: S[K]['kind'] extends Kind ? K : never
}[keyof S] &
  string

/** A checked input or a read row: every field is there, an optional one may be null. */
export type ValuesOf<S extends Shape> = { readonly [K in keyof S]: ValueOf<S[K]> }

/** What creates a row or answers a command: omissible fields may be missing. */
export type InputOfShape<S extends Shape> = Flat<
  { readonly [K in Exclude<keyof S, OmissibleNames<S>>]: WrittenOf<S[K]> } & {
    readonly [K in OmissibleNames<S>]?: WrittenOf<S[K]>
  }
>

/** What changes a row. */
export type PatchOfShape<S extends Shape> = { readonly [K in keyof S]?: WrittenOf<S[K]> }

/** Nothing declared: no input, no errors, no resources. */
export type None = { readonly [K in never]: never }

/** One object type instead of an intersection: shorter in errors and editors. */
export type Flat<T> = { [K in keyof T]: T[K] }

/** A shape may have a field named `kind`, but that is an object. */
export function isField(value: unknown): value is Field {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false
  return fieldKinds.some(kind => kind === value.kind) && 'mistakes' in value
}
