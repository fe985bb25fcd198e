/** API keys in PostgreSQL: made, listed, revoked; only the hash of a key is ever stored. */

import type { Clock, RandomBytes } from '../../base/clock.ts'
import { problem } from '../../base/errors.ts'
import { limits } from '../../base/limits.ts'
import { uuidv7 } from '../../base/uuid.ts'
import type { Row, Statement } from '../../ports/database.ts'
import { wireTime } from '../../sql/wire-time.ts'
import { auditInsert, auditValues, type AuditOrigin } from '../audit/audit.ts'
import type { Data } from '../data/data.ts'
import type { ApiKeyInput } from './api-key-input.ts'
import type { Run } from './run.ts'
import { hashToken, isAlive } from './sessions.ts'

/** Told from an access token by its first character, and found by whoever looks for leaks. */
const keyStart = 'mtl_'
/** 256 bits: OWASP ASVS 7.2.3 asks for 128. */
const keyBytes = 32
const keyForm = /^mtl_[\w-]{43}$/
/** What its list shows of a key, so that its owner knows it again: 48 bits of 256. */
const prefixChars = keyStart.length + 8

/** A key as its owner sees it; times in RFC 3339. */
export interface ApiKeyEntry {
  readonly id: string
  readonly name: string
  /** The first characters of the key. */
  readonly prefix: string
  /** Null: whatever the user may do. */
  readonly scopes: readonly string[] | null
  readonly createdAt: string
  /** Null where it was never used; at most `limits.sessionTouchMs` behind. */
  readonly lastUsedAt: string | null
  readonly expiresAt: string
}

/** The only time that the key itself is known. */
export interface MadeApiKey extends ApiKeyEntry {
  readonly key: string
}

/** Who manages keys, and from where; null for both: an operator. */
export interface KeyManager {
  /** A user. */
  readonly actor: string | null
  readonly from: AuditOrigin | null
}

interface NewKey extends KeyManager, ApiKeyInput {
  readonly user: string
  /** That of the user, which must not have ended; null: an operator makes the key. */
  readonly session: string | null
}

export interface ApiKeys {
  /** `identify.required` where user or session is gone, `run.too-many-keys` beyond the bound. */
  make(key: NewKey): Promise<MadeApiKey>
  /** Those that are good, the newest first. */
  list(user: string): Promise<readonly ApiKeyEntry[]>
  /** Revokes one key of a user, or all (null). Gives the ids of those that were. */
  revoke(user: string, id: string | null, by: KeyManager): Promise<readonly string[]>
}

/** Whether a bearer token is meant as an API key. */
export function isMeantAsKey(bearer: string): boolean {
  return bearer.startsWith(keyStart)
}

/** Whether a text can be a key at all. */
export function isApiKey(text: string): boolean {
  return keyForm.test(text)
}

/** Of a row of `mettle.api_keys`. */
export const isKeyAlive = `"expires_at" > now()`

/** Held, so that of a user's keys only one is counted and made at a time. */
const holdText = (users: string) => `select from "${users}" "user"
where "id" = $1::uuid and ($2::uuid is null or exists (
  select from "mettle"."sessions" where "id" = $2::uuid and "user_id" = $1::uuid and ${isAlive}
)) for no key update of "user"`

const countText = `select count(*)::int4 from "mettle"."api_keys"
where "user_id" = $1::uuid and ${isKeyAlive}`

const shown = `"id", "name", "prefix", "scopes", ${wireTime('created_at')}, ${wireTime('last_used_at')},
  ${wireTime('expires_at')}`

const keyDetail = `jsonb_build_object('apiKey', "source"."id")`

const makeText = `with made as (
  insert into "mettle"."api_keys"
    ("id", "token_hash", "user_id", "name", "prefix", "scopes", "expires_at")
  values ($1::uuid, decode($2::text, 'hex'), $3::uuid, $4::text, $5::text, $6::jsonb,
    now() + $7::int4 * interval '1 day')
  returning *
), noted as (
  ${auditInsert(8, 'made', { detail: keyDetail })}
)
select ${shown} from made`

const listText = `select ${shown} from "mettle"."api_keys"
where "user_id" = $1::uuid and ${isKeyAlive} order by "id" desc limit ${limits.apiKeysPerUserMax}`

const revokeText = (condition: string) => `with revoked as (
  delete from "mettle"."api_keys" where "user_id" = $1::uuid and ${condition}
  returning "id", "user_id"
), noted as (
  ${auditInsert(3, 'revoked', { detail: keyDetail })}
)
select "id" from revoked`

const revokeOneText = revokeText(`"id" = $2::uuid`)
const revokeAllText = revokeText(`$2::uuid is null`)

/** Forgets what nobody can use any more. */
export const pruneApiKeys: Statement = {
  text: `delete from "mettle"."api_keys" where not (${isKeyAlive})`,
  values: [],
}

export function createApiKeys(options: {
  readonly data: Data
  readonly run: Run
  readonly clock: Clock
  readonly random: RandomBytes
  /** The table of the users. */
  readonly users: string
}): ApiKeys {
  const { data, run, clock, random } = options
  const hold = holdText(options.users)
  return {
    async make({ user, session, actor, from, name, days, scopes }) {
      const key = keyStart + Buffer.from(random(keyBytes)).toString('base64url')
      const entry = { kind: 'api-key.created', actor, from } as const
      const own = [uuidv7(clock.now()), hashToken(key), user, name, key.slice(0, prefixChars)]
      const given = scopes === null ? null : JSON.stringify(scopes)
      const values = [...own, given, days, ...auditValues(entry)]
      const made = await data.transaction(
        { isolation: 'read committed' },
        async ({ transaction }) => {
          const held = await transaction.run({ text: hold, values: [user, session] })
          if (held.length === 0) throw problem('identify.required')
          const [counted] = await transaction.run({ text: countText, values: [user] })
          if (Number(counted?.[0]) >= limits.apiKeysPerUserMax) throw tooMany()
          return transaction.run({ text: makeText, values })
        },
      )
      return { ...toEntry(made[0]!), key }
    },
    async list(user) {
      const rows = await run({ text: listText, values: [user] }, 'read')
      return rows.map(toEntry)
    },
    async revoke(user, id, { actor, from }) {
      const entry = { kind: 'api-key.revoked', actor, from } as const
      const text = id === null ? revokeAllText : revokeOneText
      const rows = await run({ text, values: [user, id, ...auditValues(entry)] }, 'write')
      return rows.map(row => String(row[0]))
    },
  }
}

function tooMany() {
  return problem('run.too-many-keys', {
    detail: `A user has at most ${limits.apiKeysPerUserMax} keys.`,
  })
}

function toEntry(row: Row): ApiKeyEntry {
  return {
    id: String(row[0]),
    name: String(row[1]),
    prefix: String(row[2]),
    scopes: typeof row[3] === 'string' ? JSON.parse(row[3]) : null,
    createdAt: String(row[4]),
    lastUsedAt: typeof row[5] === 'string' ? row[5] : null,
    expiresAt: String(row[6]),
  }
}
