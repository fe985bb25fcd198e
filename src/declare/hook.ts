/** `hook`: code before and after operations, with the caller and the transaction in hand. */

import type { Caller } from '../base/caller.ts'
import type { Command, Output, ResultOf } from './command.ts'
import { errorsForm } from './declared-error.ts'
import type { DeclaredErrors, Fail } from './declared-error.ts'
import type { None, Shape, ValuesOf } from './field.ts'
import { code, listOf, made, oneOf, readDefinition, record, required } from './form.ts'
import type { Options } from './form.ts'
import type { JsonObject } from './json.ts'
import type { Mistake } from './mistake.ts'
import { declaredAt } from './place.ts'
import type { Query } from './query.ts'
import { usesForm } from './repository.ts'
import type { Repositories, Uses } from './repository.ts'
import { makeResource } from './resource.ts'
import type { Resource, RowOf } from './resource.ts'
import { type RowOperation, rowOperations } from './row-operation.ts'

/** What a hook may stand before or after. */
export type Hooked = Resource | Command | Query

/** Checked values that the operation will write; reads and deletes have none. */
interface Inputs<S extends Shape> {
  readonly list: undefined
  readonly aggregate: undefined
  readonly read: undefined
  readonly create: Partial<ValuesOf<S>>
  readonly replace: Partial<ValuesOf<S>>
  readonly update: Partial<ValuesOf<S>>
  readonly delete: undefined
}

/** What the caller will see. Fields hidden from him are missing. */
interface Outputs<Row> {
  readonly list: readonly Partial<Row>[]
  /** The groups as they are answered. */
  readonly aggregate: readonly JsonObject[]
  readonly read: Partial<Row>
  readonly create: Partial<Row>
  readonly replace: Partial<Row>
  readonly update: Partial<Row>
  readonly delete: undefined
}

type HookInput<T extends Hooked, Op extends RowOperation> = T extends Resource
  ? Inputs<T['fields']>[Op]
  : T extends Command | Query
    ? ValuesOf<T['input']>
    : never

type HookOutput<T extends Hooked, Op extends RowOperation> = T extends Resource
  ? Outputs<RowOf<T>>[Op]
  : T extends Command<string, Shape, infer O extends Output>
    ? ResultOf<O>
    : T extends Query
      ? readonly ValuesOf<T['output']>[]
      : never

interface HookContext<T extends Hooked, Op extends RowOperation, U extends Uses> {
  /** `products.update`, `checkout`. */
  readonly operation: string
  readonly input: HookInput<T, Op>
  /** The row's id; null where the operation names none. */
  readonly id: string | null
  readonly db: Repositories<U>
  readonly caller: Caller
}

export interface BeforeContext<
  T extends Hooked,
  Op extends RowOperation,
  E extends DeclaredErrors,
  U extends Uses,
> extends HookContext<T, Op, U> {
  readonly fail: Fail<E>
}

export interface AfterContext<
  T extends Hooked,
  Op extends RowOperation,
  U extends Uses,
> extends HookContext<T, Op, U> {
  readonly output: HookOutput<T, Op>
}

interface HookDefinition<
  T extends Hooked,
  Op extends RowOperation,
  E extends DeclaredErrors,
  U extends Uses,
> {
  readonly on: T
  /** Of a resource: which of its operations; create, replace, update and delete unless declared. */
  readonly operations?: T extends Resource ? readonly Op[] : never
  readonly uses?: U
  readonly errors?: E
  /** May return the input to go on with; what it throws ends the operation. */
  readonly before?: (
    context: BeforeContext<T, Op, E, U>,
  ) => Promise<HookInput<T, Op> | void> | HookInput<T, Op> | void
  readonly after?: (context: AfterContext<T, Op, U>) => Promise<void> | void
}

const form = record({
  on: required(made('a resource, a command or a query', 'resource', 'command', 'query')),
  operations: listOf(oneOf(rowOperations), 'a list of operations'),
  uses: usesForm,
  errors: errorsForm,
  before: code,
  after: code,
} satisfies Options<HookDefinition<Hooked, RowOperation, DeclaredErrors, Uses>>)

/** What a hook stands on whose definition cannot be read. */
const nowhere = makeResource('nowhere', {}, {}, null, [], null)

export interface Hook<
  Name extends string = string,
  T extends Hooked = Hooked,
  Op extends RowOperation = RowOperation,
  E extends DeclaredErrors = DeclaredErrors,
> {
  readonly kind: 'hook'
  readonly name: Name
  readonly on: T
  readonly operations: readonly Op[]
  readonly uses: Uses
  readonly errors: E
  readonly before: ((context: never) => unknown) | null
  readonly after: ((context: never) => unknown) | null
  readonly mistakes: readonly Mistake[]
  readonly declaredAt: string | null
}

const writes = ['create', 'replace', 'update', 'delete'] as const

export function hook<
  const Name extends string,
  T extends Hooked,
  const Op extends RowOperation = (typeof writes)[number],
  const E extends DeclaredErrors = None,
  U extends Uses = None,
>(name: Name, definition: HookDefinition<T, Op, E, U>): Hook<Name, T, Op, E>
export function hook(
  name: string,
  definition: HookDefinition<Hooked, RowOperation, DeclaredErrors, Uses>,
): Hook {
  const { given, mistakes } = readDefinition(form, definition, { on: nowhere })
  const operations: readonly RowOperation[] = given.operations ?? writes
  return Object.freeze({
    kind: 'hook',
    name,
    on: given.on,
    operations: Object.freeze([...operations]),
    uses: Object.freeze(given.uses ?? {}),
    errors: Object.freeze(given.errors ?? {}),
    before: given.before ?? null,
    after: given.after ?? null,
    mistakes,
    declaredAt: declaredAt(hook),
  })
}
