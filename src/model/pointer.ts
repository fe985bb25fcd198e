/** JSON Pointers (RFC 6901). */

/** One reference token, escaped: what follows a `/`. */
export function escapePointer(token: string): string {
  return token.replaceAll('~', '~0').replaceAll('/', '~1')
}
