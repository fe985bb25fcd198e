/** Access tokens: short-lived JWTs (RFC 9068) that name a session, so that they die with it. */

import { decodeProtectedHeader, jwtVerify, SignJWT } from 'jose'

import type { Clock } from '../../base/clock.ts'
import { problem } from '../../base/errors.ts'
import { limits } from '../../base/limits.ts'
import { isUuid, uuidv7 } from '../../base/uuid.ts'
import { signingAlgorithm } from './signing-keys.ts'
import type { SigningKeys } from './signing-keys.ts'

const tokenType = 'at+jwt'

export interface AccessToken {
  readonly token: string
  readonly expiresInSeconds: number
}

/** What a genuine token says. */
interface Claims {
  readonly user: string
  readonly session: string
  /** Milliseconds since the Unix epoch. */
  readonly expiresAtMs: number
}

export interface AccessTokens {
  issue(user: string, session: string): Promise<AccessToken>
  /**
   * Rejects with `identify.invalid-token` unless we signed the token, for us, and it is still
   * valid.
   */
  verify(token: string): Promise<Claims>
}

/**
 * As RFC 8725 asks: one algorithm, our own keys by `kid` only (`jku`, `x5u` and `jwk` are never
 * looked at), type, issuer and audience checked.
 */
export function createAccessTokens(options: {
  readonly keys: SigningKeys
  readonly clock: Clock
  /** Both the issuer and the audience: tokens are for the backend that made them. */
  readonly issuer: string
}): AccessTokens {
  const { keys, clock, issuer } = options
  return {
    async issue(user, session) {
      const { kid, privateKey } = await keys.current()
      const issuedAt = Math.floor(clock.now() / 1_000)
      const token = await new SignJWT({ sid: session, client_id: issuer })
        .setProtectedHeader({ alg: signingAlgorithm, typ: tokenType, kid })
        .setIssuer(issuer)
        .setAudience(issuer)
        .setSubject(user)
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + limits.accessTokenSeconds)
        .setJti(uuidv7(clock.now()))
        .sign(privateKey)
      return { token, expiresInSeconds: limits.accessTokenSeconds }
    },
    async verify(token) {
      const kid = kidOf(token)
      const key = kid === null ? null : await keys.find(kid)
      if (key === null) throw problem('identify.invalid-token')
      try {
        const { payload } = await jwtVerify(token, key, {
          algorithms: [signingAlgorithm],
          typ: tokenType,
          issuer,
          audience: issuer,
          requiredClaims: ['exp', 'iat', 'sub', 'sid'],
          currentDate: new Date(clock.now()),
        })
        return toClaims(payload)
      } catch (cause) {
        throw problem('identify.invalid-token', { cause })
      }
    },
  }
}

/** Which key the token says it was signed with; null where it cannot be a token of ours. */
function kidOf(token: string): string | null {
  if (!isCanonical(token)) return null
  try {
    return decodeProtectedHeader(token).kid ?? null
  } catch {
    return null
  }
}

function toClaims(payload: { sub?: string; sid?: unknown; exp?: number }): Claims {
  const { sub, sid, exp } = payload
  if (sub === undefined || typeof sid !== 'string' || !isUuid(sub) || !isUuid(sid)) {
    throw new Error('sub and sid are ids')
  }
  return { user: sub, session: sid, expiresAtMs: exp! * 1_000 }
}

/**
 * Base64url has several spellings of the same bytes; only the one that we write is a token of ours.
 */
function isCanonical(token: string): boolean {
  if (token.length > limits.accessTokenCharsMax) return false
  const parts = token.split('.')
  return (
    parts.length === 3 &&
    parts.every(part => Buffer.from(part, 'base64url').toString('base64url') === part)
  )
}
