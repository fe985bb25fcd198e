/** API keys as their owner manages them, and an operator for somebody else. */

import type { Caller } from '../../base/caller.ts'
import { problem } from '../../base/errors.ts'
import type { AuditOrigin } from '../audit/audit.ts'
import { type Accounts, signedIn } from './accounts.ts'
import type { ReadApiKey } from './api-key-input.ts'
import type { ApiKeyEntry, ApiKeys, KeyManager, MadeApiKey } from './api-keys.ts'
import type { Client } from './sessions.ts'
import type { Users } from './users.ts'

/** An API key manages none: `authorise.key-refused`. */
export interface ManagingKeys {
  /**
   * From `{ password, name, expiresInDays, scopes }`; the last two may be absent. The password is
   * the caller's: a key lives far longer than a token that was stolen.
   */
  createApiKey(input: unknown, caller: Caller, from: Client): Promise<MadeApiKey>
  /** The caller's keys, the newest first. */
  apiKeys(caller: Caller): Promise<readonly ApiKeyEntry[]>
  /** Revokes one of the caller's keys; `run.not-found` where he has no such. */
  revokeApiKey(caller: Caller, id: string, from: AuditOrigin): Promise<void>
  /** Revokes all of them. */
  revokeApiKeys(caller: Caller, from: AuditOrigin): Promise<void>
  /** For the command line, where users are named by address; `run.not-found` for an unknown one. */
  readonly forOperator: {
    createApiKey(email: string, input: unknown): Promise<MadeApiKey>
    apiKeys(email: string): Promise<readonly ApiKeyEntry[]>
    /** False where the user has no such key. */
    revokeApiKey(email: string, id: string): Promise<boolean>
  }
}

export function createManagingKeys(parts: {
  readonly keys: ApiKeys
  readonly users: Users
  readonly accounts: Pick<Accounts, 'confirm'>
  readonly readApiKey: ReadApiKey
  /** Told the id of what was revoked. */
  readonly forget: (id: string) => void
}): ManagingKeys {
  const { keys, users, accounts, readApiKey, forget } = parts
  const revoke = async (user: string, id: string | null, by: KeyManager): Promise<boolean> => {
    const revoked = await keys.revoke(user, id, by)
    for (const one of revoked) forget(one)
    return revoked.length > 0
  }
  const userNamed = async (email: string): Promise<string> => {
    const account = await users.find({ email })
    if (account === null) throw problem('run.not-found')
    return account.id
  }
  return {
    async createApiKey(input, caller, from) {
      const { id: user, session } = signedIn(caller)
      const { password, ...wanted } = readApiKey.ofOwner(input)
      await accounts.confirm(password, caller, from)
      return keys.make({ ...wanted, user, session, actor: user, from })
    },
    apiKeys: async caller => keys.list(signedIn(caller).id),
    async revokeApiKey(caller, id, from) {
      const { id: user } = signedIn(caller)
      if (!(await revoke(user, id, { actor: user, from }))) throw problem('run.not-found')
    },
    async revokeApiKeys(caller, from) {
      const { id: user } = signedIn(caller)
      await revoke(user, null, { actor: user, from })
    },
    forOperator: {
      async createApiKey(email, input) {
        const user = await userNamed(email)
        return keys.make({ ...readApiKey.ofOperator(input), user, session: null, ...operator })
      },
      apiKeys: async email => keys.list(await userNamed(email)),
      revokeApiKey: async (email, id) => revoke(await userNamed(email), id, operator),
    },
  }
}

const operator: KeyManager = Object.freeze({ actor: null, from: null })
