/** Signing up, in and out over HTTP; sessions that rotate and die when told. */

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'

import { isUuid } from '../../../src/base/uuid.ts'
import type { Identity } from '../../../src/engine/identity/identity.ts'
import type { PasswordHash } from '../../../src/ports/password-hash.ts'
import { lockWaiters } from '../../support/lock-waiters.ts'
import { newPerson, openHouse, openNode, quickHash, Visitor } from './house.ts'

const { url, database, identity } = await openHouse()

async function signedUp(): Promise<{ visitor: Visitor; person: ReturnType<typeof newPerson> }> {
  const visitor = new Visitor(url)
  const person = newPerson()
  const { status } = await visitor.send('POST', 'sign-up', person)
  assert.equal(status, 201)
  return { visitor, person }
}

async function first(text: string, values: readonly unknown[]): Promise<readonly unknown[]> {
  const rows = await database.run({ text, values }, 'pool')
  return rows[0] ?? []
}

test('sign-up makes a user with an event, a credential and a session', async () => {
  const visitor = new Visitor(url)
  const answer = await visitor.send('POST', 'sign-up', {
    email: 'Ada@Example.COM',
    password: 'Analytical engines hum',
    name: 'Ada',
  })
  assert.equal(answer.status, 201)
  const user = answer.body.user
  assert.ok(isUuid(user.id))
  assert.deepEqual(user, { id: user.id, email: 'ada@example.com', roles: [] })
  const [type, data] = await first(
    `select "type", "data"::text from "mettle"."events" where "key" = $1::uuid`,
    [user.id],
  )
  assert.equal(type, 'users.created')
  assert.equal(JSON.parse(String(data)).name, 'Ada')
  assert.ok(!String(data).includes('Analytical'))
  const me = await visitor.send('GET', 'me')
  assert.equal(me.status, 200)
  assert.deepEqual(me.body, { ...user, session: answer.body.session.id })
})

test('the cookie is out of reach of scripts, other sites and the log', async () => {
  const { visitor, person } = await signedUp()
  const answer = await visitor.send('POST', 'sign-in', credentialsOf(person))
  const [set] = answer.headers.getSetCookie()
  assert.match(set!, /^mettle_session=[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax$/)
  assert.ok(!JSON.stringify(answer.body).includes(tokenOf(visitor)))
  assert.equal(answer.headers.get('cache-control'), 'no-store')
})

test('only the hash of a token is stored', async () => {
  const { visitor } = await signedUp()
  const token = tokenOf(visitor)
  const [whole] = await first(`select json_agg(s)::text from "mettle"."sessions" s`, [])
  assert.ok(!String(whole).includes(token))
  const hash = createHash('sha256').update(token).digest('hex')
  const [found] = await first(
    `select "id" from "mettle"."sessions" where "token_hash" = decode($1, 'hex')`,
    [hash],
  )
  assert.ok(isUuid(String(found)))
})

test('sign-in gives a new session and ends the one the browser had', async () => {
  const { visitor, person } = await signedUp()
  const before = visitor.cookie!
  const { status } = await visitor.send('POST', 'sign-in', credentialsOf(person))
  assert.equal(status, 200)
  assert.notEqual(visitor.cookie, before)
  const planted = new Visitor(url)
  planted.cookie = before
  assert.equal((await planted.send('GET', 'me')).status, 401)
})

test('sign-out ends the session at once and takes the cookie away', async () => {
  const { visitor } = await signedUp()
  const kept = visitor.cookie
  assert.equal((await visitor.send('GET', 'me')).status, 200)
  assert.equal((await visitor.send('POST', 'sign-out')).status, 204)
  assert.equal(visitor.cookie, null)
  visitor.cookie = kept
  const { status, body } = await visitor.send('GET', 'me')
  assert.equal(status, 401)
  assert.equal(body.code, 'identify.required')
  visitor.cookie = null
  assert.equal((await visitor.send('POST', 'sign-out')).status, 204)
})

test('sign-out waits for a row that others hold longer than a lane waits', async () => {
  const { visitor } = await signedUp()
  const [session] = (await visitor.send('GET', 'sessions')).body.data
  const text = `select 1 from "mettle"."sessions" where "id" = $1::uuid for update`
  const signOut = await database.transaction({ isolation: 'read committed' }, async holder => {
    await holder.run({ text, values: [session!.id] })
    const reply = visitor.send('POST', 'sign-out')
    const select = (asked: string) => database.run({ text: asked, values: [] }, 'pool')
    await Promise.race([reply, lockWaiters(1, select)])
    return { reply }
  })
  assert.equal((await signOut.reply).status, 204)
})

test('sessions are listed, ended one by one and all others at once', async () => {
  const { visitor, person } = await signedUp()
  const others = [new Visitor(url), new Visitor(url), new Visitor(url)]
  for (const other of others) await other.send('POST', 'sign-in', credentialsOf(person))
  const stranger = await signedUp()

  const list = (await visitor.send('GET', 'sessions')).body.data
  assert.equal(list.length, 4)
  assert.deepEqual(
    list.map(entry => entry.current),
    [false, false, false, true],
  )
  assert.match(list[0]!.createdAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  assert.equal(list[0]!.address, '127.0.0.1')

  const newest = list[0]!.id
  assert.equal((await stranger.visitor.send('DELETE', `sessions/${newest}`)).status, 404)
  assert.equal((await others[2]!.send('GET', 'me')).status, 200)
  assert.equal((await visitor.send('DELETE', `sessions/${newest}`)).status, 204)
  assert.equal((await others[2]!.send('GET', 'me')).status, 401)
  assert.equal((await visitor.send('DELETE', `sessions/${newest}`)).status, 404)
  assert.equal((await visitor.send('DELETE', 'sessions/7')).status, 422)

  assert.equal((await visitor.send('DELETE', 'sessions')).status, 204)
  assert.equal((await others[0]!.send('GET', 'me')).status, 401)
  assert.equal((await visitor.send('GET', 'me')).status, 200)
  assert.equal((await stranger.visitor.send('GET', 'me')).status, 200)
})

test('a changed password ends the other sessions and renews this one', async () => {
  const { visitor, person } = await signedUp()
  const other = new Visitor(url)
  await other.send('POST', 'sign-in', credentialsOf(person))
  await other.send('GET', 'me')
  const before = visitor.cookie

  const wrong = { current: 'not this one', next: 'seven loud geese' }
  assert.equal((await visitor.send('POST', 'password', wrong)).status, 401)
  const weak = await visitor.send('POST', 'password', {
    current: person.password,
    next: 'password',
  })
  assert.equal(weak.status, 422)
  assert.equal(weak.body.errors[0]!.pointer, '/next')

  const change = { current: person.password, next: 'seven loud geese' }
  assert.equal((await visitor.send('POST', 'password', change)).status, 204)
  assert.equal((await other.send('GET', 'me')).status, 401)
  assert.notEqual(visitor.cookie, before)
  assert.equal((await visitor.send('GET', 'me')).status, 200)
  visitor.cookie = before
  assert.equal((await visitor.send('GET', 'me')).status, 401)
  const old = credentialsOf(person)
  assert.equal((await other.send('POST', 'sign-in', old)).status, 401)
  const fresh = { email: person.email, password: 'seven loud geese' }
  assert.equal((await other.send('POST', 'sign-in', fresh)).status, 200)
})

test('who proved a password while it was changed comes in no more, and changes it no more', async () => {
  const { visitor, person } = await signedUp()
  const credentials = { cookie: tokenOf(visitor), bearer: null, address: '::1' }
  const thief = { address: '::2', agent: null, requestId: null }
  const login = credentialsOf(person)
  const owner = await identity.identify(credentials)
  const { promise: changed, resolve: release } = Promise.withResolvers<void>()
  const change = { current: person.password, next: 'stolen with all its geese' }
  const ways: readonly ((node: Identity) => Promise<unknown>)[] = [
    node => node.signIn(login, thief),
    node => node.issueTokenFor(login, thief),
    node => node.issueTokenFor({ ...login, refresh: true }, thief),
    node => node.changePassword(change, owner, thief),
  ]
  const entering: Promise<unknown>[] = []
  for (const enter of ways) {
    const proving = Promise.withResolvers<void>()
    const verify: PasswordHash['verify'] = async (hash, password) => {
      proving.resolve()
      await changed
      return quickHash.verify(hash, password)
    }
    entering.push(enter(openNode(database, { hasher: { ...quickHash, verify } })))
    await proving.promise
  }
  const next = 'seven loud geese'
  assert.equal(
    (await visitor.send('POST', 'password', { current: person.password, next })).status,
    204,
  )
  release()
  const codes = (await Promise.allSettled(entering)).map(one =>
    one.status === 'rejected' ? one.reason.code : 'in',
  )
  assert.deepEqual(
    codes,
    Array.from(codes, () => 'identify.wrong-credentials'),
  )
  assert.equal((await visitor.send('GET', 'sessions')).body.data.length, 1)
  const fresh = { email: person.email, password: next }
  assert.equal((await new Visitor(url).send('POST', 'sign-in', fresh)).status, 200)
})

test('a session ends when it is old, however much it is used, and when it is not used', async () => {
  for (const column of ['expires_at', 'last_used_at']) {
    const { visitor } = await signedUp()
    const node = openNode(database)
    const credentials = { cookie: tokenOf(visitor), bearer: null, address: '::1' }
    assert.equal((await node.identify(credentials)).kind, 'user')
    const { session } = await node.identify(credentials)
    await database.run(
      {
        text: `update "mettle"."sessions" set "${column}" = now() - interval '8 days' where "id" = $1`,
        values: [session],
      },
      'pool',
    )
    assert.equal((await openNode(database).identify(credentials)).kind, 'anonymous')
    await identity.keep()
    const left = await first(`select from "mettle"."sessions" where "id" = $1::uuid`, [session])
    assert.deepEqual(left, [])
  }
})

test('a used session is marked as used', async () => {
  const { visitor } = await signedUp()
  const credentials = { cookie: tokenOf(visitor), bearer: null, address: '::1' }
  const { session } = await identity.identify(credentials)
  const at = (text: string) =>
    first(`${text} where "id" = $1::uuid returning "last_used_at"::text`, [session])
  const [aged] = await at(
    `update "mettle"."sessions" set "last_used_at" = now() - interval '2 hours'`,
  )
  await openNode(database).identify(credentials)
  // The mark is written beside the request: wait for it, not for a time.
  for (;;) {
    const [seen] = await first(
      `select "last_used_at"::text from "mettle"."sessions" where "id" = $1::uuid`,
      [session],
    )
    if (seen !== aged) break
  }
})

test('nobody collects sessions without bound', async () => {
  const { person } = await signedUp()
  const client = { address: '::1', agent: 'x'.repeat(1_000), requestId: null }
  for (let count = 0; count < 110; count++) {
    await identity.signIn(credentialsOf(person), client)
  }
  const [count, longest] = await first(
    `select count(*)::int, max(length("agent")) from "mettle"."sessions" s
     join "users" u on u."id" = s."user_id" where u."email" = $1`,
    [person.email],
  )
  assert.equal(count, 100)
  assert.equal(longest, 200)
})

test('many access tokens sign nobody out of a browser', async () => {
  const { visitor, person } = await signedUp()
  const client = { address: '::1', agent: null, requestId: null }
  for (let count = 0; count < 110; count++) {
    await identity.issueTokenFor(credentialsOf(person), client)
  }
  assert.equal((await visitor.send('GET', 'me')).status, 200)
  const { data } = (await visitor.send('GET', 'sessions')).body
  assert.equal(data.length, 101)
  assert.equal(data.filter(entry => entry.current).length, 1)
})

test('faults name their places, and nothing is written', async () => {
  const visitor = new Visitor(url)
  const answer = await visitor.send('POST', 'sign-up', { email: 'nobody', password: 7, nmae: 'x' })
  assert.equal(answer.status, 422)
  const places = answer.body.errors.map(fault => fault.pointer)
  assert.deepEqual(places.toSorted(), ['/email', '/name', '/nmae', '/password'])
  for (const body of [{ ...newPerson(), roles: ['admin'] }, [], 'x', null]) {
    assert.equal((await visitor.send('POST', 'sign-up', body)).status, 422)
  }
  const person = newPerson()
  const own = await visitor.send('POST', 'sign-up', { ...person, password: person.email })
  assert.equal(own.body.errors[0]!.code, 'too-easy')
  const [found] = await first(`select "id" from "users" where "email" = $1`, [person.email])
  assert.equal(found, undefined)
})

test('a sign-up hears of all its faults at once, also those of the password', async () => {
  const visitor = new Visitor(url)
  const weak = await visitor.send('POST', 'sign-up', { email: 'nobody', password: 'short' })
  const places = weak.body.errors.map(fault => fault.pointer)
  assert.deepEqual(places.toSorted(), ['/email', '/name', '/password'])
  const empty = await visitor.send('POST', 'sign-up', { ...newPerson(), password: '' })
  assert.deepEqual(
    empty.body.errors.map(fault => fault.code),
    ['too-short'],
  )
})

test('an address that is taken, in any case, is a conflict', async () => {
  const { person } = await signedUp()
  const again = { ...newPerson(), email: person.email.toUpperCase() }
  const { status, body } = await new Visitor(url).send('POST', 'sign-up', again)
  assert.equal(status, 409)
  assert.equal(body.errors[0]!.pointer, '/email')
})

test('a page of another origin can neither sign in nor act for a cookie', async () => {
  const { visitor, person } = await signedUp()
  const foreign = { origin: 'https://evil.example' }
  for (const path of ['sign-in', 'sign-up', 'sign-out', 'password', 'token']) {
    const { status, body } = await visitor.send('POST', path, person, foreign)
    assert.equal(status, 403, path)
    assert.equal(body.code, 'wire.cross-origin')
  }
  const fresh = new Visitor(url, foreign)
  // The browser that a foreign form makes send no cookie would still obey one that takes it away.
  for (const path of ['sign-in', 'sign-out']) {
    const { status, headers } = await fresh.send('POST', path, credentialsOf(person))
    assert.equal(status, 403, path)
    assert.deepEqual(headers.getSetCookie(), [])
  }
  assert.equal((await visitor.send('GET', 'me')).status, 200)
})

test('one password and one address, typed on two keyboards, are one', async () => {
  const person = newPerson()
  const typed = { ...person, email: `A\u030a${person.email}`, password: 'A\u030angstrom hums' }
  assert.equal((await new Visitor(url).send('POST', 'sign-up', typed)).status, 201)
  const again = { email: `\u00c5${person.email}`, password: '\u00c5ngstrom hums' }
  assert.equal((await new Visitor(url).send('POST', 'sign-in', again)).status, 200)
})

test('roles are granted by the operator and seen at the next look', async () => {
  const { visitor, person } = await signedUp()
  const account = await identity.grantRole(person.email.toUpperCase(), 'staff')
  assert.deepEqual(account.roles, ['staff'])
  assert.deepEqual((await identity.grantRole(person.email, 'staff')).roles, ['staff'])
  assert.deepEqual((await visitor.send('GET', 'me')).body.roles, ['staff'])
  const credentials = { cookie: tokenOf(visitor), bearer: null, address: '::1' }
  assert.deepEqual((await openNode(database).identify(credentials)).roles, ['staff'])
  await assert.rejects(identity.grantRole(person.email, 'owner'), { code: 'validate.invalid' })
  await assert.rejects(identity.grantRole('x@y.z', 'staff'), { code: 'run.not-found' })
  const admin = { ...newPerson(), password: 'first of all admins' }
  assert.deepEqual((await identity.createUser(admin, ['admin'])).roles, ['admin'])
})

test('roles are revoked by the operator, also one that nobody has', async () => {
  const { visitor, person } = await signedUp()
  await identity.grantRole(person.email, 'staff')
  await identity.grantRole(person.email, 'admin')
  const account = await identity.revokeRole(person.email.toUpperCase(), 'staff')
  assert.deepEqual(account.roles, ['admin'])
  assert.deepEqual((await identity.revokeRole(person.email, 'staff')).roles, ['admin'])
  assert.deepEqual((await visitor.send('GET', 'me')).body.roles, ['admin'])
  await assert.rejects(identity.revokeRole('x@y.z', 'staff'), { code: 'run.not-found' })
})

test('where sign-up is closed only the operator makes users', async () => {
  const closed = await openHouse({ signUp: 'closed', guessesMax: 2 })
  const person = newPerson()
  const visitor = new Visitor(closed.url)
  assert.equal((await visitor.send('POST', 'sign-up', person)).status, 403)
  await closed.identity.createUser(person, [])
  assert.equal((await visitor.send('POST', 'sign-in', credentialsOf(person))).status, 200)

  const third = await new Visitor(closed.url).send('POST', 'sign-in', credentialsOf(person))
  assert.equal(third.status, 429)
  assert.equal(third.headers.get('ratelimit-policy'), '"authentication";q=2;w=60')
  assert.ok(Number(third.headers.get('retry-after')) > 0)
  const me = await visitor.send('GET', 'me')
  assert.equal(me.status, 200)
  assert.equal(me.headers.get('ratelimit-policy'), '"default";q=10000;w=60')
})

function credentialsOf({ email, password }: { email: string; password: string }) {
  return { email, password }
}

function tokenOf(visitor: Visitor): string {
  return visitor.cookie!.split('=', 2)[1]!
}
