/** The bound on hashing: so many at a time, so many waiting, everybody else told to come back. */

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'

import { createPasswords } from '../../../src/engine/identity/passwords.ts'
import type { PasswordHash } from '../../../src/ports/password-hash.ts'

/** Hashes that end when the test says so. */
function heldHasher() {
  const running: (() => void)[] = []
  let most = 0
  const hold = <T>(result: T) =>
    new Promise<T>(resolve => {
      running.push(() => resolve(result))
      most = Math.max(most, running.length)
    })
  const hasher: PasswordHash = {
    hash: password => hold(`of ${password}`),
    verify: (hash, password) => hold(hash === `of ${password}`),
  }
  /** Ends the oldest hash and lets the next begin. */
  const endOne = async () => {
    running.shift()!()
    await new Promise(resolve => setImmediate(resolve))
  }
  return { hasher, running, endOne, most: () => most }
}

function passwordsOf(hasher: PasswordHash) {
  const clock = { now: () => 0, monotonic: () => 0 }
  const bounds = { parallelMax: 2, queueMax: 3 }
  return createPasswords({ hasher, clock, random: randomBytes, observe: () => {}, ...bounds })
}

test('runs two at a time, keeps three waiting in order and refuses the sixth', async () => {
  const { hasher, running, endOne, most } = heldHasher()
  const passwords = passwordsOf(hasher)
  const done: string[] = []
  const five = ['a', 'b', 'c', 'd', 'e'].map(async name => {
    await passwords.hash(name)
    done.push(name)
  })
  await assert.rejects(passwords.hash('f'), { code: 'admit.overloaded', retryAfterSeconds: 1 })
  await endOne()
  five.push(passwords.hash('late').then(() => void done.push('late')))
  assert.equal(running.length, 2)
  while (running.length > 0) await endOne()
  await Promise.all(five)
  assert.equal(most(), 2)
  assert.deepEqual(done, ['a', 'b', 'c', 'd', 'e', 'late'])
  const later = [passwords.hash('g'), passwords.hash('h')]
  assert.equal(running.length, 2)
  while (running.length > 0) await endOne()
  await Promise.all(later)
})

test('a hash that fails gives its place back', async () => {
  let calls = 0
  const hasher: PasswordHash = {
    hash: () => (++calls <= 4 ? Promise.reject(new Error('no memory')) : Promise.resolve('done')),
    verify: () => Promise.resolve(false),
  }
  const passwords = passwordsOf(hasher)
  const outcomes = await Promise.allSettled(['a', 'b', 'c', 'd'].map(name => passwords.hash(name)))
  assert.ok(outcomes.every(outcome => outcome.status === 'rejected'))
  assert.equal(await passwords.hash('e'), 'done')
})

test('a user who does not exist costs one verification of a real hash and is never right', async () => {
  const verified: string[] = []
  const hasher: PasswordHash = {
    hash: password => Promise.resolve(`of ${password}`),
    verify(hash) {
      verified.push(hash)
      return Promise.resolve(true)
    },
  }
  const passwords = passwordsOf(hasher)
  await passwords.start()
  assert.equal(await passwords.verify(null, 'x'), false)
  assert.match(verified[0]!, /^of [0-9a-f]{32}$/)
  assert.equal(await passwords.verify('of x', 'x'), true)
  assert.equal(verified.length, 2)
})
