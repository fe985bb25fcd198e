/** What counts as one address when callers are counted by address. */

import { isIPv6 } from 'node:net'

import { LRUCache } from 'lru-cache'

const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i

/**
 * IPv4 addresses count one by one. Of IPv6 the first 64 bits count: one line is given that many, so
 * counting single addresses would let one machine be a crowd. Anything else counts as it stands.
 */
export function addressKey(address: string): string {
  if (!address.includes(':')) return address
  const known = keys.get(address)
  if (known !== undefined) return known
  const key = keyOf(address)
  keys.set(address, key)
  return key
}

/** Who asks asks again, and taking an address apart costs more than its bucket. */
const keys = new LRUCache<string, string>({ max: 1_000 })

function keyOf(address: string): string {
  const inner = mapped.exec(address)?.[1]
  if (inner !== undefined) return inner
  if (!isIPv6(address)) return address
  const groups = expandGroups(address.split('%', 1)[0]!)
  return `${groups.slice(0, 4).join(':')}::/64`
}

/** The eight groups of a valid IPv6 address, without leading zeros, in lower case. */
function expandGroups(address: string): readonly string[] {
  const [head = '', tail] = address.toLowerCase().split('::', 2)
  const first = head === '' ? [] : head.split(':')
  const last = tail === undefined || tail === '' ? [] : tail.split(':')
  const dotted = last.at(-1)?.includes('.') === true || first.at(-1)?.includes('.') === true
  const missing = Math.max(0, 8 - first.length - last.length - (dotted ? 1 : 0))
  const middle = tail === undefined ? [] : Array.from({ length: missing }, () => '0')
  return [...first, ...middle, ...last].map(group => group.replace(/^0+(?=.)/, ''))
}
