/** `resource`: a table with an API, declared by its fields, indexes and rules. */

import type {
  Field,
  FieldKind,
  Flat,
  InputOfShape,
  NamesOfKind,
  PatchOfShape,
  Shape,
  ValuesOf,
} from './field.ts'
import { listOf, mapOf, readDefinition, record, required, rule, shape, text } from './form.ts'
import type { Options } from './form.ts'
import type { Mistake } from './mistake.ts'
import { declaredAt } from './place.ts'
import type { Rule, RuleNode } from './rule.ts'

/** What every row has, set by the engine. */
export interface SystemValues {
  readonly id: string
  readonly version: number
  readonly createdAt: Date
  readonly updatedAt: Date
}

type IndexableKind = Exclude<FieldKind, 'document' | 'list' | 'object'>
type IndexableNames<S extends Shape> = NamesOfKind<S, IndexableKind> | keyof SystemValues
/** `attributes.color`: a place inside a document. */
export type PlaceNames<S extends Shape> = `${NamesOfKind<S, 'document'>}.${string}`
type SortableNames<S extends Shape> = IndexableNames<S> | PlaceNames<S>
/** `name` ascending, `-name` descending. */
type IndexColumn<S extends Shape> = SortableNames<S> | `-${SortableNames<S>}`

type RuleOf<S extends Shape> = Rule<
  NamesOfKind<S, 'ref'> | 'id',
  IndexableNames<S> | (keyof S & string)
>

export interface AccessDefinition<S extends Shape> {
  readonly read?: RuleOf<S>
  readonly create?: RuleOf<S>
  /** Must hold before and after the change. */
  readonly update?: RuleOf<S>
  readonly delete?: RuleOf<S>
}

/** The names of a link's lists, by the references whose rows they show. */
type LinkNames = Readonly<Record<string, string>>

/** Names of references only. */
type Linked<S extends Shape, L> = L & {
  readonly [K in Exclude<keyof L, NamesOfKind<S, 'ref'>>]: never
}

interface ResourceDefinition<S extends Shape, L = LinkNames> {
  readonly fields: S
  /** Sorts and filters that must stay fast. */
  readonly indexes?: readonly (readonly IndexColumn<S>[])[]
  /** Combinations of which no two rows may have the same. */
  readonly unique?: readonly (readonly IndexableNames<S>[])[]
  /** Whoever is not named here may not. */
  readonly access?: AccessDefinition<S>
  /**
   * Makes a link, many to many, of two references: each gets the name under which its rows are
   * listed at the other end, for `expand`.
   */
  readonly link?: Linked<S, L>
  readonly renamedFrom?: string
}

const names = listOf(text, 'a list of field names')
/** Of resource and identity: lists of lists of field names. */
export const keys = listOf(names, "a list of lists, such as [['name', '-createdAt']]")
/** The rules that resource and identity share. */
export const operationRules: Options<AccessDefinition<Shape>> = {
  read: rule,
  create: rule,
  update: rule,
  delete: rule,
}

const form = record({
  fields: required(shape),
  indexes: keys,
  unique: keys,
  access: record(operationRules),
  link: mapOf(text, "an object of two references, such as { book: 'books', tag: 'tags' }"),
  renamedFrom: text,
} satisfies Options<ResourceDefinition<Shape>>)

export interface EventDeclaration<Row> {
  readonly kind: 'event'
  readonly resource: string
  readonly change: 'created' | 'updated' | 'deleted'
  /** Never present at run time: the row that an event carries. */
  readonly '~carried'?: Row
}

export type OperationKind = 'read' | 'create' | 'update' | 'delete'

/** What `resource` and `identity` return. */
export interface Resource<
  Name extends string = string,
  S extends Shape = Shape,
  L extends LinkNames | null = LinkNames | null,
> {
  readonly kind: 'resource'
  readonly name: Name
  readonly fields: S
  readonly indexes: readonly (readonly string[])[]
  readonly unique: readonly (readonly string[])[]
  readonly access: Readonly<Partial<Record<OperationKind, RuleNode>>>
  readonly link: L
  readonly renamedFrom: string | null
  /** Of the identity: how users come in and which roles they may have. */
  readonly identity: IdentityDeclaration | null
  readonly mistakes: readonly Mistake[]
  readonly declaredAt: string | null
  readonly created: EventDeclaration<RowOfShape<S>>
  readonly updated: EventDeclaration<RowOfShape<S>>
  readonly deleted: EventDeclaration<RowOfShape<S>>
}

export interface IdentityDeclaration<SignUp extends 'open' | 'closed' = 'open' | 'closed'> {
  readonly signUp: SignUp
  readonly roles: readonly string[]
  /** What the user declared, without e-mail and roles. */
  readonly fields: Shape
}

type RowOfShape<S extends Shape> = Flat<SystemValues & ValuesOf<S>>

/** A row as user code reads it. */
export type RowOf<R extends Resource> = RowOfShape<R['fields']>
/**
 * What creates a row: required fields, optional and defaulted ones if wanted, and an id if the
 * caller chooses it.
 */
export type InputOf<R extends Resource> = InputOfShape<R['fields']> & { readonly id?: string }
/** What changes a row. */
export type PatchOf<R extends Resource> = PatchOfShape<R['fields']>

export function resource<
  const Name extends string,
  S extends Record<string, Field>,
  const L extends LinkNames | null = null,
>(name: Name, definition: ResourceDefinition<S, L>): Resource<Name, S, L>
export function resource(name: string, definition: ResourceDefinition<Shape>): Resource {
  const { given, mistakes } = readDefinition(form, definition, { fields: {} })
  return makeResource(name, given.fields, given, null, mistakes, declaredAt(resource))
}

interface Settings {
  readonly indexes?: readonly (readonly string[])[]
  readonly unique?: readonly (readonly string[])[]
  readonly access?: Readonly<Partial<Record<OperationKind, Rule<string, string>>>>
  readonly link?: Readonly<Record<string, string>>
  readonly renamedFrom?: string
}

export function makeResource<const Name extends string, S extends Shape>(
  name: Name,
  fields: S,
  settings: Settings,
  identity: IdentityDeclaration | null,
  mistakes: readonly Mistake[],
  place: string | null,
): Resource<Name, S> {
  const rules: Partial<Record<OperationKind, RuleNode>> = {}
  for (const operation of ['read', 'create', 'update', 'delete'] as const) {
    const declared = settings.access?.[operation]
    if (declared !== undefined) rules[operation] = declared.node
  }
  return Object.freeze({
    kind: 'resource',
    name,
    fields: Object.freeze(fields),
    indexes: freezeLists(settings.indexes),
    unique: freezeLists(settings.unique),
    access: Object.freeze(rules),
    link: settings.link === undefined ? null : Object.freeze({ ...settings.link }),
    renamedFrom: settings.renamedFrom ?? null,
    identity,
    mistakes,
    declaredAt: place,
    created: event(name, 'created'),
    updated: event(name, 'updated'),
    deleted: event(name, 'deleted'),
  })
}

function freezeLists(lists: readonly (readonly string[])[] = []): readonly (readonly string[])[] {
  return Object.freeze(lists.map(list => Object.freeze([...list])))
}

function event<Change extends 'created' | 'updated' | 'deleted'>(
  resourceName: string,
  change: Change,
) {
  return Object.freeze({ kind: 'event', resource: resourceName, change } as const)
}
