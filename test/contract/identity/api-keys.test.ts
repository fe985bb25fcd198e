/** API keys: shown once, good until they end, and never a way to more than they are. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { limits } from '../../../src/base/limits.ts'
import { eventually } from '../../support/running.ts'
import { newPerson, openHouse, openNode, Visitor } from './house.ts'

const { url, database, identity } = await openHouse()
const run = (text: string, values: readonly unknown[] = []) =>
  database.run({ text, values }, 'pool')
const program = new Visitor(url, {})
const bearing = (key: string) => ({ authorization: `Bearer ${key}` })
const me = (key: string) => program.send('GET', 'me', undefined, bearing(key))
const client = { address: '::1', agent: null, requestId: null }

async function enter() {
  const person = newPerson()
  const { password } = person
  const browser = new Visitor(url)
  const { body } = await browser.send('POST', 'sign-up', person)
  const make = async (input: object = { name: 'nightly export' }) => {
    const made = await browser.send('POST', 'api-keys', { password, ...input })
    assert.equal(made.status, 201, JSON.stringify(made.body))
    return made.body
  }
  return { ...person, id: body.user.id, browser, make }
}

test('a key is shown once, acts as its user, and is kept as a hash only', async () => {
  const { email, id, browser, make } = await enter()
  const { key, ...made } = await make({ name: 'nightly export', expiresInDays: 7 })
  assert.match(key, /^mtl_[\w-]{43}$/)
  assert.deepEqual(
    [made.name, made.prefix, made.scopes, made.lastUsedAt],
    ['nightly export', key.slice(0, 12), null, null],
  )
  const days = (Date.parse(made.expiresAt) - Date.parse(made.createdAt)) / 86_400_000
  assert.equal(days, 7)

  const { body } = await me(key)
  assert.deepEqual([body.id, body.email, body.session], [id, email, null])
  // Its use is written down beside the answer.
  const { data } = await eventually(
    async () => (await browser.send('GET', 'api-keys')).body,
    ({ data: [first] }) => first?.lastUsedAt !== null,
  )
  assert.deepEqual(data, [{ ...made, lastUsedAt: data[0]?.lastUsedAt }])

  const [[stored]] = (await run(
    'select row_to_json(k)::text from mettle.api_keys k where id = $1',
    [made.id],
  )) as [[string]]
  assert.ok(!stored.includes(key.slice(12)), 'the secret part is not stored')
  const [default_] = [await make({ name: 'by default' })]
  assert.equal(
    (Date.parse(default_.expiresAt) - Date.parse(default_.createdAt)) / 86_400_000,
    limits.apiKeyDays,
  )
})

test('a key takes the password of its owner, so that a stolen token makes none', async () => {
  const { email, password, browser } = await enter()
  const { accessToken } = (await program.send('POST', 'token', { email, password })).body
  const ask = (input: object) =>
    program.send('POST', 'api-keys', { name: 'taken', ...input }, bearing(accessToken))
  const without = await ask({})
  assert.deepEqual([without.status, without.body.errors[0]?.pointer], [422, '/password'])
  const wrong = await ask({ password: 'a guess that is wrong' })
  assert.deepEqual([wrong.status, wrong.body.code], [401, 'identify.wrong-credentials'])
  assert.deepEqual((await browser.send('GET', 'api-keys')).body.data, [])
  assert.equal((await ask({ password })).status, 201)
  const guesses: number[] = []
  for (let guess = 0; guess <= limits.attemptsFreeForPair; guess++)
    guesses.push((await ask({ password: `guess number ${guess}` })).status)
  assert.deepEqual([guesses[0], guesses.at(-1)], [401, 429], 'guessed as slowly as at sign-in')
  const [[failed]] = (await run(
    `select count(*)::int4 from mettle.audit a join users u on u.id = a.subject
where a.kind = 'sign-in.failed' and u.email = $1`,
    [email],
  )) as [[number]]
  assert.equal(failed, 1 + guesses.filter(status => status === 401).length)
})

test('a key manages neither keys nor sessions nor the password', async () => {
  const { password, browser, make } = await enter()
  const { key, id } = await make()
  const attempts: readonly (readonly [string, string, object?])[] = [
    ['POST', 'api-keys', { password, name: 'another' }],
    ['GET', 'api-keys'],
    ['DELETE', 'api-keys'],
    ['DELETE', `api-keys/${id}`],
    ['GET', 'sessions'],
    ['DELETE', 'sessions'],
    ['DELETE', `sessions/${id}`],
    ['POST', 'sign-out'],
    ['POST', 'password', { current: password, next: 'another quiet turtle' }],
  ]
  for (const [method, path, body] of attempts) {
    const refused = await program.send(method, path, body, bearing(key))
    assert.equal(refused.status, 403, path)
    assert.equal(refused.body.code, 'authorise.key-refused', path)
  }
  const token = await program.send('POST', 'token', undefined, bearing(key))
  assert.equal(token.status, 401)
  assert.equal((await browser.send('GET', 'api-keys')).body.data.length, 1)
  assert.equal((await browser.send('GET', 'sessions')).body.data.length, 1)
  assert.equal((await me(key)).status, 200)
})

test('what is not good is refused, and what cannot be a key is not looked for', async () => {
  const { make } = await enter()
  const { key } = await make()
  const wrong = [
    `${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`,
    `${key}A`,
    'mtl_',
    key.slice(4),
  ]
  const refused = await Promise.all(wrong.map(me))
  assert.deepEqual(
    refused.map(({ status, body }) => [status, body.code]),
    [401, 401, 401, 401].map((status, at) => [
      status,
      `identify.invalid-${at < 3 ? 'key' : 'token'}`,
    ]),
  )
  const asked: string[] = []
  const counting = Object.assign(Object.create(database), {
    run: (statement: { text: string }, route: 'read') => {
      asked.push(statement.text)
      return database.run({ ...statement, values: [] }, route)
    },
  })
  const node = openNode(counting)
  const credentials = { cookie: null, bearer: 'mtl_short', address: '::1' }
  await assert.rejects(async () => node.identify(credentials), { code: 'identify.invalid-key' })
  assert.deepEqual(asked, [])
})

test('a key ends at once where it is revoked, and elsewhere when trust ends', async () => {
  const { browser, make } = await enter()
  const { key, id } = await make()
  const other = await make({ name: 'other' })
  const time = { ms: 0 }
  const elsewhere = openNode(database, {
    clock: { now: () => Date.now(), monotonic: () => time.ms },
  })
  const credentials = { cookie: null, bearer: key, address: '::1' }
  const caller = await elsewhere.identify(credentials)
  assert.deepEqual([caller.session, caller.apiKey], [null, { id, scopes: null }])
  assert.equal((await me(key)).status, 200)
  assert.equal((await browser.send('DELETE', `api-keys/${id}`)).status, 204)
  assert.equal((await me(key)).body.code, 'identify.invalid-key')
  assert.equal((await browser.send('DELETE', `api-keys/${id}`)).status, 404)
  assert.equal(elsewhere.identify(credentials), caller)
  time.ms = limits.sessionCacheMs
  await assert.rejects(async () => elsewhere.identify(credentials), {
    code: 'identify.invalid-key',
  })
  assert.equal((await me(other.key)).status, 200)
  assert.equal((await browser.send('DELETE', 'api-keys')).status, 204)
  assert.equal((await me(other.key)).status, 401)
})

test('nobody revokes or sees the keys of somebody else', async () => {
  const [ada, eve] = [await enter(), await enter()]
  const { key, id } = await ada.make()
  assert.equal((await eve.browser.send('DELETE', `api-keys/${id}`)).status, 404)
  assert.equal((await eve.browser.send('DELETE', 'api-keys')).status, 204)
  assert.deepEqual((await eve.browser.send('GET', 'api-keys')).body.data, [])
  assert.equal((await me(key)).status, 200)
  assert.equal(
    (await program.send('POST', 'api-keys', { password: 'x', name: 'nobody' })).status,
    401,
  )
})

test('a key ends in its time, also on a node that has just seen it', async () => {
  const { make } = await enter()
  const { key, id } = await make()
  const time = { ms: 0 }
  const left: number[] = []
  // A key that has 900 ms left, however long this test takes.
  const nearing = Object.assign(Object.create(database), {
    async run(...given: Parameters<typeof database.run>) {
      const rows = await database.run(...given)
      if (!given[0].text.includes('"left_ms"')) return rows
      left.push(...rows.map(row => Number(row[6])))
      return rows.map(row => row.with(6, 900))
    },
  })
  const clock = { now: () => Date.now(), monotonic: () => time.ms }
  const node = openNode(nearing, { clock })
  await run(`update mettle.api_keys set expires_at = now() + interval '1 hour' where id = $1`, [id])
  const credentials = { cookie: null, bearer: key, address: '::1' }
  await node.identify(credentials)
  assert.ok(!(node.identify(credentials) instanceof Promise))
  time.ms = 899
  assert.ok(!(node.identify(credentials) instanceof Promise))
  time.ms = 900
  const asked = node.identify(credentials)
  assert.ok(asked instanceof Promise, 'trust ends with the key')
  await asked
  assert.deepEqual(
    left.map(ms => Math.ceil(ms / 3_600_000)),
    [1, 1],
  )
  await run(`update mettle.api_keys set expires_at = now() where id = $1`, [id])
  assert.equal((await me(key)).body.code, 'identify.invalid-key')
  await identity.keep()
  assert.deepEqual(await run('select from mettle.api_keys where id = $1', [id]), [])
})

test('its user goes, and a role is taken, within the same time', async () => {
  const { id, email, make } = await enter()
  const { key } = await make()
  const fresh = () => openNode(database).identify({ cookie: null, bearer: key, address: '::1' })
  await identity.grantRole(email, 'staff')
  assert.deepEqual((await fresh()).roles, ['staff'])
  await identity.revokeRole(email, 'staff')
  assert.deepEqual((await fresh()).roles, [])
  await run('delete from users where id = $1', [id])
  await assert.rejects(async () => fresh(), { code: 'identify.invalid-key' })
})

test('a new password and the end of all sessions leave keys as they are', async () => {
  const { password, browser, make } = await enter()
  const { key } = await make()
  const next = 'another quiet turtle hums'
  assert.equal((await browser.send('POST', 'password', { current: password, next })).status, 204)
  assert.equal((await browser.send('DELETE', 'sessions')).status, 204)
  assert.equal((await me(key)).status, 200)
})

test('a session that has ended makes no key, whoever still believes in it', async () => {
  const { password, browser } = await enter()
  const [, cookie = ''] = browser.cookie!.split('=')
  const elsewhere = openNode(database)
  const caller = await elsewhere.identify({ cookie, bearer: null, address: '::1' })
  assert.equal((await browser.send('POST', 'sign-out')).status, 204)
  await assert.rejects(elsewhere.createApiKey({ password, name: 'late' }, caller, client), {
    code: 'identify.required',
  })
})

const blockedText = `select count(distinct pid)::int4 from pg_locks
where not granted and pid in (select pid from pg_stat_activity where datname = current_database())`

test('a user has so many keys and not one more, however he asks', async () => {
  const { password, browser, make } = await enter()
  for (let made = 0; made < limits.apiKeysPerUserMax - 2; made++) await make()
  const many = Array.from({ length: 4 }, () => ({ name: 'one of many' }))
  const ask = () =>
    Promise.all(many.map(input => browser.send('POST', 'api-keys', { password, ...input })))
  // All have come before the first is made: who counted by then has counted too little.
  const asked = await database.transaction({ isolation: 'read committed' }, async transaction => {
    await transaction.run({ text: 'lock table mettle.api_keys in exclusive mode', values: [] })
    const replies = ask()
    // Not in this transaction: it sees the connections for ever that there are when it first looks.
    await eventually(
      async () => Number((await run(blockedText))[0]?.[0]),
      waiting => waiting === many.length,
    )
    return { replies }
  })
  const replies = await asked.replies
  assert.deepEqual(replies.map(({ status, body }) => body.code ?? status).toSorted(), [
    201,
    201,
    ...Array(2).fill('run.too-many-keys'),
  ])
  const { data } = (await browser.send('GET', 'api-keys')).body
  assert.equal(data.length, limits.apiKeysPerUserMax)
})

test('scopes are names of the model, and a mistyped one is told the right one', async () => {
  const { password, browser, make } = await enter()
  const scopes = ['notes.read', 'notes.read', 'users']
  assert.deepEqual((await make({ name: 'narrow', scopes })).scopes, ['notes.read', 'users'])
  const toldOf = async (input: object) => {
    const refused = await browser.send('POST', 'api-keys', { password, ...input })
    assert.equal(refused.status, 422)
    return refused.body.errors.map(({ pointer, detail }) => `${pointer}: ${detail}`).toSorted()
  }
  const scoped = { name: 'wrong', scopes: ['note.read', 'notes.list', 'notes.*', 'everything'] }
  assert.deepEqual(await toldOf(scoped), [
    '/scopes/0: there is no scope "note.read" (did you mean "notes.read"?)',
    '/scopes/1: there is no scope "notes.list" (did you mean "notes.read"?)',
    '/scopes/2: there is no scope "notes.*" (did you mean "notes"?)',
    '/scopes/3: there is no scope "everything"',
  ])
  const expiresInDays = limits.apiKeyDaysMax + 1
  assert.deepEqual(await toldOf({ name: '', expiresInDays, key: 'mtl_chosen' }), [
    '/expiresInDays: must be at most 366',
    '/key: is not a field',
    '/name: must have at least 1 characters',
  ])
  assert.equal(
    (await browser.send('POST', 'api-keys', { password, name: 'none', scopes: [] })).status,
    422,
  )
})

test('a narrow key learns of its user only what it may read', async () => {
  const { make } = await enter()
  const { key } = await make({ name: 'notes', scopes: ['notes'] })
  const refused = await me(key)
  assert.deepEqual([refused.status, refused.body.code], [403, 'authorise.out-of-scope'])
  const wide = await make({ name: 'users', scopes: ['users.read'] })
  assert.equal((await me(wide.key)).status, 200)
})

test('a service account comes in with keys of an operator, and by no password', async () => {
  const email = 'Robot@example.com'
  const account = await identity.createServiceUser({ email, name: 'Robot' }, ['staff'])
  const { forOperator } = identity
  const made = await forOperator.createApiKey(email, { name: 'sync', scopes: ['notes'] })
  const caller = await identity.identify({ cookie: null, bearer: made.key, address: '::1' })
  assert.deepEqual([caller.id, caller.roles], [account.id, ['staff']])
  for (const password of ['', 'x', 'quick:']) {
    const reply = await program.send('POST', 'sign-in', { email, password })
    assert.ok(reply.status === 401 || reply.status === 422, String(reply.status))
  }
  assert.deepEqual(
    (await forOperator.apiKeys(email)).map(({ id }) => id),
    [made.id],
  )
  assert.equal(await forOperator.revokeApiKey(email, made.id), true)
  assert.equal(await forOperator.revokeApiKey(email, made.id), false)
  await assert.rejects(forOperator.apiKeys('nobody@example.com'), { code: 'run.not-found' })
})

test('the audit trail says who made and revoked which key', async () => {
  const { id: user, browser, make } = await enter()
  const { id } = await make()
  await browser.send('DELETE', `api-keys/${id}`)
  const rows = await run(
    `select kind, actor, subject, detail::text from mettle.audit
where kind like 'api-key.%' and subject = $1 order by id`,
    [user],
  )
  const detail = JSON.stringify({ apiKey: id }).replace(':', ': ')
  assert.deepEqual(rows, [
    ['api-key.created', user, user, detail],
    ['api-key.revoked', user, user, detail],
  ])
})
