/**
 * Callers that were identified a moment ago: what makes a guarded request as cheap as an open one.
 */

import { LRUCache } from 'lru-cache'

import type { Caller } from '../../base/caller.ts'
import { limits } from '../../base/limits.ts'
import type { CacheLevels } from '../../base/observe.ts'

interface Entry {
  readonly caller: Caller
  /** On the monotonic clock. */
  readonly freshUntilMs: number
}

/** What is known of a live session or key. */
export interface Known extends Held {
  readonly user: string
  readonly roles: readonly string[]
}

/** What a caller hangs on: a session, or an API key whose scopes never change. */
type Held = Pick<Caller, 'session' | 'apiKey'>

/**
 * Maps tokens to frozen callers. A fresh entry is trusted for `limits.sessionCacheMs`: that is the
 * bound in which other nodes may still honour what was revoked; this node forgets it at once. A
 * stale entry is asked for again and, where nothing has changed, keeps its `Caller` object: what
 * the plan cache knows of a caller hangs on that object.
 */
export class CallerCache {
  readonly #entries = new LRUCache<string, Entry>({
    max: limits.sessionCacheMax,
    dispose: (entry, token) => this.#unlink(entry, token),
  })
  readonly #tokensOf = new Map<string, Set<string>>()
  #forgotten = 0
  #hits = 0
  #misses = 0

  /** The caller of a token that needs no asking. */
  fresh(token: string, nowMs: number): Caller | null {
    const entry = this.#entries.get(token)
    if (entry !== undefined && nowMs < entry.freshUntilMs) {
      this.#hits += 1
      return entry.caller
    }
    this.#misses += 1
    return null
  }

  get levels(): CacheLevels {
    return { entries: this.#entries.size, hits: this.#hits, misses: this.#misses }
  }

  /** To be read before PostgreSQL is asked and handed back with its answer. */
  get generation(): number {
    return this.#forgotten
  }

  /**
   * Remembers the answer, unless something was forgotten since it was asked for: it may be the very
   * session that ended.
   */
  remember(token: string, known: Known, freshUntilMs: number, generation: number): Caller {
    const caller = this.#callerOf(token, known)
    if (generation !== this.#forgotten) return caller
    this.#entries.set(token, { caller, freshUntilMs })
    const id = idOf(known)
    const tokens = this.#tokensOf.get(id)
    if (tokens === undefined) this.#tokensOf.set(id, new Set([token]))
    else tokens.add(token)
    return caller
  }

  /** Forgets every token of a session, or a key. */
  forget(id: string): void {
    this.#forgotten += 1
    for (const token of this.#tokensOf.get(id) ?? []) this.#entries.delete(token)
  }

  /** Forgets all. Whoever is still there costs one more look-up. */
  forgetAll(): void {
    this.#forgotten += 1
    this.#entries.clear()
  }

  #callerOf(token: string, known: Known): Caller {
    const { user: id, session, apiKey } = known
    const roles = internRoles(known.roles)
    const before = this.#entries.peek(token)?.caller
    const same = before?.id === id && idOf(before) === idOf(known) && before.roles === roles
    return same ? before : Object.freeze({ kind: 'user', id, roles, tenant: null, session, apiKey })
  }

  #unlink(entry: Entry, token: string): void {
    const id = idOf(entry.caller)
    const tokens = this.#tokensOf.get(id)
    tokens?.delete(token)
    if (tokens?.size === 0) this.#tokensOf.delete(id)
  }
}

function idOf({ session, apiKey }: Held): string {
  return session ?? apiKey!.id
}

const internedRolesMax = 1_000
const interned = new LRUCache<string, readonly string[]>({ max: internedRolesMax })

/** One frozen, sorted array for each set of roles, so that unchanged roles are the same array. */
function internRoles(roles: readonly string[]): readonly string[] {
  const sorted = Object.freeze([...new Set(roles)].toSorted())
  const key = JSON.stringify(sorted)
  const known = interned.get(key)
  if (known !== undefined) return known
  interned.set(key, sorted)
  return sorted
}
