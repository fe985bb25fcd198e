/** Sessions in PostgreSQL: opened, listed, ended; only the hash of a token is ever stored. */

import { createHash } from 'node:crypto'

import type { Clock, RandomBytes } from '../../base/clock.ts'
import { limits } from '../../base/limits.ts'
import { uuidv7 } from '../../base/uuid.ts'
import { wireTime } from '../../sql/wire-time.ts'
import type { Statement } from '../../ports/database.ts'
import { auditInsert, auditValues, type AuditOrigin } from '../audit/audit.ts'
import type { Run } from './run.ts'

/** 256 bits: OWASP ASVS 7.2.3 asks for 128. */
const tokenBytes = 32
const tokenForm = /^[\w-]{43}$/

/** Where a session is used from, as its list and the audit trail show it. */
export interface Client extends AuditOrigin {
  /** The User-Agent, cut to `agentCharsMax` characters. */
  readonly agent: string | null
}

/**
 * What keeps a session, and for how many seconds at most: the cookie of a browser, one access
 * token, or refresh tokens.
 */
const sessionKinds = {
  cookie: limits.sessionAbsoluteHours * 3_600,
  token: limits.accessTokenSeconds,
  refresh: limits.sessionAbsoluteHours * 3_600,
} as const

type SessionKind = keyof typeof sessionKinds

/** How long refresh tokens can keep a session. */
export const refreshSeconds = sessionKinds.refresh

/** Why a session was ended before its time, as the audit trail says it. */
type EndedBy = 'sign-out' | 'owner' | 'password' | 'surplus'

const agentCharsMax = 200

export interface OpenSession {
  readonly id: string
  /** The only time that it is known. */
  readonly token: string
  /** RFC 3339. */
  readonly expiresAt: string
}

/** Who asks that a session be ended, and from where. */
interface Ending {
  readonly by: EndedBy
  /** A user; null: nobody asked, another session needed the room. */
  readonly actor: string | null
  readonly from: AuditOrigin
}

/** Of a session that refresh tokens keep: the hashes (hex) of its first one. */
interface FirstHashes {
  readonly familyHash: string
  readonly tokenHash: string
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

/** Who comes in, from where and by what. */
interface Entrance {
  readonly user: string
  readonly client: Client
  readonly kind: SessionKind
  /** That of the password that was proved; null where none was. */
  readonly hash: string | null
  readonly refresh: FirstHashes | null
}

export interface Sessions {
  /**
   * Ends in its time however much it is used; an idle one ends sooner. Null where the password is
   * another one by now.
   */
  open(entrance: Entrance): Promise<OpenSession | null>
  /** A new token for a session, whose old one ends; null where the session has ended. */
  rotate(id: string): Promise<OpenSession | null>
  /** The newest first. */
  list(user: string): Promise<readonly SessionEntry[]>
  /** Ends one; false where the user has no such session. */
  end(user: string, id: string, ending: Ending): Promise<boolean>
  /** Ends the session of a cookie's token. Gives its id. */
  endToken(token: string, ending: Ending): Promise<string | null>
  /** Gives the ids. */
  endOthers(user: string, kept: string | null, ending: Ending): Promise<readonly string[]>
}

/** Whether a text can be a token at all. */
export function isSessionToken(text: string): boolean {
  return tokenForm.test(text)
}

/** SHA-256 in hex. The token has the entropy of a key, so a slow hash would add nothing. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

/** SQL: what the audit trail says of a session that `source` gives. */
export const sessionDetail = `jsonb_build_object('session', "source"."id")`

const idle = `interval '${limits.sessionIdleHours} hours'`

/** Of a row of `mettle.sessions`: neither ended nor unused for too long. */
export const isAlive = `"expires_at" > now() and "last_used_at" > now() - ${idle}`

/**
 * Whoever changes a password ends the sessions that it opened: the lock lets him see this one, or
 * lets this one see the change. Ends the user's dead and surplus sessions by the way, so that
 * nobody's list grows without bound. Each kind is counted apart: a program that signs in ever again
 * must not sign its user out of his browsers.
 */
const openText = `with proved as (
  select from "mettle"."credentials"
  where "user_id" = $3::uuid and ($10::text is null or "hash" = $10::text) for share
), surplus as (
  delete from "mettle"."sessions" where "user_id" = $3::uuid and (not (${isAlive}) or "id" in (
    select "id" from "mettle"."sessions" where "user_id" = $3::uuid and "kind" = $7::text
    order by "expires_at" desc, "id" desc offset ${limits.sessionsPerUserMax - 1}))
  returning "id", "user_id", ${isAlive} as "alive"
), opened as (
  insert into "mettle"."sessions"
    ("id", "token_hash", "user_id", "expires_at", "address", "agent", "kind")
  select $1::uuid, decode($2::text, 'hex'), $3::uuid, now() + $4::int4 * interval '1 second',
    $5::text, $6::text, $7::text
  from proved
  returning "id", "user_id", "expires_at"
), family as (
  insert into "mettle"."refresh_tokens" ("session_id", "family_hash", "token_hash")
  select "id", decode($8::text, 'hex'), decode($9::text, 'hex') from opened where $8::text is not null
), noted as (
  ${auditInsert(11, 'opened')}
), made_room as (
  ${auditInsert(16, '(select * from "surplus" where "alive")', { detail: sessionDetail })}
)
select ${wireTime('expires_at')} from opened`

const rotateText = `update "mettle"."sessions" set "token_hash" = decode($2::text, 'hex'), "last_used_at" = now()
where "id" = $1::uuid and ${isAlive} returning ${wireTime('expires_at')}`

const listText = `select "id", ${wireTime('created_at')}, ${wireTime('last_used_at')},
  ${wireTime('expires_at')}, "address", "agent"
from "mettle"."sessions" where "user_id" = $1::uuid and ${isAlive}
order by "id" desc limit ${Object.keys(sessionKinds).length * limits.sessionsPerUserMax}`

/**
 * `$first` and the next are the values of the audit entry that each session gets; whose cookie it
 * is, he ended it.
 */
const endText = (condition: string, first: number, actor?: string) => `with ended as (
  delete from "mettle"."sessions" where ${condition} returning "id", "user_id"
), noted as (
  ${auditInsert(first, 'ended', { detail: sessionDetail, ...(actor !== undefined && { actor }) })}
)
select "id" from ended`

const endOneText = endText(`"user_id" = $1::uuid and "id" = $2::uuid`, 3)
const endTokenText = endText(`"token_hash" = decode($1::text, 'hex')`, 2, `"source"."user_id"`)
const endOthersText = endText(`"user_id" = $1::uuid and "id" is distinct from $2::uuid`, 3)

function endingValues({ by, actor, from }: Ending): readonly unknown[] {
  return auditValues({ kind: 'session.ended', actor, from, detail: { by } })
}

/** Ends every session of a user but one (null: none is kept). */
export function endOthersStatement(user: string, kept: string | null, ending: Ending): Statement {
  return { text: endOthersText, values: [user, kept, ...endingValues(ending)] }
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
    async open({ user, client, kind, hash, refresh }) {
      const id = uuidv7(clock.now())
      const token = newToken()
      const agent = client.agent?.slice(0, agentCharsMax) ?? null
      const detail = { session: id, kind }
      const first = [refresh?.familyHash ?? null, refresh?.tokenHash ?? null]
      const entry = { kind: 'session.opened', actor: user, from: client, detail } as const
      const seconds = sessionKinds[kind]
      const own = [id, hashToken(token), user, seconds, client.address, agent, kind]
      const room = endingValues({ by: 'surplus', actor: null, from: client })
      const values = [...own, ...first, hash, ...auditValues(entry), ...room]
      const [row] = await run({ text: openText, values }, 'write')
      return row === undefined ? null : { id, token, expiresAt: String(row[0]) }
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
    async end(user, id, ending) {
      const values = [user, id, ...endingValues(ending)]
      const rows = await run({ text: endOneText, values }, 'write')
      return rows.length > 0
    },
    async endToken(token, ending) {
      const values = [hashToken(token), ...endingValues(ending)]
      const [row] = await run({ text: endTokenText, values }, 'write')
      return row === undefined ? null : String(row[0])
    },
    async endOthers(user, kept, ending) {
      const rows = await run(endOthersStatement(user, kept, ending), 'write')
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
