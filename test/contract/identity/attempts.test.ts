/** Throttled guessing: exact over nodes, and never a way to lock the owner out. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Problem } from '../../../src/base/errors.ts'
import { limits } from '../../../src/base/limits.ts'
import type { Identity } from '../../../src/engine/identity/identity.ts'
import { newPerson, openHouse, openNode, quickHash } from './house.ts'

const { database, identity } = await openHouse()
const another = openNode(database)

let addresses = 0
const newAddress = () => `198.51.${Math.floor(++addresses / 256)}.${addresses % 256}`

interface Guess {
  readonly email: string
  readonly password: string
}

/** The code of the refusal, or `in`. */
async function guess(node: Identity, { email, password }: Guess, address: string) {
  try {
    await node.signIn({ email, password }, { address, agent: null, requestId: null })
    return 'in'
  } catch (error) {
    assert.ok(error instanceof Problem)
    if (error.code === 'limit.exceeded') assert.ok((error.retryAfterSeconds ?? 0) >= 1)
    return error.code
  }
}

async function newOwner(): Promise<Guess & { readonly wrong: Guess }> {
  const person = newPerson()
  await identity.createUser(person, [])
  const { email, password } = person
  return { email, password, wrong: { email, password: 'a wrong guess' } }
}

function count(outcomes: readonly string[], what: string): number {
  return outcomes.filter(outcome => outcome === what).length
}

/** Lets the time pass that the counts wait for, without waiting. */
async function passTime(ms: number): Promise<void> {
  await database.run(
    {
      text: `update "mettle"."attempts" set "last_at" = "last_at" - $1::int * interval '1 ms',
        "blocked_until" = "blocked_until" - $1::int * interval '1 ms'`,
      values: [ms],
    },
    'pool',
  )
}

test('a burst on two nodes gets exactly the free guesses, also for a user who does not exist', async () => {
  const owner = await newOwner()
  for (const wrong of [owner.wrong, { email: newPerson().email, password: 'x' }]) {
    const address = newAddress()
    const nodes = Array.from({ length: 12 }, (_, at) => (at % 2 === 0 ? identity : another))
    const outcomes = await Promise.all(nodes.map(node => guess(node, wrong, address)))
    assert.equal(count(outcomes, 'identify.wrong-credentials'), limits.attemptsFreeForPair)
    assert.equal(count(outcomes, 'limit.exceeded'), 12 - limits.attemptsFreeForPair)
  }
})

test('the wait doubles with each failure and ends at its bound', async () => {
  const { wrong } = await newOwner()
  const address = newAddress()
  for (let free = 0; free < limits.attemptsFreeForPair; free++) {
    assert.equal(await guess(identity, wrong, address), 'identify.wrong-credentials')
  }
  let waitMs: number = limits.attemptDelayMs
  for (let failure = 0; failure < 13; failure++) {
    assert.equal(await guess(identity, wrong, address), 'limit.exceeded', `after ${failure}`)
    // Real time passes as well, so only a long wait is cut in half.
    if (waitMs >= 8_000) {
      await passTime(waitMs / 2)
      assert.equal(await guess(identity, wrong, address), 'limit.exceeded', `amid ${failure}`)
    }
    await passTime(waitMs)
    assert.equal(await guess(identity, wrong, address), 'identify.wrong-credentials')
    waitMs = Math.min(waitMs * 2, limits.attemptDelayMsMax)
  }
  await passTime(limits.attemptsForgottenMs)
  for (let free = 0; free < limits.attemptsFreeForPair; free++) {
    assert.equal(await guess(identity, wrong, address), 'identify.wrong-credentials')
  }
})

test('while strangers guess, the owner comes in from his address and from a new one', async () => {
  const owner = await newOwner()
  const home = newAddress()
  assert.equal(await guess(identity, owner, home), 'in')
  const attack = async (address: string) => {
    const outcomes = []
    for (let tries = 0; tries < 8; tries++)
      outcomes.push(await guess(another, owner.wrong, address))
    return count(outcomes, 'identify.wrong-credentials')
  }
  const looked = []
  for (let machine = 0; machine < 12; machine++) looked.push(await attack(newAddress()))
  // The account runs hot: the later machines get fewer guesses than the first.
  assert.equal(looked[0], limits.attemptsFreeForPair)
  assert.equal(looked.at(-1), limits.attemptsFreeForPairUnderAttack)
  assert.equal(await guess(identity, owner, home), 'in')
  assert.equal(await guess(identity, owner, newAddress()), 'in')
})

test('one machine that tries many accounts is held back, and so is a whole IPv6 line', async () => {
  for (const addressOf of [() => '192.0.2.77', (at: number) => `2001:db8:7:7::${at}`]) {
    const outcomes = []
    for (let at = 0; at < limits.attemptsFreeForAddress + 5; at++) {
      const wrong = { email: newPerson().email, password: 'letmein!' }
      outcomes.push(await guess(identity, wrong, addressOf(at + 1)))
    }
    assert.equal(count(outcomes, 'identify.wrong-credentials'), limits.attemptsFreeForAddress)
  }
})

test('a right guess in between excuses no wrong ones', async () => {
  const owner = await newOwner()
  const address = newAddress()
  const outcomes: string[] = []
  for (let at = 0; at < limits.attemptsFreeForAddress + 5; at++) {
    assert.notEqual(await guess(identity, owner, address), 'identify.wrong-credentials')
    const wrong = { email: newPerson().email, password: 'letmein!' }
    outcomes.push(await guess(identity, wrong, address))
  }
  assert.equal(count(outcomes, 'identify.wrong-credentials'), limits.attemptsFreeForAddress)
})

test('who signs in often and rightly is never held back', async () => {
  const owner = await newOwner()
  const address = newAddress()
  for (let times = 0; times < limits.attemptsFreeForAddress + 10; times++) {
    assert.equal(await guess(identity, owner, address), 'in')
  }
  assert.equal(await guess(identity, owner.wrong, address), 'identify.wrong-credentials')
  assert.equal(await guess(identity, owner, address), 'in')
})

test('a guess that was not looked at is not counted', async () => {
  const owner = await newOwner()
  const address = newAddress()
  const broken = openNode(database, {
    hasher: { ...quickHash, verify: () => Promise.reject(new Error('out of memory')) },
  })
  for (let times = 0; times < limits.attemptsFreeForPair + 3; times++) {
    await assert.rejects(
      broken.signIn(
        { email: owner.email, password: owner.password },
        { address, agent: null, requestId: null },
      ),
      /out of memory/,
    )
  }
  assert.equal(await guess(identity, owner, address), 'in')
})

test('changing the password is a guess like any other', async () => {
  const owner = await newOwner()
  const client = { address: newAddress(), agent: null, requestId: null }
  const credentials = { email: owner.email, password: owner.password }
  const { session } = await identity.signIn(credentials, client)
  const caller = await identity.identify({ cookie: session.token, bearer: null, address: '::1' })
  const change = { current: 'a wrong guess', next: 'seven loud geese' }
  for (let free = 0; free < limits.attemptsFreeForPair; free++) {
    await assert.rejects(identity.changePassword(change, caller, client), {
      code: 'identify.wrong-credentials',
    })
  }
  await assert.rejects(identity.changePassword(change, caller, client), { code: 'limit.exceeded' })
})

test('what is typed as an e-mail address is not kept', async () => {
  const secretive = { email: 'my-password-in-the-wrong-box@example.com', password: 'x' }
  await guess(identity, secretive, newAddress())
  const rows = await database.run(
    { text: `select "subject" from "mettle"."attempts"`, values: [] },
    'pool',
  )
  assert.ok(rows.length > 0)
  assert.ok(!JSON.stringify(rows).includes('my-password'))
  await passTime(limits.attemptsForgottenMs)
  await identity.keep()
  const left = await database.run({ text: `select from "mettle"."attempts"`, values: [] }, 'pool')
  assert.equal(left.length, 0)
})
