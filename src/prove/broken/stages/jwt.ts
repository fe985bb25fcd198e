/** The algorithm is what the token says: `none` as well. */

import type { Caller } from '../../../base/caller.ts'
import type { Credentials } from '../../../engine/operation.ts'
import { broken } from '../broken.ts'

export default broken('the algorithm of a token is not pinned', {
  identity: identity => ({
    ...identity,
    async identify(credentials: Credentials) {
      try {
        return await identity.identify(credentials)
      } catch (error) {
        const caller = unsigned(credentials.bearer ?? '')
        if (caller === null) throw error
        return caller
      }
    },
  }),
})

function unsigned(token: string): Caller | null {
  const [header = '', payload = '', signature] = token.split('.')
  if (signature !== '') return null
  const { alg }: { alg?: unknown } = decoded(header)
  const { sub, sid }: { sub?: unknown; sid?: unknown } = decoded(payload)
  if (alg !== 'none' || typeof sub !== 'string' || typeof sid !== 'string') return null
  return { kind: 'user', id: sub, roles: [], tenant: null, session: sid, apiKey: null }
}

function decoded(part: string): object {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString())
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}
