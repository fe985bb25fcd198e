/** Networks: blocks of addresses, and who of them may come in. */

import { BlockList, isIP, isIPv6 } from 'node:net'

/** An address, or a block of them. */
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
 * Whether an address lies in one of the networks. An IPv4 address that came as IPv6 counts as what
 * it is.
 */
export function inNetworks(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const { address, prefix, family } of networks.map(parseNetwork)) {
    list.addSubnet(address, prefix, family)
  }
  return address => list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}

/** Who may come in: whom nothing denies and, where anything is allowed, whom that names. */
export interface Networks {
  readonly allowed: readonly string[]
  readonly denied: readonly string[]
}

/** Null where everybody may. */
export function admission({ allowed, denied }: Networks): ((address: string) => boolean) | null {
  if (allowed.length === 0 && denied.length === 0) return null
  const isAllowed = allowed.length === 0 ? () => true : inNetworks(allowed)
  const isDenied = inNetworks(denied)
  return address => !isDenied(address) && isAllowed(address)
}
