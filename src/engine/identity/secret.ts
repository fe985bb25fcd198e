/** Keys made from METTLE_SECRET, one for each purpose, and what is sealed with them. */

import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'

import type { RandomBytes } from '../../base/clock.ts'

const ivBytes = 12
const tagBytes = 16

/** A 256-bit key for one purpose (HKDF-SHA-256, RFC 5869): two purposes never share one. */
export function deriveKey(secret: string, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, '', `mettle ${purpose}`, 32))
}

/** AES-256-GCM as base64url of nonce, tag and ciphertext. */
export function seal(key: Uint8Array, text: string, random: RandomBytes): string {
  const iv = random(ivBytes)
  const cipher = createCipheriv('aes-256-gcm', key, iv)
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url')
}

/** The sealed text; null when it was sealed with another key or changed since. */
export function unseal(key: Uint8Array, sealed: string): string | null {
  const bytes = Buffer.from(sealed, 'base64url')
  if (bytes.length < ivBytes + tagBytes) return null
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, ivBytes))
  decipher.setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes))
  try {
    const text = decipher.update(bytes.subarray(ivBytes + tagBytes))
    return Buffer.concat([text, decipher.final()]).toString('utf8')
  } catch {
    return null
  }
}
