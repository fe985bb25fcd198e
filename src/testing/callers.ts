/** The typed client as any caller: users that a test makes, and nobody. */

import { Problem } from '../base/errors.ts'
import { clientOf } from '../client/connect.ts'
import type { ContractOf } from '../client/inferred.ts'
import type { ClientOptions } from '../client/connect.ts'
import type { AutomaticClientOf } from '../client/index.ts'
import type { Backend } from '../declare/backend.ts'
import type { Identity } from '../engine/identity/identity.ts'
import type { Clock } from '../base/clock.ts'

/** A client of a backend that makes its keys by itself. */
export type TestClient<B extends Backend> = AutomaticClientOf<B>

type UserFields<B extends Backend> = ContractOf<B>['auth'] extends {
  readonly account: infer Account
}
  ? Omit<Account, 'email' | 'password'>
  : never

type Role<B extends Backend> = ContractOf<B>['resources'] extends {
  readonly users: { readonly row: { roles?: infer Roles } }
}
  ? NonNullable<Roles> extends readonly (infer R)[]
    ? R
    : never
  : never

interface Person<B extends Backend> {
  readonly roles?: readonly Role<B>[]
  /** The fields that the identity asks for. */
  readonly fields: UserFields<B>
}

type PersonOf<B extends Backend> =
  object extends UserFields<B> ? [person?: Partial<Person<B>>] : [person: Person<B>]

interface Anonymous<B extends Backend> {
  /** Whoever has not signed in. */
  readonly anonymous: TestClient<B>
}

/**
 * `await backend.as('ada')`: makes the user `ada@example.com`, and resolves to a client that is
 * signed in as her whatever the clock says.
 */
export type As<B extends Backend> = Anonymous<B> &
  (ContractOf<B>['auth'] extends object
    ? (name: string, ...person: PersonOf<B>) => Promise<TestClient<B>>
    : unknown)

/** Of every user that `as` makes. */
export const password = 'correct horse battery staple'

/** A token is taken anew this long before it ends. */
const marginMs = 30_000
const client = { address: '127.0.0.1', agent: 'mettle testing', requestId: 'test' }

export function createAs<B extends Backend>(
  connect: (options?: Partial<ClientOptions>) => TestClient<B>,
  identity: Identity | null,
  clock: Clock,
): As<B> {
  const as = async (
    name: string,
    {
      roles = [],
      fields = {},
    }: { readonly roles?: readonly string[]; readonly fields?: object } = {},
  ): Promise<TestClient<B>> => {
    const credentials = { email: `${name}@example.com`, password }
    await identity!.createUser({ ...fields, ...credentials }, roles).catch(namingTaken(name))
    let held = { token: '', untilMs: 0 }
    const token = async () => {
      if (clock.now() < held.untilMs) return held.token
      const { access } = await identity!.issueTokenFor(credentials, client)
      const untilMs = clock.now() + access.expiresInSeconds * 1_000 - marginMs
      held = { token: access.token, untilMs }
      return held.token
    }
    return connect({ token })
  }
  // Without an identity its type has no call.
  return Object.assign(as, { anonymous: connect() }) as As<B>
}

/** An address that is taken is one that `as` was given before. */
function namingTaken(name: string): (error: unknown) => never {
  return error => {
    const isTaken = error instanceof Problem && error.errors.some(({ code }) => code === 'taken')
    if (!isTaken) throw error
    const again = `as(${JSON.stringify(name)}) was made before: keep the client that it gave`
    throw new Error(`${again}, or name another user.`, { cause: error })
  }
}

/** Clients at one address. */
export function connectTo<B extends Backend>(
  url: string,
): (options?: Partial<ClientOptions>) => TestClient<B> {
  return options =>
    clientOf<ContractOf<B>, 'automatic'>({ url, ...options, keys: options?.keys ?? 'automatic' })
}
