/** `mettle user create|grant|revoke`: the first administrator comes from here. */

import { randomBytes } from 'node:crypto'
import { Problem, problem } from '../base/errors.ts'
import { limits } from '../base/limits.ts'
import type { Account } from '../engine/identity/users.ts'
import { print, stop } from './environment.ts'
import { askPassword } from './password.ts'
import { withIdentity } from './with-database.ts'

interface CreateUserOptions {
  readonly role: readonly string[]
  /** Without a password: the account of a program, which comes in with API keys. */
  readonly service?: boolean
  readonly backend: string
  /** `name=Ada Lovelace`. */
  readonly set: readonly string[]
}

/** An empty password makes a random one, which is printed. */
export async function createUser(email: string, options: CreateUserOptions): Promise<void> {
  const fields = Object.fromEntries(options.set.map(assignment))
  if (options.service === true) return createServiceUser(email, fields, options)
  const given = await askPassword('Password (empty for a random one): ')
  const password = given === '' ? randomBytes(18).toString('base64url') : given
  await withIdentity(options.backend, async identity => {
    const account = await identity
      .createUser({ ...fields, email, password }, options.role)
      .catch(namingOptions)
    print(`Created ${account.email} (${account.id}) with ${rolesOf(account)}.`)
    if (given === '') print(`Password: ${password}`)
  })
}

async function createServiceUser(
  email: string,
  fields: Readonly<Record<string, string>>,
  { backend, role }: CreateUserOptions,
): Promise<void> {
  await withIdentity(backend, async identity => {
    const account = await identity
      .createServiceUser({ ...fields, email }, role)
      .catch(namingOptions)
    print(`Created ${account.email} (${account.id}) with ${rolesOf(account)} and no password.`)
    print(`mettle api-key create ${account.email} --name … gives it a key.`)
  })
}

export async function grantRole(
  email: string,
  role: string,
  { backend }: Pick<CreateUserOptions, 'backend'>,
): Promise<void> {
  await withIdentity(backend, async identity => {
    const account = await identity.grantRole(email, role).catch(namingUser(email)).catch(namingRole)
    print(`${account.email} now has ${rolesOf(account)}.`)
  })
}

export async function revokeRole(
  email: string,
  role: string,
  { backend }: Pick<CreateUserOptions, 'backend'>,
): Promise<void> {
  await withIdentity(backend, async identity => {
    const account = await identity.revokeRole(email, role).catch(namingUser(email))
    print(`${account.email} now has ${rolesOf(account)}.`)
    print(`Processes that are running know it within ${limits.sessionCacheMs / 1_000} seconds.`)
  })
}

function namingOptions(error: unknown): never {
  if (!(error instanceof Problem)) throw error
  if (error.code === 'run.conflict' && error.errors.some(({ pointer }) => pointer === '/email'))
    throw problem('run.conflict', { detail: 'There is a user with this address already.' })
  return namingFaults(optionOf)(error)
}

/** Says what is wrong in the words of the command line; `option` gives the value at a place. */
export function namingFaults(option: (pointer: string) => string): (error: unknown) => never {
  return error => {
    if (!(error instanceof Problem) || error.errors.length === 0) throw error
    const errors = error.errors.map(({ pointer = '', code, detail }) => {
      const told = code === 'required' ? `is missing: add ${option(pointer)}=…` : detail
      return { parameter: option(pointer), code, detail: told }
    })
    const detail = 'correct what is named here, and run it again'
    throw new Problem(error.code, error, { detail, errors })
  }
}

const optionNames: Readonly<Record<string, string>> = {
  '/email': '<email>',
  '/password': 'the password',
  '/roles': '--role',
}

/** What gives the value at a place of the input. */
function optionOf(pointer: string): string {
  return optionNames[pointer] ?? `--set ${pointer.slice(1)}`
}

/** Says that of a role too. */
function namingRole(error: unknown): never {
  const fault = error instanceof Problem ? error.errors[0] : undefined
  if (fault?.pointer !== '/roles') throw error
  throw problem('validate.invalid', { detail: `<role> ${fault.detail}` })
}

export function namingUser(email: string): (error: unknown) => never {
  return error => {
    if (!(error instanceof Problem) || error.code !== 'run.not-found') throw error
    throw problem('run.not-found', { detail: `There is no user ${email}.` })
  }
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
