/**
 * The Idempotency-Key header (draft-ietf-httpapi-idempotency-key-header-07): quoted as the draft
 * says, or bare.
 */

import { problem } from '../../base/errors.ts'
import { limits } from '../../base/limits.ts'
import type { HttpRequest } from '../http/route.ts'

const quotedForm = /^"((?:[ !#-[\]-~]|\\["\\])*)"$/
/**
 * Without spaces, commas and quotes, so that a repeated header, which Node joins with a comma, is
 * refused.
 */
const bareForm = /^[!#-+\--~]+$/

/** null where the header is absent. Throws `wire.invalid-header`. */
export function idempotencyKey(request: HttpRequest): string | null {
  const header = request.header('idempotency-key')
  if (header === null) return null
  const key =
    quotedForm.exec(header)?.[1]?.replaceAll(/\\(.)/g, '$1') ?? bareForm.exec(header)?.[0] ?? ''
  if (key === '' || key.length > limits.idempotencyKeyCharsMax) {
    throw problem('wire.invalid-header', {
      detail: `Idempotency-Key is one key of 1 to ${limits.idempotencyKeyCharsMax} printable ASCII characters, best in double quotes.`,
    })
  }
  return key
}
