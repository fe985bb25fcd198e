/** Whose address a request has, with and without proxies in front. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { clientAddressBehind } from '../../../src/api/http/client-address.ts'
import { parseNetwork } from '../../../src/api/http/networks.ts'

const behind = clientAddressBehind(['10.0.0.0/8', '192.0.2.7', 'fd00::/8'])

const cases: Readonly<
  Record<string, readonly [peer: string, forwarded: string | null, client: string]>
> = {
  'no proxy': ['203.0.113.9', null, '203.0.113.9'],
  'a proxy that says nothing': ['10.1.2.3', null, '10.1.2.3'],
  'a client that poses as another': ['203.0.113.9', '198.51.100.1', '203.0.113.9'],
  'one proxy': ['10.1.2.3', '203.0.113.9', '203.0.113.9'],
  'one proxy, seen as IPv6': ['::ffff:10.1.2.3', '203.0.113.9', '203.0.113.9'],
  'a chain of proxies': ['192.0.2.7', '203.0.113.9, 10.1.2.3, fd00::1', '203.0.113.9'],
  'a client that poses as another behind a proxy': [
    '10.1.2.3',
    '198.51.100.1, 10.9.9.9, 203.0.113.9',
    '203.0.113.9',
  ],
  'an address of IPv6': ['fd00::1', '2001:db8::9', '2001:db8::9'],
  'proxies only': ['10.1.2.3', '10.4.4.4, 10.5.5.5', '10.4.4.4'],
  'a hop that is no address': ['10.1.2.3', '203.0.113.9, unknown, 10.5.5.5', '10.5.5.5'],
  'an empty header': ['10.1.2.3', '', '10.1.2.3'],
  'a peer without an address': ['', '203.0.113.9', ''],
}

for (const [what, [peer, forwarded, client]] of Object.entries(cases)) {
  test(`the address of ${what}`, () => {
    assert.equal(behind(peer, forwarded), client)
  })
}

test('without trusted proxies nobody is believed', () => {
  assert.equal(clientAddressBehind([])('127.0.0.1', '203.0.113.9'), '127.0.0.1')
})

test('only addresses and blocks can be trusted', () => {
  assert.deepEqual(parseNetwork('10.0.0.7'), { address: '10.0.0.7', prefix: 32, family: 'ipv4' })
  for (const text of [
    '',
    '10.0.0',
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    'proxy',
  ]) {
    assert.throws(() => parseNetwork(text), /must be addresses and blocks/, text)
  }
})
