/** `backend`: the parts of a domain put together; what a `backend.ts` exports. */

import type { Command } from './command.ts'
import type { Shape, TargetOf } from './field.ts'
import type { Hook } from './hook.ts'
import { code, made, mapOf, readDefinition, record, required } from './form.ts'
import type { Options } from './form.ts'
import { limitsForm } from './limit.ts'
import type { Limits, OperationNames } from './limit.ts'
import type { Mistake } from './mistake.ts'
import { declaredAt } from './place.ts'
import type { Query } from './query.ts'
import type { Resource } from './resource.ts'

export type Part = Resource | Command | Query | Hook
export type Parts = Readonly<Record<string, Part>>

interface Definition<P extends Parts> {
  /** Written member by member, lest `Part` widens the types of a part that is declared in place. */
  readonly parts: { readonly [K in keyof P]: P[K] }
  /**
   * How often operations may be asked for, by the policies' names. `default` (every operation, by
   * caller) and `authentication` (whatever looks at a password, by address) are there anyway.
   */
  readonly limits?: Limits<OperationNames<P[keyof P]>>
  /** A Fastify plugin mounted beside the API, for what concerns the wire itself. */
  readonly wire?: (app: never) => unknown
}

const form = record({
  parts: required(
    mapOf(
      made('a resource, command, query or hook', 'resource', 'command', 'query', 'hook'),
      'an object of resources, commands, queries and hooks',
    ),
  ),
  limits: limitsForm,
  wire: code,
} satisfies Options<Definition<Parts>>)

export interface Backend<P extends Parts = Parts> {
  readonly kind: 'backend'
  readonly name: string
  readonly parts: P
  readonly limits: Limits
  readonly wire: ((app: never) => unknown) | null
  readonly mistakes: readonly Mistake[]
  readonly declaredAt: string | null
}

type Targets<S> = S extends Shape ? TargetOf<S[keyof S]> : never
type Names<P extends Parts> = Extract<P[keyof P], Resource>['name']
type Wanted<T> = T extends Resource
  ? Targets<T['fields']>
  : T extends Command | Query
    ? Targets<T['input']> | Targets<T['output']>
    : never
type Missing<P extends Parts> = Exclude<Wanted<P[keyof P]>, Names<P>>

/** Nothing, or a property that cannot be given and whose name says what is wrong. */
type Complete<P extends Parts> = [Missing<P>] extends [never]
  ? unknown
  : { readonly 'a reference names a resource that is not a part of this backend': Missing<P> }

export function backend<P extends Parts>(
  name: string,
  definition: Definition<P> & Complete<P>,
): Backend<P>
export function backend(name: string, definition: Definition<Parts>): Backend {
  const { given, mistakes } = readDefinition(form, definition, { parts: {} })
  return Object.freeze({
    kind: 'backend',
    name,
    parts: Object.freeze({ ...given.parts }),
    limits: Object.freeze({ ...given.limits }),
    wire: given.wire ?? null,
    mistakes,
    declaredAt: declaredAt(backend),
  })
}
