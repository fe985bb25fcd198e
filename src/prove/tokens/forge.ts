/** Makes JWTs by hand, as an attacker would, and one key that the backend takes for its own. */

import { generateKeyPairSync, sign } from 'node:crypto'
import { memberOf } from '../http.ts'
import type { Records } from '../records.ts'

export type Members = Readonly<Record<string, unknown>>

export interface Genuine {
  readonly header: Members
  readonly payload: Members
  readonly parts: readonly [header: string, payload: string, signature: string]
}

/** The parts of a token. Throws where it has none. */
export function genuine(token: string): Genuine {
  const [header = '', payload = '', signature = ''] = token.split('.')
  return { header: decoded(header), payload: decoded(payload), parts: [header, payload, signature] }
}

/** The id that a token of an Authorization header names; null where there is none. */
export function subjectOf(authorization: string | undefined): string | null {
  const parts = authorization?.replace('Bearer ', '').split('.') ?? []
  if (parts.length !== 3) return null
  try {
    return memberOf(decoded(parts[1]!), 'sub')
  } catch {
    return null
  }
}

function decoded(part: string): Members {
  const members: Members = JSON.parse(Buffer.from(part, 'base64url').toString())
  return members
}

export function encoded(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return Buffer.from(text).toString('base64url')
}

export interface OwnKey {
  /** A token as the backend would have signed it. */
  sign(header: Members, payload: Members): string
}

/**
 * Adds a key to those that the backend published lately: what it signs is refused for its claims
 * or not at all.
 */
export async function plantKey(records: Records): Promise<OwnKey> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const jwk = publicKey.export({ format: 'jwk' })
  const kid = `prove-${jwk.x ?? ''}`
  // As retired just now: it signs nothing any more, and what it signed lives out its time.
  const text = `insert into "mettle"."signing_keys" ("kid", "algorithm", "private", "public", "retired_at")
values ($1::text, 'EdDSA', 'none', $2::jsonb, now())`
  await records.query(text, [kid, JSON.stringify({ kty: jwk.kty, crv: jwk.crv, x: jwk.x })])
  return {
    sign(header, payload) {
      const signed = `${encoded({ ...header, kid })}.${encoded(payload)}`
      return `${signed}.${sign(null, Buffer.from(signed), privateKey).toString('base64url')}`
    },
  }
}
