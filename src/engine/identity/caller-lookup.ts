/**
 * Asks PostgreSQL whom a session or an API key belongs to; what is asked in one turn of the event
 * loop goes in one statement.
 */

import { limits } from '../../base/limits.ts'
import type { ResourceModel } from '../../model/model.ts'
import type { Row } from '../../ports/database.ts'
import { Gathering } from '../data/gathering.ts'
import type { Guest } from '../data/gathering.ts'
import { isKeyAlive } from './api-keys.ts'
import type { Known } from './caller-cache.ts'
import type { Run } from './run.ts'
import { isAlive } from './sessions.ts'

interface Found extends Known {
  /** How long it lives on at most; an API key may end before it is asked for again. */
  readonly leftMs: number
}

/** Null where the session or key has ended, or its user is gone. */
export type CallerLookup = (key: string) => Promise<Found | null>

interface Question extends Guest {
  readonly key: string
  readonly resolve: (found: Found | null) => void
}

/** What was used longer ago is marked as used: rarely, because each is a write. */
const touchAfter = `interval '${limits.sessionTouchMs} milliseconds'`

/** `more`: further columns of the row; `given` is the key that is asked for. */
interface Source {
  readonly table: string
  readonly column: string
  readonly given: string
  readonly alive: string
  readonly more: string
  readonly held: (id: string, row: Row) => Omit<Found, 'user' | 'roles'>
}

const ofSession = {
  table: '"mettle"."sessions"',
  alive: isAlive,
  more: 'null as "scopes", null::float8 as "left_ms"',
  held: (session: string) => ({ session, apiKey: null, leftMs: Infinity }),
} as const

/** Secrets are asked for by their SHA-256 in hex. */
const hashed = { column: '"token_hash"', given: `decode(given."key", 'hex')` } as const

/** By a cookie's token; by the id that an access token names; by an API key. */
const sources = {
  cookie: { ...ofSession, ...hashed },
  session: { ...ofSession, column: '"id"', given: `given."key"::uuid` },
  apiKey: {
    ...hashed,
    table: '"mettle"."api_keys"',
    alive: isKeyAlive,
    more: '"scopes", extract(epoch from "expires_at" - now())::float8 * 1000 as "left_ms"',
    held: (id, row) => ({
      session: null,
      apiKey: Object.freeze({ id, scopes: scopesOf(row[5]) }),
      leftMs: Number(row[6]),
    }),
  },
} as const satisfies Readonly<Record<string, Source>>

/** `join lateral`: one index scan for each key, whatever the planner expects of `unnest`. */
function lookupText({ table, column, given, alive, more }: Source, users: ResourceModel): string {
  return `select given."key", held."id", held."user_id", person."roles", held."unseen",
  held."scopes", held."left_ms"
from unnest($1::text[]) as given("key")
join lateral (
  select "id", "user_id", coalesce("last_used_at" < now() - ${touchAfter}, true) as "unseen", ${more}
  from ${table} where ${column} = ${given} and ${alive} limit 1
) as held on true
join lateral (
  select "roles" from "${users.table}" where "id" = held."user_id" limit 1
) as person on true`
}

function touchText({ table }: Source): string {
  return `update ${table} set "last_used_at" = now() where "id" = any($1::uuid[])`
}

export function createCallerLookup(options: {
  readonly run: Run
  readonly users: ResourceModel
  readonly by: keyof typeof sources
  /** Told when something could not be marked as used; the request goes on. */
  readonly fault: (error: unknown) => void
}): CallerLookup {
  const { run, fault } = options
  const source: Source = sources[options.by]
  const [text, touching] = [lookupText(source, options.users), touchText(source)]
  const gathering = new Gathering<Question>({
    rowsMax: limits.batchRowsMax,
    waitingMax: limits.batchWaitingMax,
    identify: null,
    async send(questions) {
      const keys = [...new Set(questions.map(question => question.key))]
      try {
        const rows = await run({ text, values: [keys] }, 'read')
        const found = new Map(rows.map(row => [String(row[0]), toFound(source, row)]))
        touch(rows)
        return () => questions.forEach(({ key, resolve }) => resolve(found.get(key) ?? null))
      } catch (error) {
        return () => questions.forEach(question => question.reject(error))
      }
    },
  })

  const touch = (rows: readonly Row[]): void => {
    const unseen = rows.filter(row => row[4] === true).map(row => row[1])
    if (unseen.length > 0) run({ text: touching, values: [unseen] }, 'write').catch(fault)
  }
  return key => {
    const { promise, resolve, reject } = Promise.withResolvers<Found | null>()
    gathering.add({ key, resolve, reject, signal: null })
    return promise
  }
}

function toFound({ held }: Source, row: Row): Found {
  const roles: readonly string[] = JSON.parse(String(row[3]))
  return { user: String(row[2]), roles, ...held(String(row[1]), row) }
}

function scopesOf(json: unknown): ReadonlySet<string> | null {
  return typeof json === 'string' ? new Set<string>(JSON.parse(json)) : null
}
