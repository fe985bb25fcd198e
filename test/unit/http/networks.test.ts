/** Networks: who may come in. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { admission } from '../../../src/api/http/networks.ts'

const addresses = ['10.0.0.7', '10.9.0.1', '::ffff:10.0.0.7', '192.0.2.1', 'fd00::1', '2001:db8::1']

function admitted(allowed: readonly string[], denied: readonly string[]): readonly string[] {
  const admits = admission({ allowed, denied })
  assert.ok(admits !== null)
  return addresses.filter(admits)
}

test('without a list everybody may, and nothing is looked at', () => {
  assert.equal(admission({ allowed: [], denied: [] }), null)
})

test('a list of those allowed lets in nobody else, in either way of writing an address', () => {
  assert.deepEqual(admitted(['10.0.0.0/16'], []), ['10.0.0.7', '::ffff:10.0.0.7'])
  assert.deepEqual(admitted(['fd00::/8', '192.0.2.1'], []), ['192.0.2.1', 'fd00::1'])
})

test('who is denied is not let in, also where he is allowed', () => {
  assert.deepEqual(admitted([], ['10.0.0.0/8', '2001:db8::/32']), ['192.0.2.1', 'fd00::1'])
  assert.deepEqual(admitted(['10.0.0.0/8'], ['10.0.0.7']), ['10.9.0.1'])
})

test('a connection without an address is nobody that a list allows', () => {
  assert.equal(admission({ allowed: ['10.0.0.0/8'], denied: [] })!(''), false)
})
