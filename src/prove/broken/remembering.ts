/** Callers who were known once stay known: what several controls break. */

import type { Caller } from '../../base/caller.ts'
import type { Credentials } from '../../engine/operation.ts'
import type { Identity } from '../../engine/identity/identity.ts'

export function remembering(identity: Identity): Identity {
  const known = new Map<string, Caller>()
  return {
    ...identity,
    async identify(credentials: Credentials) {
      const key = `${credentials.cookie} ${credentials.bearer}`
      const caller = known.get(key) ?? (await identity.identify(credentials))
      known.set(key, caller)
      return caller
    },
  }
}
