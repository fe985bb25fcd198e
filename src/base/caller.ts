/** Who asks: the facts about a caller that rules of access may use. */

export interface Caller {
  readonly kind: 'anonymous' | 'user' | 'system'
  /** The user's id (UUID), null unless `kind` is `user`. */
  readonly id: string | null
  readonly roles: readonly string[]
  /** Reserved: the tenant of the caller. */
  readonly tenant: string | null
  /** The session that the caller came with, if any: what sign-out ends. */
  readonly session: string | null
  /** The API key that the caller came with, if any: then there is no session. */
  readonly apiKey: CallerKey | null
}

/** An API key as the rules about its use see it. */
export interface CallerKey {
  /** UUID. */
  readonly id: string
  /** What it may be used for; null: whatever its user may do. */
  readonly scopes: ReadonlySet<string> | null
}

export const anonymous: Caller = Object.freeze({
  kind: 'anonymous',
  id: null,
  roles: [],
  tenant: null,
  session: null,
  apiKey: null,
})

/** The engine itself, and the repositories of a command: no rule holds it back. */
export const system: Caller = Object.freeze({
  kind: 'system',
  id: null,
  roles: [],
  tenant: null,
  session: null,
  apiKey: null,
})

/** What a caller hears whom a rule refuses: nobody in particular may still sign in. */
export function denialCode(caller: Caller): 'identify.required' | 'authorise.denied' {
  return caller.kind === 'anonymous' ? 'identify.required' : 'authorise.denied'
}
