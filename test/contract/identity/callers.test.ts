/** Callers: cheap when seen a moment ago, the same object while nothing changes, gone when told. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { anonymous } from '../../../src/base/caller.ts'
import { limits } from '../../../src/base/limits.ts'
import { DatabaseError } from '../../../src/ports/database.ts'
import type { Database, Statement } from '../../../src/ports/database.ts'
import { newPerson, openHouse, openNode } from './house.ts'

const { database, identity } = await openHouse()
const client = { address: '::1', agent: null, requestId: null }

async function signedIn(): Promise<{ cookie: string; bearer: null; address: string }> {
  const { session } = await identity.signUp(newPerson(), {
    address: '::1',
    agent: null,
    requestId: null,
  })
  return { cookie: session.token, bearer: null, address: '::1' }
}

/** The same database, with a count of the statements that it is asked. */
function counted(): { readonly database: Database; readonly asked: Statement[] } {
  const asked: Statement[] = []
  const run: Database['run'] = (statement, route, signal) => {
    asked.push(statement)
    return database.run(statement, route, signal)
  }
  return { database: Object.assign(Object.create(database), { run }), asked }
}

function nodeAt(over: Database = database) {
  const time = { ms: 0 }
  const clock = { now: () => Date.now() + time.ms, monotonic: () => time.ms }
  return { time, node: openNode(over, { clock }) }
}

test('nobody is anonymous at once, and no cookie that could not be ours is asked for', () => {
  const spy = counted()
  const { node } = nodeAt(spy.database)
  for (const cookie of [null, '', 'x', 'x'.repeat(44), `${'x'.repeat(42)}=`]) {
    assert.equal(node.identify({ cookie, bearer: null, address: '::1' }), anonymous)
  }
  assert.equal(spy.asked.length, 0)
})

test('a caller is asked for once in the time of trust, and stays the same frozen object', async () => {
  const credentials = await signedIn()
  const spy = counted()
  const { node, time } = nodeAt(spy.database)
  const first = await node.identify(credentials)
  assert.equal(first.kind, 'user')
  assert.ok(Object.isFrozen(first) && Object.isFrozen(first.roles))
  time.ms = limits.sessionCacheMs - 1
  assert.equal(node.identify(credentials), first)
  assert.equal(spy.asked.length, 1)
  time.ms = limits.sessionCacheMs
  const again = node.identify(credentials)
  assert.ok(again instanceof Promise)
  assert.equal(await again, first)
  assert.equal(spy.asked.length, 2)
})

test('callers with the same roles share the array', async () => {
  const [one, two] = await Promise.all([signedIn(), signedIn()])
  const [first, second] = [await identity.identify(one), await identity.identify(two)]
  assert.notEqual(first, second)
  assert.equal(first.roles, second.roles)
})

test('what is asked in one turn goes in one statement', async () => {
  const many = await Promise.all(Array.from({ length: 8 }, signedIn))
  const spy = counted()
  const { node } = nodeAt(spy.database)
  const nobody = { cookie: 'A'.repeat(43), bearer: null, address: '::1' }
  const callers = await Promise.all(
    [...many, ...many, nobody].map(async credentials => node.identify(credentials)),
  )
  assert.equal(spy.asked.length, 1)
  assert.equal(new Set(callers.map(caller => caller.id)).size, 9)
  assert.equal(callers.at(-1), anonymous)
})

test('an ended session is unknown here at once, and elsewhere when trust ends', async () => {
  const credentials = await signedIn()
  const { node: elsewhere, time } = nodeAt()
  const caller = await elsewhere.identify(credentials)
  await identity.identify(credentials)
  await identity.endSession(caller, caller.session!, client)
  assert.equal((await identity.identify(credentials)).kind, 'anonymous')
  time.ms = limits.sessionCacheMs - 1
  assert.equal((await elsewhere.identify(credentials)).kind, 'user')
  time.ms = limits.sessionCacheMs
  assert.equal((await elsewhere.identify(credentials)).kind, 'anonymous')
})

test('a session that ends while it is being asked for is not remembered', async () => {
  const credentials = await signedIn()
  const caller = await identity.identify(credentials)
  const read = Promise.withResolvers<void>()
  const held = Promise.withResolvers<void>()
  const slow: Database['run'] = async (statement, route) => {
    const rows = await database.run(statement, route)
    if (!statement.text.includes('unnest')) return rows
    read.resolve()
    await held.promise
    return rows
  }
  const { node } = nodeAt(Object.assign(Object.create(database), { run: slow }))
  const asked = node.identify(credentials)
  // The look-up has read the live session and is on its way back while the session ends.
  await read.promise
  await node.endSession(caller, caller.session!, client)
  held.resolve()
  await asked
  assert.ok(node.identify(credentials) instanceof Promise)
  assert.equal((await node.identify(credentials)).kind, 'anonymous')
})

test('who is deleted is nobody', async () => {
  const credentials = await signedIn()
  const { id } = await identity.identify(credentials)
  await database.run({ text: `delete from "users" where "id" = $1`, values: [id] }, 'pool')
  assert.equal((await openNode(database).identify(credentials)).kind, 'anonymous')
})

test('while PostgreSQL is away, callers are told so and not taken for nobody', async () => {
  const credentials = await signedIn()
  const { node } = nodeAt(Object.assign(Object.create(database), { run: gone }))
  await assert.rejects(async () => node.identify(credentials), { code: 'run.unavailable' })
})

function gone(): Promise<never> {
  return Promise.reject(new DatabaseError('unavailable', 'gone'))
}
