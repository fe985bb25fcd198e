/** Access tokens: only those that we signed, for us, lately, for a session that lives. */

import assert from 'node:assert/strict'
import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import type { JsonWebKey } from 'node:crypto'
import { test } from 'node:test'

import { Problem } from '../../../src/base/errors.ts'
import { limits } from '../../../src/base/limits.ts'
import { unseal, deriveKey } from '../../../src/engine/identity/secret.ts'
import { issuer, newPerson, openHouse, openNode, secret, Visitor } from './house.ts'

const { url, database, identity } = await openHouse()
const visitor = new Visitor(url)
const person = newPerson()

type Members = Record<string, unknown>

await visitor.send('POST', 'sign-up', person)
const good = split((await visitor.send('POST', 'token')).body.accessToken)
const ownKey = await signingKey()

function split(token: string) {
  const [header = '', payload = '', signature = ''] = token.split('.')
  return { header: decode(header), payload: decode(payload), signature, token }
}

async function signingKey(): Promise<JsonWebKey> {
  const text = 'select "private" from "mettle"."signing_keys"'
  const [row] = await database.run({ text, values: [] }, 'pool')
  const key: JsonWebKey = JSON.parse(unseal(deriveKey(secret, 'signing keys'), String(row![0]))!)
  return key
}

function decode(part: string): Members {
  return JSON.parse(Buffer.from(part, 'base64url').toString())
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

/** Signed with our own key, as if we had made it. */
function forged(header: Members, payload: Members, key: JsonWebKey = ownKey): string {
  const text = `${encode(header)}.${encode(payload)}`
  const signature = sign(null, Buffer.from(text), { key, format: 'jwk' })
  return `${text}.${signature.toString('base64url')}`
}

function bearerOf(token: string) {
  return { cookie: null, bearer: token, address: '::1' }
}

async function accepts(token: string): Promise<boolean> {
  try {
    const caller = await identity.identify(bearerOf(token))
    return caller.kind === 'user'
  } catch (error) {
    assert.ok(error instanceof Problem)
    assert.equal(error.code, 'identify.invalid-token')
    return false
  }
}

test('a good token names its user; the forger of these tests could make one', async () => {
  assert.ok(await accepts(good.token))
  assert.ok(await accepts(forged(good.header, good.payload)))
  assert.deepEqual(Object.keys(good.header).toSorted(), ['alg', 'kid', 'typ'])
  assert.equal(good.header['typ'], 'at+jwt')
  const { iss, aud, exp, iat } = good.payload
  assert.deepEqual([iss, aud], [issuer, issuer])
  assert.equal(Number(exp) - Number(iat), limits.accessTokenSeconds)
})

const now = Math.floor(Date.now() / 1_000)

const badPayloads: Readonly<Record<string, Members>> = {
  'an expired one': { exp: now - 1 },
  'one without end': { exp: undefined },
  'one whose end is text': { exp: '9999999999' },
  'one that is not valid yet': { nbf: now + 600 },
  'one of another issuer': { iss: 'https://evil.example' },
  'one for another audience': { aud: 'https://other.example' },
  'one for nobody': { aud: undefined },
  'one without subject': { sub: undefined },
  'one of another user': { sub: '01890000-0000-7000-8000-000000000000' },
  'one without session': { sid: undefined },
  'one of a session that never was': { sid: '01890000-0000-7000-8000-000000000000' },
  'one whose session is no id': { sid: "x' or true --" },
}

for (const [what, change] of Object.entries(badPayloads)) {
  test(`refuses ${what}, though we signed it`, async () => {
    assert.equal(await accepts(forged(good.header, { ...good.payload, ...change })), false)
  })
}

const badHeaders: Readonly<Record<string, Members>> = {
  'another type': { typ: 'JWT' },
  'no type': { typ: undefined },
  'no kid': { kid: undefined },
  'a kid that we do not have': { kid: 'other' },
  'a critical extension': { crit: ['x'], x: 1 },
  'another algorithm by name': { alg: 'ES256' },
  'another name of the algorithm': { alg: 'Ed25519' },
}

for (const [what, change] of Object.entries(badHeaders)) {
  test(`refuses ${what}, though we signed it`, async () => {
    assert.equal(await accepts(forged({ ...good.header, ...change }, good.payload)), false)
  })
}

test('refuses tokens that nobody signed', async () => {
  for (const alg of ['none', 'None', 'NONE', 'nOnE']) {
    const head = `${encode({ ...good.header, alg })}.${encode(good.payload)}`
    for (const token of [`${head}.`, head, `${head}.${good.signature}`]) {
      assert.equal(await accepts(token), false)
    }
  }
})

test('refuses tokens signed by somebody else, whatever key they bring along', async () => {
  const pair = generateKeyPairSync('ed25519')
  const theirs = pair.privateKey.export({ format: 'jwk' })
  const jwk = pair.publicKey.export({ format: 'jwk' })
  const brought = [{}, { jwk }, { jku: 'http://127.0.0.1:1/jwks' }, { x5u: 'http://127.0.0.1:1/' }]
  for (const extra of brought) {
    assert.equal(await accepts(forged({ ...good.header, ...extra }, good.payload, theirs)), false)
  }
})

test('refuses a MAC made with the public key, which everybody has', async () => {
  const { body } = await visitor.send('GET', 'jwks.json')
  const [jwk] = body.keys
  const raw = Buffer.from(String(jwk!['x']), 'base64url')
  for (const key of [raw, JSON.stringify(jwk), String(jwk!['x'])]) {
    const text = `${encode({ ...good.header, alg: 'HS256' })}.${encode(good.payload)}`
    const mac = createHmac('sha256', key).update(text).digest('base64url')
    assert.equal(await accepts(`${text}.${mac}`), false)
  }
})

test('refuses a changed text, another spelling of the same bytes, and no token at all', async () => {
  const [head, body] = good.token.split('.')
  const last = good.signature.at(-1)!
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const sibling = alphabet[alphabet.indexOf(last) ^ 1]!
  const respelled = `${head}.${body}.${good.signature.slice(0, -1)}${sibling}`
  assert.deepEqual(
    Buffer.from(respelled.split('.')[2]!, 'base64url'),
    Buffer.from(good.signature, 'base64url'),
  )
  const admin = encode({ ...good.payload, sub: '01890000-0000-7000-8000-000000000001' })
  const tokens = [
    respelled,
    `${head}.${admin}.${good.signature}`,
    `${good.token}=`,
    ` ${good.token}`,
    `${good.token}.`,
    '',
    '.',
    '..',
    'x',
    'a.b.c',
    'x'.repeat(100_000),
  ]
  for (const token of tokens) assert.equal(await accepts(token), false)
})

test('a session cookie is no bearer token and a token is no cookie', async () => {
  const cookie = visitor.cookie!.split('=', 2)[1]!
  assert.equal(await accepts(cookie), false)
  const asked = { cookie: good.token, bearer: null, address: '::1' }
  assert.equal((await identity.identify(asked)).kind, 'anonymous')
})

test('a token dies with its session, and not before', async () => {
  const owner = new Visitor(url)
  await owner.send('POST', 'sign-up', newPerson())
  const bearer = (await owner.send('POST', 'token')).body.accessToken
  const headers = { authorization: `Bearer ${bearer}` }
  const program = new Visitor(url, {})
  assert.equal((await program.send('GET', 'me', undefined, headers)).status, 200)
  await owner.send('POST', 'sign-out')
  const { status, body } = await program.send('GET', 'me', undefined, headers)
  assert.equal(status, 401)
  assert.equal(body.code, 'identify.invalid-token')
})

test('e-mail and password give a token with a session of its own; tokens do not renew themselves', async () => {
  const program = new Visitor(url, {})
  const { email, password } = person
  const answer = await program.send('POST', 'token', { email, password })
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.getSetCookie().length, 0)
  assert.equal(answer.body.tokenType, 'Bearer')
  assert.equal(answer.body.expiresIn, limits.accessTokenSeconds)
  const headers = { authorization: `Bearer ${answer.body.accessToken}` }
  const me = await program.send('GET', 'me', undefined, headers)
  assert.equal(me.body.email, email)
  const renewed = await program.send('POST', 'token', undefined, headers)
  const empty = await program.send('POST', 'token')
  for (const { status, body } of [renewed, empty]) {
    assert.equal(status, 401)
    assert.match(JSON.stringify(body), /e-mail and password/)
  }
  const wrong = await program.send('POST', 'token', { email, password: 'not this one' })
  assert.equal(wrong.body.code, 'identify.wrong-credentials')
})

test('what is trusted without looking again ends when the token ends', async () => {
  let ms = 0
  const startMs = Date.now()
  const clock = { now: () => startMs + ms, monotonic: () => ms }
  const node = openNode(database, { clock })
  const exp = Math.ceil(startMs / 1_000) + 1
  const short = forged(good.header, { ...good.payload, exp })
  const credentials = bearerOf(short)
  assert.equal((await node.identify(credentials)).kind, 'user')
  assert.ok(!(node.identify(credentials) instanceof Promise))
  ms = exp * 1_000 - startMs
  assert.ok(ms < limits.sessionCacheMs)
  await assert.rejects(async () => node.identify(credentials), { code: 'identify.invalid-token' })
})

test('published keys hold nothing private', async () => {
  const { body, headers } = await visitor.send('GET', 'jwks.json')
  const [jwk] = body.keys
  assert.deepEqual(Object.keys(jwk!).toSorted(), ['alg', 'crv', 'kid', 'kty', 'use', 'x'])
  assert.equal(headers.get('content-type'), 'application/jwk-set+json')
  assert.equal(good.header['kid'], jwk!['kid'])
})

test('nodes that start together share one key, sealed', async () => {
  await database.run({ text: 'delete from "mettle"."signing_keys"', values: [] }, 'pool')
  const nodes = Array.from({ length: 4 }, () => openNode(database))
  await Promise.all(nodes.map(node => node.start()))
  const sets = await Promise.all(nodes.map(node => node.publishedKeys()))
  const keys = sets.map(set => set.keys.map(key => key.kid))
  assert.deepEqual(new Set(keys.map(kids => kids.join(' '))), new Set([keys[0]![0]]))
  const [row] = await database.run(
    { text: 'select "private" from "mettle"."signing_keys"', values: [] },
    'pool',
  )
  assert.ok(!String(row![0]).includes('OKP'))
})
