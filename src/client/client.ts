/** The client as one type. */

import type { Batch } from './batch.ts'
import type {
  AuthContract,
  ClientWord,
  CommandContract,
  Contract,
  QueryContract,
  ResourceContract,
} from './contract.ts'
import type { AuthClient, CommandCall, KeyMode, QueryCall, ResourceClient } from './surface.ts'

/**
 * What `clientOf` gives: resources by name, and the client's own words. `orders.list()`,
 * `commands.checkout(input, { key })`.
 */
export type Client<C extends Contract, M extends KeyMode = 'explicit'> = {
  readonly [
    K in keyof C['resources'] as K extends ClientWord ? `${K}Rows` : K
  ]: C['resources'][K] extends infer R extends ResourceContract ? ResourceClient<C, R, M> : never
} & {
  readonly commands: {
    readonly [K in keyof C['commands']]: C['commands'][K] extends infer D extends CommandContract
      ? CommandCall<D, M>
      : never
  }
  readonly queries: {
    readonly [K in keyof C['queries']]: C['queries'][K] extends infer D extends QueryContract
      ? QueryCall<D>
      : never
  }
  readonly batch: Batch<C, M>
} & (C['auth'] extends infer A extends AuthContract ? { readonly auth: AuthClient<A> } : unknown)
