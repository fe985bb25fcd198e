/** Short names for long texts. */

import { hash } from 'node:crypto'

/** 72 bits of SHA-256: the same text has the same digest in every process, other texts another. */
export function digestOf(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 12)
}
