/**
 * Asks PostgreSQL who a session belongs to; what is asked in one turn of the event loop goes in one
 * statement.
 */

import { limits } from '../../base/limits.ts'
import type { ResourceModel } from '../../model/model.ts'
import type { Row } from '../../ports/database.ts'
import { Gathering } from '../data/gathering.ts'
import type { Guest } from '../data/gathering.ts'
import type { Known } from './caller-cache.ts'
import type { Run } from './run.ts'
import { isAlive } from './sessions.ts'

/** Null where the session has ended, or its user is gone. */
export type SessionLookup = (key: string) => Promise<Known | null>

interface Question extends Guest {
  readonly key: string
  readonly resolve: (known: Known | null) => void
}

/** A session that was used longer ago is marked as used. */
const touchAfter = `interval '${limits.sessionTouchMs} milliseconds'`

/**
 * How a session is named: by the SHA-256 of its cookie's token in hex, or by its id where an access
 * token names it.
 */
const columns = {
  tokenHash: { column: '"token_hash"', from: `decode(given."key", 'hex')` },
  id: { column: '"id"', from: `given."key"::uuid` },
} as const

/** `left join lateral`: one index scan for each key, whatever the planner expects of `unnest`. */
function lookupText(by: keyof typeof columns, users: ResourceModel): string {
  const { column, from } = columns[by]
  return `select given."key", session."id", session."user_id", person."roles", session."unseen"
from unnest($1::text[]) as given("key")
join lateral (
  select "id", "user_id", "last_used_at" < now() - ${touchAfter} as "unseen"
  from "mettle"."sessions" where ${column} = ${from} and ${isAlive} limit 1
) as session on true
join lateral (
  select "roles" from "${users.table}" where "id" = session."user_id" limit 1
) as person on true`
}

/** Counts as used; as rarely as the idle time allows, because each is a write. */
const touchText = `update "mettle"."sessions" set "last_used_at" = now() where "id" = any($1::uuid[])`

export function createSessionLookup(options: {
  readonly run: Run
  readonly users: ResourceModel
  readonly by: keyof typeof columns
  /** Told when a session could not be marked as used; the request goes on. */
  readonly fault: (error: unknown) => void
}): SessionLookup {
  const { run, fault } = options
  const text = lookupText(options.by, options.users)
  const gathering = new Gathering<Question>({
    rowsMax: limits.batchRowsMax,
    waitingMax: limits.batchWaitingMax,
    identify: null,
    async send(questions) {
      const keys = [...new Set(questions.map(question => question.key))]
      try {
        const rows = await run({ text, values: [keys] }, 'read')
        const found = new Map(rows.map(row => [String(row[0]), toKnown(row)]))
        touch(rows)
        return () => questions.forEach(({ key, resolve }) => resolve(found.get(key) ?? null))
      } catch (error) {
        return () => questions.forEach(question => question.reject(error))
      }
    },
  })

  const touch = (rows: readonly Row[]): void => {
    const unseen = rows.filter(row => row[4] === true).map(row => row[1])
    if (unseen.length > 0) run({ text: touchText, values: [unseen] }, 'write').catch(fault)
  }
  return key => {
    const { promise, resolve, reject } = Promise.withResolvers<Known | null>()
    gathering.add({ key, resolve, reject, signal: null })
    return promise
  }
}

function toKnown(row: Row): Known {
  const roles: readonly string[] = JSON.parse(String(row[3]))
  return { session: String(row[1]), user: String(row[2]), roles }
}
