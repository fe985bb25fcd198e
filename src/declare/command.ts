/** `command`: business logic in one transaction, with declared input, output, errors and access. */

import type { Caller } from '../base/caller.ts'
import { access } from './access.ts'
import { errorsForm } from './declared-error.ts'
import type { DeclaredErrors, Fail } from './declared-error.ts'
import type { InputOfShape, None, Shape, ValuesOf } from './field.ts'
import { code, either, made, oneOf, readDefinition, record, required, rule, shape } from './form.ts'
import type { Options } from './form.ts'
import type { Mistake } from './mistake.ts'
import { declaredAt } from './place.ts'
import { usesForm } from './repository.ts'
import type { Repositories, Uses } from './repository.ts'
import type { Resource, RowOf } from './resource.ts'
import type { Rule, RuleNode } from './rule.ts'

export type Isolation = 'read committed' | 'repeatable read' | 'serializable'

/** A resource (the row, as the caller may read it), a shape of its own, or nothing. */
export type Output = Resource | Shape | undefined

/** What `run` resolves to. */
export type ResultOf<O extends Output> = O extends Resource
  ? RowOf<O>
  : O extends Shape
    ? InputOfShape<O>
    : void

export interface CommandContext<I extends Shape, E extends DeclaredErrors, U extends Uses> {
  /** Checked, defaults applied. */
  readonly input: ValuesOf<I>
  /** The repositories of `uses`, in the command's transaction. */
  readonly db: Repositories<U>
  readonly fail: Fail<E>
  readonly caller: Caller
  /** When the command began; the same in every retry. */
  readonly now: Date
  readonly requestId: string
}

interface CommandDefinition<
  I extends Shape,
  O extends Output,
  E extends DeclaredErrors,
  U extends Uses,
> {
  readonly input?: I
  readonly output?: O
  readonly errors?: E
  /** The whole guard of the command: no term of it may need a row. Nobody unless declared. */
  readonly access?: Rule
  readonly uses?: U
  /** `read committed` unless declared. */
  readonly isolation?: Isolation
  /** May run several times, each in a transaction of its own: all effects go through `db`. */
  readonly run: (context: CommandContext<I, E, U>) => Promise<ResultOf<O>>
}

const aResource = made('a resource', 'resource')
const form = record({
  input: shape,
  output: either('a resource or an object of fields', value =>
    aResource.mistakesIn(value).length === 0 ? aResource : shape,
  ),
  errors: errorsForm,
  access: rule,
  uses: usesForm,
  isolation: oneOf([
    'read committed',
    'repeatable read',
    'serializable',
  ] satisfies readonly Isolation[]),
  run: required(code),
} satisfies Options<CommandDefinition<Shape, Output, DeclaredErrors, Uses>>)

export interface Command<
  Name extends string = string,
  I extends Shape = Shape,
  O extends Output = Output,
  E extends DeclaredErrors = DeclaredErrors,
> {
  readonly kind: 'command'
  readonly name: Name
  readonly input: I
  readonly output: O | null
  readonly errors: E
  readonly access: RuleNode
  readonly uses: Uses
  readonly isolation: Isolation
  readonly run: (context: never) => Promise<unknown>
  readonly mistakes: readonly Mistake[]
  readonly declaredAt: string | null
  /** Never present at run time: the types of a command's two ends. */
  readonly '~ends'?: { readonly output: O }
}

export function command<
  const Name extends string,
  I extends Shape = None,
  O extends Output = undefined,
  const E extends DeclaredErrors = None,
  U extends Uses = None,
>(name: Name, definition: CommandDefinition<I, O, E, U>): Command<Name, I, O, E>
export function command(
  name: string,
  definition: CommandDefinition<Shape, Output, DeclaredErrors, Uses>,
): Command {
  const { given, mistakes } = readDefinition(form, definition, { run: async () => {} })
  return Object.freeze({
    kind: 'command',
    name,
    input: Object.freeze(given.input ?? {}),
    output: given.output ?? null,
    errors: Object.freeze(given.errors ?? {}),
    access: given.access?.node ?? access.nobody.node,
    uses: Object.freeze(given.uses ?? {}),
    isolation: given.isolation ?? 'read committed',
    run: given.run,
    mistakes,
    declaredAt: declaredAt(command),
  })
}
