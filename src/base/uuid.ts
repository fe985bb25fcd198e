/** UUIDv7 (RFC 9562): ids that sort by the time they were made. */

import { randomFillSync } from 'node:crypto'

const pool = Buffer.alloc(4_096)
let used = pool.length
let lastMs = 0
let sequence = 0

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
const form = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/**
 * 12 bits of `rand_a` count within a millisecond (RFC 9562, 6.2 method 1), so one process never
 * inverts.
 */
export function uuidv7(nowMs: number = Date.now()): string {
  if (nowMs > lastMs) {
    lastMs = nowMs
    sequence = 0
  } else if (++sequence > 0xfff) {
    lastMs += 1
    sequence = 0
  }
  if (used + 8 > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const time = lastMs.toString(16).padStart(12, '0')
  const at = used
  used += 8
  const byte = (index: number) => hex[pool[at + index]!]!
  const variant = hex[(pool[at]! & 0x3f) | 0x80]!
  const count = (0x7000 | sequence).toString(16)
  return `${time.slice(0, 8)}-${time.slice(8)}-${count}-${variant}${byte(1)}-${byte(2)}${byte(3)}${byte(4)}${byte(5)}${byte(6)}${byte(7)}`
}

/** Whether the text has the form of a UUID of any version. */
export function isUuid(text: string): boolean {
  return text.length === 36 && form.test(text)
}
