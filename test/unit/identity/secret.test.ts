/** Sealing: only the same key opens, and nothing that was changed does. */

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'

import { deriveKey, seal, unseal } from '../../../src/engine/identity/secret.ts'

const key = deriveKey('secret', 'one')

test('opens what it sealed, and never seals the same twice', () => {
  const sealed = seal(key, 'grüße', randomBytes)
  assert.equal(unseal(key, sealed), 'grüße')
  assert.notEqual(seal(key, 'grüße', randomBytes), sealed)
})

test('another secret and another purpose make another key', () => {
  const sealed = seal(key, 'text', randomBytes)
  assert.equal(unseal(deriveKey('other', 'one'), sealed), null)
  assert.equal(unseal(deriveKey('secret', 'two'), sealed), null)
  assert.equal(unseal(deriveKey('secret', 'one'), sealed), 'text')
})

test('opens nothing that was changed or cut', () => {
  const bytes = Buffer.from(seal(key, 'text', randomBytes), 'base64url')
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes)
    changed[at]! ^= 1
    assert.equal(unseal(key, changed.toString('base64url')), null)
    assert.equal(unseal(key, bytes.subarray(0, at).toString('base64url')), null)
  }
})
