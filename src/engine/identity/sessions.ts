/** Sessions in PostgreSQL: opened, listed, ended; only the hash of a token is ever stored. */

import { createHash } from 'node:crypto'

import type { Clock, RandomBytes } from '../../base/clock.ts'
import { limits } from '../../base/limits.ts'
import { uuidv7 } from '../../base/uuid.ts'
import { wireTime } from '../../sql/wire-time.ts'
import type { Statement } from '../../ports/database.ts'
import type { Run } from './run.ts'

/** 256 bits: OWASP ASVS 7.2.3 asks for 128. */
const tokenBytes = 32
const tokenForm = /^[\w-]{43}$/

/** Where a session is used from, as its list shows it. */
export interface Client {
  readonly address: string
  /** The User-Agent, cut to `agentCharsMax` characters. */
  readonly agent: string | null
}

const agentCharsMax = 200

export interface OpenSession {
  readonly id: string
  /** The only time that it is known. */
  readonly token: string
  /** RFC 3339. */
  readonly expiresAt: string
}

/** A session as its owner sees it; times in RFC 3339. */
export interface SessionEntry {
  readonly id: string
  readonly createdAt: string
  readonly lastUsedAt: string
  readonly expiresAt: string
  readonly address: string | null
  readonly agent: string | null
}

export interface Sessions {
  /** `seconds` until it ends however much it is used; an idle one ends sooner. */
  open(user: string, client: Client, seconds: number): Promise<OpenSession>
  /** A new token for a session, whose old one ends; null where the session has ended. */
  rotate(id: string): Promise<OpenSession | null>
  /** The newest first. */
  list(user: string): Promise<readonly SessionEntry[]>
  /** Ends one; false where the user has no such session. */
  end(user: string, id: string): Promise<boolean>
  /** Ends the session of a token. Gives its id. */
  endToken(token: string): Promise<string | null>
  /** Gives the ids. */
  endOthers(user: string, kept: string | null): Promise<readonly string[]>
}

/** Whether a text can be a token at all. */
export function isSessionToken(text: string): boolean {
  return tokenForm.test(text)
}

/** SHA-256 in hex. The token has the entropy of a key, so a slow hash would add nothing. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

const idle = `interval '${limits.sessionIdleHours} hours'`

/** Of a row of `mettle.sessions`: neither ended nor unused for too long. */
export const isAlive = `"expires_at" > now() and "last_used_at" > now() - ${idle}`

/** Of a row: opened for one access token, and ends with it. */
const isBrief = `"expires_at" - "created_at" <= interval '${limits.accessTokenSeconds} seconds'`

/**
 * Ends the user's dead and surplus sessions by the way, so that nobody's list grows without bound.
 * Those of access tokens are counted apart: a program that asks for many must not sign its user out
 * of his browsers.
 */
const openText = `with surplus as (
  delete from "mettle"."sessions" where "user_id" = $3::uuid and (not (${isAlive}) or "id" in (
    select "id" from "mettle"."sessions"
    where "user_id" = $3::uuid and (${isBrief}) = ($4::int4 <= ${limits.accessTokenSeconds})
    order by "expires_at" desc, "id" desc offset ${limits.sessionsPerUserMax - 1}))
)
insert into "mettle"."sessions" ("id", "token_hash", "user_id", "expires_at", "address", "agent")
select $1::uuid, decode($2::text, 'hex'), $3::uuid, now() + $4::int4 * interval '1 second',
  $5::text, $6::text
returning ${wireTime('expires_at')}`

const rotateText = `update "mettle"."sessions" set "token_hash" = decode($2::text, 'hex'), "last_used_at" = now()
where "id" = $1::uuid and ${isAlive} returning ${wireTime('expires_at')}`

const listText = `select "id", ${wireTime('created_at')}, ${wireTime('last_used_at')},
  ${wireTime('expires_at')}, "address", "agent"
from "mettle"."sessions" where "user_id" = $1::uuid and ${isAlive}
order by "id" desc limit ${2 * limits.sessionsPerUserMax}`

const endText = `delete from "mettle"."sessions" where "user_id" = $1::uuid and "id" = $2::uuid returning "id"`
const endTokenText = `delete from "mettle"."sessions" where "token_hash" = decode($1::text, 'hex') returning "id"`

/** Ends every session of a user but one (null: none is kept). */
export function endOthersStatement(user: string, kept: string | null): Statement {
  return {
    text: `delete from "mettle"."sessions" where "user_id" = $1::uuid and "id" is distinct from $2::uuid returning "id"`,
    values: [user, kept],
  }
}

/** Forgets what nobody can use any more. */
export const pruneSessions: Statement = {
  text: `delete from "mettle"."sessions" where not (${isAlive})`,
  values: [],
}

export function createSessions(options: {
  readonly run: Run
  readonly clock: Clock
  readonly random: RandomBytes
}): Sessions {
  const { run, clock, random } = options
  const newToken = () => Buffer.from(random(tokenBytes)).toString('base64url')
  return {
    async open(user, client, seconds) {
      const id = uuidv7(clock.now())
      const token = newToken()
      const agent = client.agent?.slice(0, agentCharsMax) ?? null
      const values = [id, hashToken(token), user, seconds, client.address, agent]
      const [row] = await run({ text: openText, values }, 'write')
      return { id, token, expiresAt: String(row![0]) }
    },
    async rotate(id) {
      const token = newToken()
      const [row] = await run({ text: rotateText, values: [id, hashToken(token)] }, 'write')
      return row === undefined ? null : { id, token, expiresAt: String(row[0]) }
    },
    async list(user) {
      const rows = await run({ text: listText, values: [user] }, 'read')
      return rows.map(toEntry)
    },
    async end(user, id) {
      const rows = await run({ text: endText, values: [user, id] }, 'write')
      return rows.length > 0
    },
    async endToken(token) {
      const [row] = await run({ text: endTokenText, values: [hashToken(token)] }, 'write')
      return row === undefined ? null : String(row[0])
    },
    async endOthers(user, kept) {
      const rows = await run(endOthersStatement(user, kept), 'write')
      return rows.map(row => String(row[0]))
    },
  }
}

function toEntry(row: readonly unknown[]): SessionEntry {
  return {
    id: String(row[0]),
    createdAt: String(row[1]),
    lastUsedAt: String(row[2]),
    expiresAt: String(row[3]),
    address: textOrNull(row[4]),
    agent: textOrNull(row[5]),
  }
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
