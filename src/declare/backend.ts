/** `backend`: the parts of a domain put together; what a `backend.ts` exports. */

import type { Command } from './command.ts'
import type { Shape, TargetOf } from './field.ts'
import type { Hook } from './hook.ts'
import { declaredAt } from './place.ts'
import type { Query } from './query.ts'
import type { Resource } from './resource.ts'

export type Part = Resource | Command | Query | Hook
export type Parts = Readonly<Record<string, Part>>

interface BackendSettings {
  /** A Fastify plugin mounted beside the API, for what concerns the wire itself. */
  readonly wire?: (app: never) => unknown
}

export interface Backend<P extends Parts = Parts> {
  readonly kind: 'backend'
  readonly name: string
  readonly parts: P
  readonly wire: ((app: never) => unknown) | null
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
  definition: BackendSettings & { readonly parts: P } & Complete<P>,
): Backend<P> {
  return Object.freeze({
    kind: 'backend',
    name,
    parts: Object.freeze({ ...definition.parts }),
    wire: definition.wire ?? null,
    declaredAt: declaredAt(backend),
  })
}
