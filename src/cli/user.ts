/** `mettle user create`: the first administrator comes from here. */

import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline/promises'
import { text as readAll } from 'node:stream/consumers'
import { Problem } from '../base/errors.ts'
import { print, stop } from './environment.ts'
import { withDatabase } from './with-database.ts'

export interface CreateUserOptions {
  readonly role: readonly string[]
  readonly backend: string
  /** `name=Ada Lovelace`. */
  readonly set: readonly string[]
}

/** The password is asked for at a terminal, else read from standard input; an empty one makes a random one. */
export async function createUser(email: string, options: CreateUserOptions): Promise<void> {
  const fields = Object.fromEntries(options.set.map(assignment))
  const given = await askPassword()
  const password = given === '' ? randomBytes(18).toString('base64url') : given
  await withDatabase(options.backend, async ({ identity }) => {
    if (identity === null) return stop('This backend has no users: declare identity() first.')
    const account = await identity
      .createUser({ ...fields, email, password }, options.role)
      .catch(refused)
    print(`Created ${account.email} (${account.id}) with ${account.roles.join(', ') || 'no role'}.`)
    if (given === '') print(`Password: ${password}`)
  })
}

function assignment(text: string): [string, string] {
  const at = text.indexOf('=')
  if (at < 1) return stop(`--set takes field=value, not ${JSON.stringify(text)}`)
  return [text.slice(0, at), text.slice(at + 1)]
}

async function askPassword(): Promise<string> {
  if (!process.stdin.isTTY) return (await readAll(process.stdin)).replace(/\r?\n$/, '')
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  try {
    return await terminal.question(
      'Password (empty for a random one; it is shown while you type): ',
    )
  } finally {
    terminal.close()
  }
}

function refused(error: unknown): never {
  if (!(error instanceof Problem)) throw error
  const places = error.errors.map(fault => `  ${fault.pointer ?? ''} ${fault.detail}`)
  return stop([`${error.title}: ${error.detail ?? error.hint}`, ...places].join('\n'))
}
