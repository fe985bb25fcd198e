/** What the test kit gives beside a database: callers, a clock, the log, and how it ends. */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { access, backend, command, field, identity, resource, sql, query } from 'mettle'
import { testBackend } from 'mettle/testing'

const users = identity({ fields: {}, signUp: 'closed', roles: ['editor'] })
const notes = resource('notes', {
  fields: {
    text: field.text(),
    on: field.timestamp({ default: 'now' }),
    by: field.ref('users', { default: 'caller', optional: true }),
  },
  access: { read: access.anyone, create: access.signedIn, update: access.role('editor') },
})
const marks = resource('marks', {
  fields: { by: field.ref('users', { default: 'caller' }) },
  access: { create: access.signedIn },
})
const fail = command('fail', {
  access: access.anyone,
  run: () => Promise.reject(new Error('a defect')),
})
const age = query('age', {
  output: { hours: field.integer() },
  access: access.anyone,
  sql: () =>
    sql`select (extract(epoch from now() - min(created_at)) / 3600)::int as hours from notes`,
})
const declared = backend('kit', { parts: { users, notes, marks, fail, age } })

const faults: unknown[] = []
const kit = await testBackend(declared, {
  observe: observation => {
    if (observation.kind === 'fault') faults.push(observation.error)
  },
})
after(() => kit.stop())
const ada = await kit.as('ada')

test('callers are whom they are made, and the types hold their roles', async () => {
  const ed = await kit.as('ed', { roles: ['editor'], fields: {} })
  const note = await ada.notes.create({ text: 'a' })
  assert.equal(note.by, (await ada.auth.me()).id)
  await assert.rejects(ada.notes.update(note, { text: 'b' }), { code: 'authorise.denied' })
  assert.equal((await ed.notes.update(note, { text: 'b' })).text, 'b')
  // @ts-expect-error no such role
  await assert.rejects(kit.as('eve', { roles: ['admin'], fields: {} }))
})

test('time is one for sessions, defaults, rows, events, limits and SQL', async () => {
  await using limited = await testBackend(declared, { settings: { RATE_LIMIT: '4' } })
  const bob = await limited.as('bob')
  const note = await bob.notes.create({ text: 'a' })
  await limited.clock.advance({ days: 1, hours: 2 })
  const later = await bob.notes.create({ text: 'b' })
  const hoursBetween = (one: string, other: string) =>
    Math.round((Date.parse(other) - Date.parse(one)) / 3_600_000)
  assert.equal(hoursBetween(note.on, later.on), 26)
  assert.equal(hoursBetween(note.createdAt, later.createdAt), 26)
  const [first, second] = (await limited.log.events()).filter(({ resource: of }) => of === 'notes')
  assert.equal(hoursBetween(first!.at, second!.at), 26)
  assert.deepEqual(await limited.as.anonymous.queries.age(), [{ hours: 26 }])
  const anonymous = limited.client({ retriesMax: 0 })
  for (let left = 3; left > 0; left--) await anonymous.notes.list()
  await assert.rejects(anonymous.notes.list(), { code: 'limit.exceeded' })
  await limited.clock.advance({ minutes: 2 })
  await anonymous.notes.list()
  await assert.rejects(limited.clock.advance({ seconds: -1 }), RangeError)
})

test('a setting that there is not is refused by name, before a database is made', async () => {
  // @ts-expect-error no such setting
  await assert.rejects(testBackend(declared, { settings: { RATE_LIMT: '5', DOCS: 'off' } }), {
    name: 'ConfigError',
    faults: [{ name: 'RATE_LIMT', message: 'is no setting (did you mean "RATE_LIMIT"?)' }],
  })
})

test('what can never be is told at once', async () => {
  // @ts-expect-error no backend
  await assert.rejects(testBackend(undefined), /takes what backend\(\) made .* not undefined/)
  await assert.rejects(kit.as('ada'), /as\("ada"\) was made before/)
  await assert.rejects(
    kit.log.until('notes.crated'),
    /no event notes\.crated \(did you mean "notes\.created"\?\)/,
  )
  const unsigned = kit.arrange(db => db.marks.create({}))
  await assert.rejects(unsigned, ({ message, hint }) => {
    assert.match(message, /^marks\.by must be given, as there is no caller whom it could become/)
    assert.doesNotMatch(hint, /pointer/)
    return true
  })
  await assert.rejects(ada.notes.create({ text: '\u0000' }), error =>
    /\(validate\.invalid\)\n {2}\/text /.test(String(error)),
  )
})

test('an event is waited for, and what came instead is told', async () => {
  const waiting = kit.log.until(({ data }) => data?.['text'] === 'second')
  await ada.notes.create({ text: 'first' })
  const { id } = await ada.notes.create({ text: 'second' })
  assert.equal((await waiting).key, id)
  const never = kit.log.until('notes.deleted', { patienceMs: 1 })
  await assert.rejects(never, /notes\.deleted did not come in 1 ms; came: .*notes\.created/)
})

test('a scene is arranged as a whole or not at all', async () => {
  const broken = kit.arrange(async db => {
    await db.notes.create({ text: 'broken' })
    throw new Error('never mind')
  })
  await assert.rejects(broken, /never mind/)
  assert.deepEqual((await kit.as.anonymous.notes.list({ text: 'broken' })).data, [])
  const { text } = await kit.arrange(db => db.notes.create({ text: 'b' }))
  assert.equal(text, 'b')
})

test('a defect is told to who observes, and to the caller as one', async () => {
  await assert.rejects(kit.as.anonymous.commands.fail({}), { code: 'run.internal' })
  assert.match(String(faults[0]), /a defect/)
})
