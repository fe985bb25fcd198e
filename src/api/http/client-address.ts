/** Whose request it is where proxies stand between: the address that can be believed. */

import { BlockList, isIP, isIPv6 } from 'node:net'

/**
 * `forwarded` is X-Forwarded-For, to which every proxy adds whom it speaks for at the right end;
 * null where it was not sent.
 */
export type ClientAddress = (peer: string, forwarded: string | null) => string

/** An address of a proxy, or a block of them. */
interface Network {
  readonly address: string
  readonly prefix: number
  readonly family: 'ipv4' | 'ipv6'
}

/** From `10.0.0.7`, `10.0.0.0/8` or `fd00::/8`. Throws an Error for anything else. */
export function parseNetwork(text: string): Network {
  const [address = '', bits, ...rest] = text.split('/')
  const family = isIPv6(address) ? 'ipv6' : 'ipv4'
  const prefixMax = family === 'ipv6' ? 128 : 32
  const prefix = bits === undefined ? prefixMax : Number(bits)
  const isBlock = bits === undefined || (/^\d{1,3}$/.test(bits) && prefix <= prefixMax)
  if (isIP(address) === 0 || !isBlock || rest.length > 0) {
    throw new Error(
      `must be addresses and blocks like 10.0.0.7, 10.0.0.0/8, not ${JSON.stringify(text)}`,
    )
  }
  return { address, prefix, family }
}

/**
 * The right-most address that no trusted proxy has: all further left is the client's own word, and
 * everything is where the peer is not trusted.
 */
export function clientAddressBehind(trustedProxies: readonly string[]): ClientAddress {
  const proxies = new BlockList()
  for (const { address, prefix, family } of trustedProxies.map(parseNetwork)) {
    proxies.addSubnet(address, prefix, family)
  }
  const isTrusted = (address: string) => proxies.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
  return (peer, forwarded) => {
    if (forwarded === null || !isTrusted(peer)) return peer
    let client = peer
    for (const hop of forwarded.split(',').toReversed()) {
      const address = hop.trim()
      if (isIP(address) === 0) break
      client = address
      if (!isTrusted(address)) break
    }
    return client
  }
}
