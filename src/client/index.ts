/** `mettle/client`: a typed client of a backend, from the type of its declaration alone. */

import type { Backend } from '../declare/backend.ts'
import { clientOf } from './connect.ts'
import type { ClientOptions } from './connect.ts'
import type { ContractOf } from './inferred.ts'
import type { Client } from './client.ts'

export { newKey } from './connect.ts'
export type { ClientOptions } from './connect.ts'
export { ClientProblem } from './problem.ts'
export type { Call, Fault, KnownProblem, Outcome, TransportCode } from './problem.ts'
export { Operation, Reference } from './references.ts'
export type {
  Account,
  ApiKey,
  Credentials,
  KeyMode,
  MadeApiKey,
  NewApiKey,
  Page,
  SessionEntry,
} from './surface.ts'

/** `ClientOf<typeof backend>`: what `createClient` gives. */
export type ClientOf<B extends Backend> = Client<ContractOf<B>>
/** A row as the backend answers it: `RowOf<typeof backend, 'orders'>`. */
export type RowOf<
  B extends Backend,
  Name extends keyof ContractOf<B>['resources'],
> = ContractOf<B>['resources'][Name] extends { readonly row: infer Row } ? Row : never
/** The same for `keys: 'automatic'`. */
export type AutomaticClientOf<B extends Backend> = Client<ContractOf<B>, 'automatic'>

/** `createClient<typeof backend>({ url })`, with `import type backend from './backend.ts'`. */
export function createClient<B extends Backend>(
  options: ClientOptions & { readonly keys: 'automatic' },
): AutomaticClientOf<B>
export function createClient<B extends Backend>(options: ClientOptions): ClientOf<B>
export function createClient<B extends Backend>(options: ClientOptions): AutomaticClientOf<B> {
  return clientOf<ContractOf<B>, 'automatic'>(options)
}
