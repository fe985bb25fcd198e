/** `limits` of a backend: how often operations may be asked for, each policy under its name. */

import { listOf, mapOf, number, oneOf, record, required, text } from './form.ts'
import type { Options } from './form.ts'
import type { RowOperation } from './row-operation.ts'

/** `'10s'`, `'1m'`, `'12h'`, `'1d'`. */
type Duration = `${number}${'s' | 'm' | 'h' | 'd'}`

/**
 * Whose requests are counted together: those of one user (of one address, where nobody has signed
 * in), of one API key (only what comes with a key is counted), of one address whoever signed in
 * there, or all of them.
 */
export type LimitedBy = 'caller' | 'key' | 'address' | 'everyone'

/**
 * `quota` requests in the time `per`, refilled evenly: a rested caller may spend the whole quota at
 * once.
 */
export interface LimitDefinition<Operations extends string = string> {
  readonly quota: number
  readonly per: Duration
  /** `caller` unless declared. */
  readonly by?: LimitedBy
  /**
   * Operations that take from the same bucket: `'checkout'`, `'products.create'`, or `'products'`
   * for all of a resource. Every operation unless declared.
   */
  readonly on?: readonly Operations[]
}

export type Limits<Operations extends string = string> = Readonly<
  Record<string, LimitDefinition<Operations>>
>

type NamedPart = { readonly kind: string; readonly name: string }

/** What `on` may name. */
export type OperationNames<P extends NamedPart> = P extends { readonly kind: 'resource' }
  ? P['name'] | `${P['name']}.${RowOperation}`
  : P extends { readonly kind: 'command' | 'query' }
    ? P['name']
    : never

export const limitsForm = mapOf(
  record({
    quota: required(number),
    per: required(text),
    by: oneOf(['caller', 'key', 'address', 'everyone'] satisfies readonly LimitedBy[]),
    on: listOf(text, 'a list of names of operations'),
  } satisfies Options<LimitDefinition>),
  'an object of limits',
)
