/** `mettle user create|grant`: the first administrator comes from here. */

import { randomBytes } from 'node:crypto'
import type { Account } from '../engine/identity/users.ts'
import type { Identity } from '../engine/identity/identity.ts'
import { print, stop } from './environment.ts'
import { askPassword } from './password.ts'
import { withDatabase } from './with-database.ts'

export interface CreateUserOptions {
  readonly role: readonly string[]
  readonly backend: string
  /** `name=Ada Lovelace`. */
  readonly set: readonly string[]
}

/** An empty password makes a random one, which is printed. */
export async function createUser(email: string, options: CreateUserOptions): Promise<void> {
  const fields = Object.fromEntries(options.set.map(assignment))
  const given = await askPassword('Password (empty for a random one): ')
  const password = given === '' ? randomBytes(18).toString('base64url') : given
  await withIdentity(options.backend, async identity => {
    const account = await identity.createUser({ ...fields, email, password }, options.role)
    print(`Created ${account.email} (${account.id}) with ${rolesOf(account)}.`)
    if (given === '') print(`Password: ${password}`)
  })
}

export async function grantRole(
  email: string,
  role: string,
  { backend }: Pick<CreateUserOptions, 'backend'>,
): Promise<void> {
  await withIdentity(backend, async identity => {
    const account = await identity.grantRole(email, role)
    print(`${account.email} now has ${rolesOf(account)}.`)
  })
}

async function withIdentity(
  backend: string,
  work: (identity: Identity) => Promise<void>,
): Promise<void> {
  await withDatabase(backend, async ({ identity }) => {
    if (identity === null) stop('This backend has no users: declare identity() first.')
    await work(identity)
  })
}

function assignment(text: string): [string, string] {
  const at = text.indexOf('=')
  if (at < 1) return stop(`--set takes field=value, not ${JSON.stringify(text)}`)
  return [text.slice(0, at), text.slice(at + 1)]
}

function rolesOf({ roles }: Account): string {
  return roles.length === 0
    ? 'no role'
    : `the role${roles.length === 1 ? '' : 's'} ${roles.join(', ')}`
}
