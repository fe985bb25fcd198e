/**
 * Refresh tokens: each is good for one renewal and names its family, so that one that comes again
 * betrays a copy and ends the session with everything that hangs on it.
 */

import { createHmac } from 'node:crypto'

import type { RandomBytes } from '../../base/clock.ts'
import { problem } from '../../base/errors.ts'
import { limits } from '../../base/limits.ts'
import { auditInsert, auditValues, type AuditEntry, type AuditOrigin } from '../audit/audit.ts'
import type { Statement } from '../../ports/database.ts'
import { deriveKey } from './secret.ts'
import { hashToken, isAlive, sessionDetail } from './sessions.ts'
import type { Run } from './run.ts'

/** 256 bits for the family, which stays, and 256 for the token, which is new each time. */
const partBytes = 32
const tokenForm = /^([\w-]{43})\.([\w-]{43})$/

/** What a session is opened with: the text goes to the client, the hashes (hex) are stored. */
interface FirstToken {
  readonly text: string
  readonly familyHash: string
  readonly tokenHash: string
}

interface Renewed {
  readonly user: string
  readonly session: string
  readonly token: string
  /** Until the session ends, however often it is renewed. */
  readonly expiresInSeconds: number
}

export interface RefreshTokens {
  first(): FirstToken
  /**
   * The next token for this one. Rejects with `identify.invalid-token` for one that is not good,
   * and with `identify.token-reused` for one that was used before, after its session was ended.
   */
  renew(text: string, from: AuditOrigin): Promise<Renewed>
  /** Ends the session of a token, used or not, if there is one. */
  end(text: string, from: AuditOrigin): Promise<void>
}

/** `session` is the caller's to forget. */
type Ended = (session: string) => void

const repeatable = `interval '${limits.refreshRepeatMs} milliseconds'`

/**
 * `known` locks nothing; the session is locked before the token, as whoever ends it does. The token
 * is replaced where it is the current one; a request that waited for the same one finds it replaced
 * by the very token that it would have made.
 */
const renewText = (users: string) => `with known as (
  select token.*, session."user_id", session."expires_at"
  from "mettle"."refresh_tokens" token
  join lateral (
    select "user_id", "expires_at" from "mettle"."sessions"
    where "id" = token."session_id" and ${isAlive}
  ) session on exists (select from "${users}" where "id" = session."user_id")
  where token."family_hash" = decode($1::text, 'hex')
), touched as (
  update "mettle"."sessions" set "last_used_at" = now()
  where "id" in (select "session_id" from known) returning "id"
), renewed as (
  update "mettle"."refresh_tokens" set "previous_hash" = "token_hash",
    "token_hash" = decode($3::text, 'hex'), "renewed_at" = now()
  where "session_id" in (select "id" from touched) and "token_hash" = decode($2::text, 'hex')
  returning 1
)
select "session_id", "user_id", extract(epoch from "expires_at" - now())::int4,
  exists (select from renewed)
    or "token_hash" = decode($2::text, 'hex')
    or ("previous_hash" = decode($2::text, 'hex') and "token_hash" = decode($3::text, 'hex')
      and "renewed_at" > now() - ${repeatable})
from known`

/** A session that goes on without what may have been copied of it. */
export function forgetRefreshStatement(session: string | null): Statement {
  const text = `delete from "mettle"."refresh_tokens" where "session_id" = $1::uuid`
  return { text, values: [session] }
}

/** Of `$1`, the hash of a family. */
const endText = `with ended as (
  delete from "mettle"."sessions" where "id" in (
    select "session_id" from "mettle"."refresh_tokens" where "family_hash" = decode($1::text, 'hex')
  ) returning "id", "user_id"
), noted as (
  ${auditInsert(2, 'ended', { detail: sessionDetail })}
)
select "id" from ended`

/**
 * A renewal whose answer was lost is asked for again, and two tabs may ask in the same moment. So
 * the next token is made from the last one by a key of the service's own (HMAC-SHA-256): whoever
 * asks again within `limits.refreshRepeatMs`, and before the next token was used, gets the same
 * answer. A thief who does so gains nothing on a thief who comes first, which no rotation prevents:
 * owner and thief then hold the same token, and the second of them to use it ends the session (RFC
 * 9700, 4.14.2). What is stored are hashes; a copy of the database renews nothing.
 */
export function createRefreshTokens(options: {
  readonly run: Run
  readonly random: RandomBytes
  readonly secret: string
  /** The table of the users. */
  readonly users: string
  readonly ended: Ended
}): RefreshTokens {
  const { run, random, ended } = options
  const key = deriveKey(options.secret, 'refresh tokens')
  const text = renewText(options.users)
  const newPart = () => Buffer.from(random(partBytes)).toString('base64url')
  const next = (token: string) => createHmac('sha256', key).update(token).digest('base64url')

  const endFamily = async (family: string, entry: AuditEntry): Promise<void> => {
    const values = [hashToken(family), ...auditValues(entry)]
    const [row] = await run({ text: endText, values }, 'write')
    if (row !== undefined) ended(String(row[0]))
  }

  return {
    first() {
      const [family, token] = [newPart(), newPart()]
      return {
        text: `${family}.${token}`,
        familyHash: hashToken(family),
        tokenHash: hashToken(token),
      }
    },
    async renew(given, from) {
      const [, family, token] = tokenForm.exec(given) ?? []
      if (family === undefined || token === undefined) throw problem('identify.invalid-token')
      const successor = next(given)
      const values = [hashToken(family), hashToken(token), hashToken(successor)]
      const [row] = await run({ text, values }, 'write')
      if (row === undefined) throw problem('identify.invalid-token')
      if (row[3] !== true) {
        await endFamily(family, { kind: 'token.reused', actor: null, from })
        throw problem('identify.token-reused')
      }
      return {
        session: String(row[0]),
        user: String(row[1]),
        expiresInSeconds: Number(row[2]),
        token: `${family}.${successor}`,
      }
    },
    async end(given, from) {
      const [, family] = tokenForm.exec(given) ?? []
      if (family !== undefined) await endFamily(family, { ...revoked, from })
    },
  }
}

const revoked = { kind: 'session.ended', actor: null, detail: { by: 'sign-out' } } as const
