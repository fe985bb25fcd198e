/** UUIDv7 (RFC 9562): ids that sort by the time they were made. */

import { randomFillSync } from 'node:crypto'

const pool = Buffer.alloc(4_096)
let used = pool.length
let lastMs = 0
let lastTime = timeText(0)
let sequence = 0

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
const form = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/**
 * 12 bits of `rand_a` count within a millisecond (RFC 9562, 6.2 method 1), so one process never
 * inverts.
 */
export function uuidv7(nowMs: number = Date.now()): string {
  if (nowMs > lastMs) {
    moveTo(nowMs)
  } else if (++sequence > 0xfff) {
    moveTo(lastMs + 1)
  }
  if (used + 8 > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const at = used
  used += 8
  const variant = hex[(pool[at]! & 0x3f) | 0x80]!
  const low = pool.toString('hex', at + 2, at + 8)
  return `${lastTime}${(0x7000 | sequence).toString(16)}-${variant}${hex[pool[at + 1]!]!}-${low}`
}

/** The text of the time stays the same for all ids of a millisecond. */
function moveTo(ms: number): void {
  lastMs = ms
  lastTime = timeText(ms)
  sequence = 0
}

function timeText(ms: number): string {
  const time = ms.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-`
}

/** Whether the text has the form of a UUID of any version. */
export function isUuid(text: string): boolean {
  return text.length === 36 && form.test(text)
}
