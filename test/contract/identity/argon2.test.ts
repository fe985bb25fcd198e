/** The real hash: its parameters, the event loop beside it, and the time that a guess takes. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { argon2 } from '../../../src/adapters/argon2/argon2.ts'
import { migratedDatabase } from '../../support/model.ts'
import { modelOf, newPerson, openNode } from './house.ts'

test('hashes are Argon2id with at least the memory and passes that ASVS asks for, salted', async () => {
  const [one, two] = await Promise.all([argon2.hash('same'), argon2.hash('same')])
  assert.match(one, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  assert.notEqual(one, two)
  assert.equal(await argon2.verify(one, 'same'), true)
  assert.equal(await argon2.verify(one, 'Same'), false)
})

test('nothing of a long password is cut off', async () => {
  const long = 'x'.repeat(999)
  const hash = await argon2.hash(`${long}a`)
  assert.equal(await argon2.verify(hash, `${long}b`), false)
  assert.equal(await argon2.verify(hash, `${long}a`), true)
})

test('the event loop turns while a hash is made', async () => {
  let turns = 0
  let hashing = true
  const turn = () => {
    turns += 1
    if (hashing) setImmediate(turn)
  }
  setImmediate(turn)
  await argon2.hash('anything')
  hashing = false
  assert.ok(turns > 10, `${turns} turns`)
})

test('a guess takes as long for a user who does not exist', async () => {
  const { database } = await migratedDatabase(modelOf('open'))
  const node = openNode(database, { hasher: argon2 })
  await node.start()
  const known = newPerson()
  await node.createUser(known, [])
  const guess = async (email: string, at: number) => {
    const client = { address: `192.0.2.${at}`, agent: null, requestId: null }
    const startedMs = performance.now()
    await assert.rejects(node.signIn({ email, password: 'a wrong guess' }, client), {
      code: 'identify.wrong-credentials',
    })
    return performance.now() - startedMs
  }
  const ratios: number[] = []
  for (let at = 1; at <= 15; at++) {
    const there = await guess(known.email, at)
    const missing = await guess(newPerson().email, at + 100)
    ratios.push(missing / there)
  }
  // Without the stand-in hash an unknown user answers twenty times faster.
  const median = ratios.toSorted((one, other) => one - other)[7]!
  assert.ok(median > 0.5 && median < 2, `median ratio ${median}`)
})
