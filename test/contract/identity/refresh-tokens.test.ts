/** Refresh tokens: good once, the same answer for who asks twice, the end for who copies them. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { limits } from '../../../src/base/limits.ts'
import { newPerson, openHouse, openNode, Visitor } from './house.ts'

const { url, database, identity } = await openHouse()
const client = { address: '::1', agent: null, requestId: 'request-of-the-test' }

const run = (text: string, values: readonly unknown[] = []) =>
  database.run({ text, values }, 'pool')

interface Pair {
  readonly accessToken: string
  readonly refreshToken: string
  readonly refreshExpiresIn: number
}

/** A program, without a cookie, that signed in for good. */
async function signedIn() {
  const program = new Visitor(url, {})
  const person = newPerson()
  const { user } = await identity.signUp(person, client)
  const { email, password } = person
  const answer = await program.send('POST', 'token', { email, password, refresh: true })
  assert.equal(answer.status, 200)
  const renew = (refreshToken: string) => program.send('POST', 'token/refresh', { refreshToken })
  const me = async (token: string) =>
    (await program.send('GET', 'me', undefined, { authorization: `Bearer ${token}` })).status
  return { program, person, user, renew, me, first: answer.body satisfies Pair }
}

/** As if the last renewal of every family were past the time in which it may be repeated. */
const passTime = () =>
  run(`update "mettle"."refresh_tokens" set
    "renewed_at" = "renewed_at" - interval '${limits.refreshRepeatMs} milliseconds'`)

const trail = async (user: string, kind: string) =>
  run(
    `select "actor", "address", "request", "detail" ->> 'session' from "mettle"."audit"
     where "subject" = $1 and "kind" = $2`,
    [user, kind],
  )

test('who asks for one gets a refresh token, and only its hashes are stored', async () => {
  const { first, person, program } = await signedIn()
  assert.match(first.refreshToken, /^[\w-]{43}\.[\w-]{43}$/)
  assert.equal(first.refreshExpiresIn, limits.sessionAbsoluteHours * 3_600)
  const { email, password } = person
  const plain = await program.send('POST', 'token', { email, password })
  assert.deepEqual(Object.keys(plain.body), ['accessToken', 'tokenType', 'expiresIn'])
  const [row] = await run(`select json_agg(t)::text from "mettle"."refresh_tokens" t`)
  for (const part of first.refreshToken.split('.')) assert.ok(!String(row![0]).includes(part))
})

test('each renewal gives the next pair of one session, which ends in its own time', async () => {
  const { first, renew, me, user } = await signedIn()
  await run(
    `update "mettle"."sessions" set "expires_at" = now() + interval '1 hour' where "user_id" = $1`,
    [user.id],
  )
  let token = first.refreshToken
  for (let round = 0; round < 3; round++) {
    const { status, body } = await renew(token)
    assert.equal(status, 200)
    assert.notEqual(body.refreshToken, token)
    assert.ok(body.refreshExpiresIn <= 3_600)
    assert.equal(await me(body.accessToken), 200)
    token = body.refreshToken
  }
  const sessions = await run(`select "kind" from "mettle"."sessions" where "user_id" = $1`, [
    user.id,
  ])
  assert.deepEqual(new Set(sessions.flat()), new Set(['cookie', 'refresh']))
  await run(`update "mettle"."sessions" set "expires_at" = now() where "user_id" = $1`, [user.id])
  assert.equal((await renew(token)).body.code, 'identify.invalid-token')
})

test('a token that comes again ends the session, on every node, and the trail says so', async () => {
  const { first, renew, me, user } = await signedIn()
  const next = (await renew(first.refreshToken)).body
  await passTime()
  const stolen = await renew(first.refreshToken)
  assert.equal(stolen.status, 401)
  assert.equal(stolen.body.code, 'identify.token-reused')
  for (const token of [first.accessToken, next.accessToken]) assert.equal(await me(token), 401)
  for (const token of [next.refreshToken, first.refreshToken])
    assert.equal((await renew(token)).status, 401)
  const [entry, ...more] = await trail(user.id, 'token.reused')
  assert.equal(more.length, 0)
  assert.equal(entry![1], '127.0.0.1')
  assert.equal(entry![2], stolen.headers.get('x-request-id'))
  const [left] = await run(`select count(*)::int4 from "mettle"."sessions" where "id" = $1`, [
    entry![3],
  ])
  assert.deepEqual(left, [0])
})

test('a token before the last one is never taken for a repetition', async () => {
  const { first, renew } = await signedIn()
  const second = (await renew(first.refreshToken)).body
  const third = (await renew(second.refreshToken)).body
  assert.equal((await renew(first.refreshToken)).status, 401)
  assert.equal((await renew(third.refreshToken)).status, 401)
})

test('a renewal that is sent twice has one answer, also in the same moment on several nodes', async () => {
  const { first, renew, me, user } = await signedIn()
  const nodes = [identity, openNode(database), openNode(database)]
  const asked = nodes.flatMap(node => [node, node, node, node])
  const answers = await Promise.all(
    asked.map(node => node.refresh({ refreshToken: first.refreshToken }, client)),
  )
  const texts = new Set(answers.map(({ refresh }) => refresh!.token))
  assert.equal(texts.size, 1)
  for (const { access } of answers) assert.equal(await me(access.token), 200)
  const [text] = texts
  assert.equal((await renew(first.refreshToken)).body.refreshToken, text)
  assert.equal((await renew(text!)).status, 200)
  assert.deepEqual(await trail(user.id, 'token.reused'), [])
})

test('a thief who repeats at once holds what the owner holds, and the second of them ends it', async () => {
  const { first, renew, user } = await signedIn()
  const owner = (await renew(first.refreshToken)).body.refreshToken
  const thief = (await renew(first.refreshToken)).body.refreshToken
  assert.equal(thief, owner)
  const used = (await renew(thief)).body.refreshToken
  await passTime()
  assert.equal((await renew(owner)).status, 401)
  assert.equal((await renew(used)).status, 401)
  assert.equal((await trail(user.id, 'token.reused')).length, 1)
})

test('what was never a token is refused and ends nothing', async () => {
  const { first, renew, user } = await signedIn()
  const other = (await signedIn()).first.refreshToken
  const [family, secret] = first.refreshToken.split('.')
  const strangers = [
    'x',
    first.accessToken,
    `${family}`,
    `${family}.`,
    `${other.split('.')[0]}x.${secret}`,
  ]
  for (const token of strangers)
    assert.equal((await renew(token)).body.code, 'identify.invalid-token')
  assert.equal((await renew('')).status, 422)
  assert.equal((await renew('x'.repeat(limits.accessTokenCharsMax + 1))).status, 422)
  assert.deepEqual(await trail(user.id, 'token.reused'), [])
  assert.equal((await renew(first.refreshToken)).status, 200)
})

test('whatever ends the session ends its tokens', async () => {
  const endings: Readonly<Record<string, (of: Awaited<ReturnType<typeof signedIn>>) => unknown>> = {
    'sign-out by bearer': ({ program, first }) =>
      program.send('POST', 'sign-out', undefined, { authorization: `Bearer ${first.accessToken}` }),
    revocation: ({ program, first }) =>
      program.send('POST', 'token/revoke', { refreshToken: first.refreshToken }),
    'a password that is changed elsewhere': async ({ person }) => {
      const browser = new Visitor(url)
      await browser.send('POST', 'sign-in', { email: person.email, password: person.password })
      const change = { current: person.password, next: 'another quiet turtle hums' }
      assert.equal((await browser.send('POST', 'password', change)).status, 204)
    },
    'the user is deleted': ({ user }) => run(`delete from "users" where "id" = $1`, [user.id]),
  }
  for (const [what, end] of Object.entries(endings)) {
    const one = await signedIn()
    const next = (await one.renew(one.first.refreshToken)).body.refreshToken
    await end(one)
    assert.equal((await one.renew(next)).status, 401, what)
    const inTrail = (await trail(one.user.id, 'session.ended')).length
    assert.equal(inTrail > 0, what !== 'the user is deleted', what)
  }
})

test('a changed password ends the refresh tokens of the session that changed it, too', async () => {
  const { first, person, program, renew, me } = await signedIn()
  const next = 'another-heath-and-harbour-64'
  const change = { current: person.password, next }
  const bearer = { authorization: `Bearer ${first.accessToken}` }
  assert.equal((await program.send('POST', 'password', change, bearer)).status, 204)
  const renewed = await renew(first.refreshToken)
  assert.deepEqual([renewed.status, renewed.body.code], [401, 'identify.invalid-token'])
  assert.equal(await me(first.accessToken), 200)
  const again = { email: person.email, password: next, refresh: true }
  const { body } = await program.send('POST', 'token', again)
  assert.equal((await renew((body satisfies Pair).refreshToken)).status, 200)
})

test('revocation says nothing of a token that is none', async () => {
  const program = new Visitor(url, {})
  for (const refreshToken of ['x', `${'A'.repeat(43)}.${'A'.repeat(43)}`])
    assert.equal((await program.send('POST', 'token/revoke', { refreshToken })).status, 204)
})

test('an access token that is over and came along is no matter', async () => {
  const { program, first } = await signedIn()
  const body = { refreshToken: first.refreshToken }
  const headers = { authorization: 'Bearer over.and.out' }
  assert.equal((await program.send('POST', 'token/refresh', body, headers)).status, 200)
})

test('programs that sign in ever again do not sign their user out of his browser', async () => {
  const { person, user } = await signedIn()
  const { session } = await identity.signIn(
    { email: person.email, password: person.password },
    client,
  )
  for (let count = 0; count <= limits.sessionsPerUserMax; count++)
    await identity.issueTokenFor(
      { email: person.email, password: person.password, refresh: true },
      client,
    )
  const found = await identity.identify({ cookie: session.token, bearer: null, address: '::1' })
  assert.equal(found.id, user.id)
})
