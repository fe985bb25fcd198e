/** JSON Pointers (RFC 6901). */

const special = /[~/]/

/** One reference token, escaped: what follows a `/`. */
export function escapePointer(token: string): string {
  if (!special.test(token)) return token
  return token.replaceAll('~', '~0').replaceAll('/', '~1')
}

/** The token that `escapePointer` escaped. */
export function unescapePointer(token: string): string {
  return token.replaceAll('~1', '/').replaceAll('~0', '~')
}
