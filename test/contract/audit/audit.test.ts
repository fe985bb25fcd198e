/** The audit trail: what gets an entry, who may change it, how it is read. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { limits } from '../../../src/base/limits.ts'
import { auditKinds } from '../../../src/engine/audit/audit.ts'
import { readAudit, type AuditRecord } from '../../../src/engine/audit/read-audit.ts'
import { newPerson, openHouse, Visitor } from '../identity/house.ts'

const { url, database, identity } = await openHouse()

const run = (text: string, values: readonly unknown[] = []) =>
  database.run({ text, values }, 'pool')

const everything = { kind: null, user: null, since: null, limit: 1_000 } as const
const read = (filter: Partial<Parameters<typeof readAudit>[1]> = {}) =>
  readAudit(statement => database.run(statement, 'pool'), { ...everything, ...filter })

async function member() {
  const visitor = new Visitor(url)
  const person = newPerson()
  const { body } = await visitor.send('POST', 'sign-up', person)
  const { email, password } = person
  return { visitor, login: { email, password }, id: body.user.id }
}

/** Kind and what matters beside it, the oldest first. */
function gist(entries: readonly AuditRecord[]): readonly string[] {
  return entries
    .toReversed()
    .map(({ kind, detail }) =>
      [kind, detail['by'], detail['kind'], detail['role']].filter(Boolean).join(' '),
    )
}

test('comings and goings have their entries, in the order in which they were', async () => {
  const { visitor, login, id } = await member()
  await visitor.send('POST', 'sign-out')
  await visitor.send('POST', 'sign-in', { ...login, password: 'a wrong guess' })
  await visitor.send('POST', 'sign-in', login)
  const others = [new Visitor(url), new Visitor(url)]
  for (const other of others) await other.send('POST', 'sign-in', login)
  const [newest] = (await visitor.send('GET', 'sessions')).body.data
  await visitor.send('DELETE', `sessions/${newest!.id}`)
  await visitor.send('DELETE', 'sessions')
  await visitor.send('POST', 'password', { current: login.password, next: 'quiet turtles sing' })
  await identity.grantRole(login.email, 'staff')
  await identity.grantRole(login.email, 'staff')
  await identity.revokeRole(login.email, 'staff')
  assert.deepEqual(gist(await read({ user: id })), [
    'account.created sign-up',
    'session.opened cookie',
    'session.ended sign-out',
    'sign-in.failed',
    'session.opened cookie',
    'session.opened cookie',
    'session.opened cookie',
    'session.ended owner',
    'session.ended owner',
    'password.changed',
    'role.granted staff',
    'role.revoked staff',
  ])
})

test('a session that makes room for another has its entry, and one that was over has none', async () => {
  const { login, id } = await member()
  const from = { address: '192.0.2.1', requestId: 'a-request', agent: null }
  const { session } = await identity.signIn(login, from)
  const lastUsed = (hours: number) =>
    run(
      `update "mettle"."sessions" set "last_used_at" = now() - $2::int4 * interval '1 hour'
       where "user_id" = $1::uuid and "id" <> $3::uuid`,
      [id, hours, session.id],
    )
  await lastUsed(limits.sessionIdleHours + 1)
  for (let count = 1; count < limits.sessionsPerUserMax; count++) await identity.signIn(login, from)
  assert.deepEqual(await read({ user: id, kind: 'session.ended' }), [])
  await identity.signIn(login, from)
  const [ended, ...more] = await read({ user: id, kind: 'session.ended' })
  assert.deepEqual(more, [])
  assert.deepEqual(
    [ended!.actor, ended!.address, ended!.request, ended!.detail],
    [null, from.address, from.requestId, { by: 'surplus', session: session.id }],
  )
})

test('an entry says who, whom, from where, and in which request', async () => {
  const { visitor, login, id } = await member()
  const { headers } = await visitor.send('POST', 'sign-in', login)
  const [ended, opened] = await read({ user: id })
  assert.equal(opened!.kind, 'session.opened')
  assert.equal(ended!.kind, 'session.ended')
  assert.match(opened!.at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  for (const { actor, subject, address, request } of [ended!, opened!]) {
    assert.deepEqual([actor, subject, address], [id, id, '127.0.0.1'])
    assert.equal(request, headers.get('x-request-id'))
  }
})

test('nothing that a stranger typed is kept, and no secret is', async () => {
  const { login } = await member()
  const stranger = new Visitor(url, {})
  const guess = { email: 'nobody-knows@example.com', password: 'a guess that is nobodys' }
  assert.equal((await stranger.send('POST', 'token', guess)).status, 401)
  const [entry] = await read({ kind: 'sign-in.failed' })
  assert.deepEqual([entry!.actor, entry!.subject, entry!.detail], [null, null, {}])
  await stranger.send('POST', 'token', { ...login, refresh: true })
  const [whole] = await run('select json_agg(a)::text from "mettle"."audit" a')
  for (const text of [guess.email, guess.password, login.email, login.password])
    assert.ok(!String(whole![0]).includes(text))
})

test('entries are neither changed nor taken away before their time', async () => {
  await member()
  const refused = /append-only/
  await assert.rejects(run(`update "mettle"."audit" set "kind" = 'nothing'`), refused)
  await assert.rejects(run(`delete from "mettle"."audit"`), refused)
  await assert.rejects(run(`truncate "mettle"."audit"`), refused)
  const before = (await read()).length
  await run(
    `insert into "mettle"."audit" ("at", "kind", "detail")
     select now() - $1::int4 * interval '1 day' + part * interval '1 hour', 'sign-in.failed', '{}'
     from unnest(array[-1, 1]) part`,
    [limits.auditKeptDays],
  )
  await identity.keep()
  assert.equal((await read()).length, before + 1)
})

test('it is read by kind, by user, from a moment on, and so many at a time', async () => {
  const { id } = await member()
  const all = await read()
  assert.ok(all.every(({ kind }) => Object.hasOwn(auditKinds, kind)))
  assert.deepEqual(await read({ limit: 2 }), all.slice(0, 2))
  const opened = all.filter(({ kind }) => kind === 'session.opened')
  assert.deepEqual(await read({ kind: 'session.opened' }), opened)
  assert.ok((await read({ user: id })).every(({ subject }) => subject === id))
  const { at } = all[3]!
  assert.deepEqual(
    await read({ since: at }),
    all.filter(entry => entry.at >= at),
  )
})
