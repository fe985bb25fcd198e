/** `mettle api-key create|list|revoke`: keys of a user, for programs that nobody signs in for. */

import { limits } from '../base/limits.ts'
import { isUuid } from '../base/uuid.ts'
import type { ApiKeyEntry } from '../engine/identity/api-keys.ts'
import { print, stop } from './environment.ts'
import { namingFaults, namingUser } from './user.ts'
import { withIdentity } from './with-database.ts'

interface CreateApiKeyOptions {
  readonly backend: string
  readonly name: string
  readonly scope?: readonly string[]
  readonly days?: string
}

/** Prints the key alone on standard output, so that a program can take it; the rest goes beside. */
export async function createApiKey(email: string, options: CreateApiKeyOptions): Promise<void> {
  const { backend, name, scope, days } = options
  if (days !== undefined && !/^\d{1,6}$/.test(days))
    stop(`--days takes a whole number, not ${JSON.stringify(days)}`)
  const input = {
    name,
    ...(days !== undefined && { expiresInDays: Number(days) }),
    ...(scope !== undefined && { scopes: scope }),
  }
  await withIdentity(backend, async ({ forOperator }) => {
    const made = await forOperator
      .createApiKey(email, input)
      .catch(namingUser(email))
      .catch(namingFaults(optionOf))
    process.stderr.write(`${lineOf(made)}\nIt is shown this once:\n`)
    print(made.key)
  })
}

function optionOf(pointer: string): string {
  if (pointer === '/expiresInDays') return '--days'
  return pointer.startsWith('/scopes') ? '--scope' : `--${pointer.slice(1)}`
}

export async function listApiKeys(
  email: string,
  { backend, json }: { readonly backend: string; readonly json?: boolean },
): Promise<void> {
  await withIdentity(backend, async ({ forOperator }) => {
    const keys = await forOperator.apiKeys(email).catch(namingUser(email))
    if (keys.length === 0 && json !== true) return print(`${email} has no API key.`)
    for (const key of keys) print(json === true ? JSON.stringify(key) : lineOf(key))
  })
}

export async function revokeApiKey(
  email: string,
  id: string,
  { backend }: { readonly backend: string },
): Promise<void> {
  if (!isUuid(id)) stop(`${JSON.stringify(id)} is no id: mettle api-key list ${email} tells them`)
  await withIdentity(backend, async ({ forOperator }) => {
    const revoked = await forOperator.revokeApiKey(email, id).catch(namingUser(email))
    if (!revoked) stop(`${email} has no key ${id}: mettle api-key list ${email} tells them`)
    print(
      `Revoked. Processes that are running know it within ${limits.sessionCacheMs / 1_000} seconds.`,
    )
  })
}

/** Names are those of users: quoted, so that none can move the cursor of a terminal. */
function lineOf({ id, name, prefix, scopes, expiresAt, lastUsedAt }: ApiKeyEntry): string {
  const may = scopes === null ? 'whatever its user may' : scopes.join(',')
  return [
    id,
    `${prefix}…`,
    JSON.stringify(name),
    `scopes=${may}`,
    `expires=${expiresAt}`,
    `used=${lastUsedAt ?? 'never'}`,
  ].join('  ')
}
