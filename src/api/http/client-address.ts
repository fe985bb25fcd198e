/** Whose request it is where proxies stand between: the address that can be believed. */

import { isIP } from 'node:net'

import { inNetworks } from './networks.ts'

/**
 * `forwarded` is X-Forwarded-For, to which every proxy adds whom it speaks for at the right end;
 * null where it was not sent.
 */
export type ClientAddress = (peer: string, forwarded: string | null) => string

/**
 * The right-most address that no trusted proxy has: all further left is the client's own word, and
 * everything is where the peer is not trusted.
 */
export function clientAddressBehind(trustedProxies: readonly string[]): ClientAddress {
  const isTrusted = inNetworks(trustedProxies)
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
