/** The password policy: what is refused, and that nothing else is. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { checkPassword, normalisePassword } from '../../../src/engine/identity/password-policy.ts'
import { Faults } from '../../../src/model/faults.ts'

function verdict(password: string, context: readonly string[] = []): string | null {
  const faults = new Faults('body')
  checkPassword(normalisePassword(password), context, '/password', faults)
  assert.ok(faults.list.every(fault => fault.pointer === '/password'))
  return faults.list[0]?.code ?? null
}

test('measures characters, not bytes or units', () => {
  assert.equal(verdict('kq7§vzp'), 'too-short')
  assert.equal(verdict('🦊🐢🦉🐙🦀🐝🦋🐌'), null)
  assert.equal(verdict('🦊🐢🦉🐙🦀🐝🦋'), 'too-short')
  assert.equal(verdict('ab'.repeat(500)), null)
  assert.equal(verdict(`${'ab'.repeat(500)}c`), 'too-long')
})

test('asks for no mixture of characters', () => {
  assert.equal(verdict('gnarlybison'), null)
  assert.equal(verdict('correct horse battery staple'), null)
})

test('refuses what guessers try first, in any case and spelling', () => {
  assert.equal(verdict('password'), 'too-common')
  assert.equal(verdict('PassWord1'), 'too-common')
  assert.equal(verdict('ｐａｓｓｗｏｒｄ'), 'too-common')
  assert.equal(verdict('1234567890'), 'too-common')
})

test('refuses what is made of the e-mail or the name of the service', () => {
  const context = ['ada.lovelace@example.com', 'bookshop']
  assert.equal(verdict('ada.lovelace@example.com', context), 'too-easy')
  assert.equal(verdict('Lovelace', context), 'too-easy')
  assert.equal(verdict('lovelace12', context), 'too-easy')
  assert.equal(verdict('bookshopbookshop', context), 'too-easy')
  assert.equal(verdict('lovelace likes turtles', context), null)
})

test('one password typed on two keyboards is one', () => {
  assert.equal(normalisePassword('Å'), normalisePassword('A\u030a'))
  assert.equal(normalisePassword('ﬁne'), 'fine')
})
