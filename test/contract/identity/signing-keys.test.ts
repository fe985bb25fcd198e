/** The keys of access tokens: shared, renewed with notice, taken at once where they leaked. */

import assert from 'node:assert/strict'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { test } from 'node:test'

import type { Caller } from '../../../src/base/caller.ts'
import { limits } from '../../../src/base/limits.ts'
import type { Identity } from '../../../src/engine/identity/identity.ts'
import type { Database, Statement } from '../../../src/ports/database.ts'
import { newPerson, openHouse, openNode } from './house.ts'

const { database, identity } = await openHouse()
const client = { address: '::1', agent: null, requestId: null }
const { session } = await identity.signUp(newPerson(), client)
const caller = await identity.identify({ cookie: session.token, bearer: null, address: '::1' })

const run = (text: string, values: readonly unknown[] = []) =>
  database.run({ text, values }, 'pool')

/** Shifts all that happened to the keys so far into the past. */
const age = (ms: number) =>
  run(
    `update "mettle"."signing_keys" set
       "created_at" = "created_at" - $1::int8 * interval '1 millisecond',
       "retired_at" = "retired_at" - $1::int8 * interval '1 millisecond'`,
    [ms],
  )

const kidsOf = async (node: Identity) => (await node.publishedKeys()).keys.map(({ kid }) => kid)
const kidOf = (token: string) => decodeProtectedHeader(token).kid
const issue = async (node: Identity, of: Caller = caller) => (await node.issueToken(of)).token

/** Asks anew: what is known of a caller is trusted for a while. */
async function accepts(node: Identity, token: string): Promise<boolean> {
  const credentials = { cookie: null, bearer: token, address: '::1' }
  return Promise.resolve(node.identify(credentials)).then(
    found => found.id === decodeJwt(token).sub,
    () => false,
  )
}

interface OpenedNode {
  readonly node: Identity
  readonly time: { ms: number }
  readonly asked: Statement[]
}

/** A node with a clock of its own that counts what it asks of the keys. */
async function open(secret?: string): Promise<OpenedNode> {
  const time = { ms: 0 }
  const clock = { now: () => Date.now(), monotonic: () => time.ms }
  const asked: Statement[] = []
  const counted: Database['run'] = (statement, route, signal) => {
    if (statement.text.includes('signing_keys')) asked.push(statement)
    return database.run(statement, route, signal)
  }
  const transaction = database.transaction.bind(database)
  const over = Object.assign(Object.create(database), { run: counted, transaction })
  const node = openNode(over, { clock, ...(secret !== undefined && { secret }) })
  await node.start()
  return { node, time, asked }
}

test('retired keys: the next is known to all before it signs, and the old verifies its tokens', async () => {
  const [one, other] = [await open(), await open()]
  const old = await issue(one.node)
  assert.deepEqual(await identity.retireKeys(false), [kidOf(old)])
  assert.deepEqual(await identity.retireKeys(false), [])
  for (const { time } of [one, other]) time.ms += limits.signingKeyReloadMs
  const [next, before] = await kidsOf(one.node)
  assert.deepEqual([next, before], await kidsOf(other.node))
  assert.equal(before, kidOf(old))
  assert.equal(kidOf(await issue(one.node)), before)

  await age(limits.signingKeyNoticeMs)
  // A node that looked a moment before still signs with the old one; all know both.
  one.time.ms += limits.signingKeyReloadMs
  const fresh = await issue(one.node)
  assert.equal(kidOf(fresh), next)
  assert.equal(kidOf(await issue(other.node)), before)
  assert.ok(await accepts(other.node, fresh))
  other.time.ms += limits.signingKeyReloadMs
  assert.equal(kidOf(await issue(other.node)), next)
  for (const { node } of [one, other]) assert.ok(await accepts(node, old))

  await age(limits.accessTokenSeconds * 2_000)
  await one.node.keep()
  assert.deepEqual(await run(`select "kid" from "mettle"."signing_keys"`), [[next]])
  one.time.ms += limits.signingKeyReloadMs
  assert.deepEqual(await kidsOf(one.node), [next])
})

test('a key that has become old is followed by another, also where nobody asks for a token', async () => {
  const { node, time } = await open()
  const [old] = await kidsOf(node)
  await age(limits.signingKeyDays * 86_400_000)
  time.ms += limits.signingKeyReloadMs
  await node.keep()
  const [next, ...others] = await kidsOf(node)
  assert.notEqual(next, old)
  assert.deepEqual(others, [old])
  assert.equal(kidOf(await issue(node)), old)
  await age(limits.signingKeyNoticeMs)
  time.ms += limits.signingKeyReloadMs
  assert.equal(kidOf(await issue(node)), next)
})

test('compromised keys verify nothing, within the bound, and the next signs at once', async () => {
  const { node, time } = await open()
  const token = await issue(node)
  assert.ok(await accepts(node, token))
  await identity.retireKeys(true)
  const another = await open()
  assert.equal(await accepts(another.node, token), false)
  time.ms += Math.max(limits.signingKeyReloadMs, limits.sessionCacheMs)
  assert.equal(await accepts(node, token), false)
  const next = await issue(node)
  assert.notEqual(kidOf(next), kidOf(token))
  assert.deepEqual(await kidsOf(node), [kidOf(next)])
})

test('unknown keys cost one look in the time of a look, however many tokens name them', async () => {
  const { node, time, asked } = await open()
  const [head, ...rest] = (await issue(node)).split('.')
  const header = JSON.parse(Buffer.from(head!, 'base64url').toString())
  const strangers = Array.from({ length: 200 }, (_, at) =>
    [Buffer.from(JSON.stringify({ ...header, kid: `k${at}` })).toString('base64url'), ...rest].join(
      '.',
    ),
  )
  asked.length = 0
  const attempt = () => Promise.all(strangers.map(token => accepts(node, token)))
  assert.deepEqual(new Set(await attempt()), new Set([false]))
  assert.equal(asked.length, 0)
  time.ms += limits.signingKeyReloadMs
  await attempt()
  await attempt()
  assert.equal(asked.length, 1)
})

test('nodes of two secrets do not outdo each other, and tokens of both are good', async () => {
  const [old, renewed] = [await open(), await open('another secret of the tests, as long as it')]
  const tokens = [await issue(old.node), await issue(renewed.node)]
  assert.notEqual(kidOf(tokens[0]!), kidOf(tokens[1]!))
  const count = async () =>
    Number((await run(`select count(*)::int4 from "mettle"."signing_keys"`))[0]![0])
  const before = await count()
  for (let round = 0; round < 3; round++) {
    for (const { node, time } of [old, renewed]) {
      time.ms += limits.signingKeyReloadMs
      await issue(node)
    }
  }
  assert.equal(await count(), before)
  for (const { node } of [old, renewed])
    for (const token of tokens) assert.ok(await accepts(node, token))
})

test('what becomes of keys is in the audit trail', async () => {
  const rows = await run(
    `select "kind", "detail"::text from "mettle"."audit" where "kind" like 'signing-key%' order by "id"`,
  )
  const kinds = new Set(rows.map(([kind]) => kind))
  assert.deepEqual(kinds, new Set(['signing-key.made', 'signing-keys.retired']))
  assert.ok(rows.some(([, detail]) => String(detail).includes('compromised')))
  for (const [kind, detail] of rows)
    assert.match(String(detail), kind === 'signing-key.made' ? /"key": "[\w-]{43}"/ : /"keys": \["/)
})
