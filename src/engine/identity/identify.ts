/** Who asks: from a session cookie, an access token or an API key to a caller. */

import { anonymous } from '../../base/caller.ts'
import type { Caller } from '../../base/caller.ts'
import type { Clock } from '../../base/clock.ts'
import { problem } from '../../base/errors.ts'
import { limits } from '../../base/limits.ts'
import type { Levels } from '../../base/observe.ts'
import type { Credentials } from '../operation.ts'
import type { AccessTokens } from './access-tokens.ts'
import { isApiKey, isMeantAsKey } from './api-keys.ts'
import { CallerCache } from './caller-cache.ts'
import type { CallerLookup } from './caller-lookup.ts'
import { hashToken, isSessionToken } from './sessions.ts'

/**
 * Answers at once for nobody, and where the cookie or token was seen a moment ago. A cookie that is
 * not good is nobody's; a bearer token that is not good is refused with `identify.invalid-token`,
 * an API key with `identify.invalid-key`. Both go before a cookie.
 */
export type Identify = (credentials: Credentials) => Caller | Promise<Caller>

interface Identification {
  readonly identify: Identify
  /** From now on this node asks PostgreSQL about the session or API key of this id. */
  readonly forget: (id: string) => void
  /** The same for all of them. */
  readonly forgetAll: () => void
  readonly levels: () => Levels['sessionCaches']
}

export function createIdentification(options: {
  readonly clock: Clock
  readonly tokens: AccessTokens
  readonly findByCookie: CallerLookup
  readonly findSession: CallerLookup
  readonly findByKey: CallerLookup
}): Identification {
  const { clock, tokens, findByCookie, findSession, findByKey } = options
  // Trust is counted from before the asking: the answer may be of an instant before its arrival.
  // Apart, so that a cookie's value is no bearer token and the other way round.
  const byCookie = new CallerCache()
  const byBearer = new CallerCache()
  const byKey = new CallerCache()

  const askCookie = async (cookie: string): Promise<Caller> => {
    const { generation } = byCookie
    const untilMs = clock.monotonic() + limits.sessionCacheMs
    const known = await findByCookie(hashToken(cookie))
    if (known === null) return anonymous
    return byCookie.remember(cookie, known, untilMs, generation)
  }
  const askBearer = async (bearer: string): Promise<Caller> => {
    const { generation } = byBearer
    const claims = await tokens.verify(bearer)
    const trustMs = Math.min(limits.sessionCacheMs, claims.expiresAtMs - clock.now())
    const untilMs = clock.monotonic() + trustMs
    const known = await findSession(claims.session)
    if (known === null || known.user !== claims.user) throw problem('identify.invalid-token')
    return byBearer.remember(bearer, known, untilMs, generation)
  }
  const askKey = async (key: string): Promise<Caller> => {
    const { generation } = byKey
    const fromMs = clock.monotonic()
    const found = isApiKey(key) ? await findByKey(hashToken(key)) : null
    if (found === null) throw problem('identify.invalid-key')
    const untilMs = fromMs + Math.min(limits.sessionCacheMs, found.leftMs)
    return byKey.remember(key, found, untilMs, generation)
  }

  return {
    identify({ bearer, cookie }) {
      if (bearer !== null) {
        return isMeantAsKey(bearer)
          ? (byKey.fresh(bearer, clock.monotonic()) ?? askKey(bearer))
          : (byBearer.fresh(bearer, clock.monotonic()) ?? askBearer(bearer))
      }
      if (cookie === null || !isSessionToken(cookie)) return anonymous
      return byCookie.fresh(cookie, clock.monotonic()) ?? askCookie(cookie)
    },
    forget(id) {
      byCookie.forget(id)
      byBearer.forget(id)
      byKey.forget(id)
    },
    forgetAll() {
      byCookie.forgetAll()
      byBearer.forgetAll()
      byKey.forgetAll()
    },
    levels: () => ({
      cookie: byCookie.levels,
      token: byBearer.levels,
      'api-key': byKey.levels,
    }),
  }
}
