/** Addresses: one line counts as one, however many addresses it is given. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { addressKey } from '../../../src/engine/limit/address.ts'

const keys: readonly (readonly [address: string, key: string])[] = [
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0DB8:0001:0002::1', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['1::', '1:0:0:0::/64'],
  ['::', '0:0:0:0::/64'],
  ['64:ff9b::203.0.113.7', '64:ff9b:0:0::/64'],
  ['', ''],
]

for (const [address, key] of keys) {
  test(`${address || 'nothing'} counts as ${key || 'nothing'}`, () => {
    assert.equal(addressKey(address), key)
    assert.equal(addressKey(address), key, 'once more')
  })
}
