/** The session cookie: its name and its flags. */

import { limits } from '../../base/limits.ts'

export interface SessionCookie {
  /** `__Host-` where the browser can hold us to TLS and to one host (RFC 6265bis, 4.1.3.2). */
  readonly name: string
  /** The Set-Cookie value that gives a token. */
  readonly give: (token: string) => string
  /** The Set-Cookie value that takes the token away. */
  readonly take: string
}

/** `secure`: browsers reach us by TLS, here or at a proxy in front. */
export function sessionCookie(secure: boolean): SessionCookie {
  const name = secure ? '__Host-mettle_session' : 'mettle_session'
  // Lax keeps the cookie from foreign posts; checkOrigin holds back what Lax lets through.
  const flags = `Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`
  const seconds = limits.sessionAbsoluteHours * 3_600
  return Object.freeze({
    name,
    give: (token: string) => `${name}=${token}; Max-Age=${seconds}; ${flags}`,
    take: `${name}=; Max-Age=0; ${flags}`,
  })
}
