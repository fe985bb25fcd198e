/** Commands and queries over HTTP: what they are given and answer, and what failing undoes. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertProblem, startBackend } from '../../support/backend.ts'
import { meeting, workshop, workshopPeople } from './workshop.ts'

const house = await startBackend(workshop, workshopPeople)
const as = (name: string, body?: unknown) => ({ as: name, body })
const note = async (name: string) =>
  (await house.send('POST', '/notes', as(name, { text: 'a' }))).json.id

test('a row that a command answers is seen through the eyes of the caller', async () => {
  const adas = await house.send('POST', '/make', as('ada', { text: 'a' }))
  assert.equal(adas.status, 200)
  assert.equal('rating' in adas.json, false)
  const read = await house.send('GET', `/notes/${adas.json.id}`, as('ada'))
  assert.deepEqual([read.text, read.headers.etag], [adas.text, adas.headers.etag])
  const staffs = await house.send('POST', '/make', as('staff', { text: 'a' }))
  assert.equal(staffs.json.rating, 5)
})

test('who may not read the row learns that it was done, and no more', async () => {
  const body = { to: house.people['bob'] }
  const headers = { 'idempotency-key': 'gift' }
  for (let time = 0; time < 2; time++) {
    const gift = await house.send('POST', '/give', { as: 'ada', body, headers })
    assert.deepEqual([gift.status, gift.text, gift.headers.etag], [204, '', undefined])
  }
  const [[given] = []] = await house.select(
    `select count(*)::int4 from notes where text = 'a gift'`,
  )
  assert.equal(given, 1)
})

test('references in an input name rows that the caller may read, each with its place', async () => {
  const [adas, bobs] = [await note('ada'), await note('bob')]
  const unknown = house.people['ada']
  const before = await house.counts()
  const reply = await house.send(
    'POST',
    '/make',
    as('ada', {
      text: 'a',
      plain: unknown,
      lines: [{ note: adas }, { note: bobs }, { note: unknown }],
      inner: { notes: [bobs, adas] },
    }),
  )
  assertProblem(reply, 422, 'validate.invalid')
  const faults = reply.json.errors.map((each: { pointer: string; code: string }) => [
    each.pointer,
    each.code,
  ])
  assert.deepEqual(faults.toSorted(), [
    ['/inner/notes/0', 'reference'],
    ['/lines/1/note', 'reference'],
    ['/lines/2/note', 'reference'],
    ['/plain', 'reference'],
  ])
  assert.deepEqual(await house.counts(), before)
  const right = { text: 'a', lines: [{ note: adas.toUpperCase() }], inner: { notes: [adas] } }
  assert.equal((await house.send('POST', '/make', as('ada', right))).status, 200)
  const others = await house.send('POST', '/make', as('ada', { ...right, owner: unknown }))
  assert.equal(others.status, 200, 'callers know their own id')
  const strangers = { ...right, owner: house.people['staff'] }
  assertProblem(await house.send('POST', '/make', as('ada', strangers)), 422)
})

test('an object that a command answers is as declared', async () => {
  const reply = await house.send('POST', '/sum', as('ada', { amount: 41 }))
  assert.equal(reply.status, 200)
  assert.equal(reply.json.total, 42)
  assert.match(reply.json.at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  assert.deepEqual(Object.keys(reply.json), ['total', 'at'])
  const empty = await house.send('POST', '/sum', { as: 'ada' })
  assert.deepEqual([empty.status, empty.json.total], [200, 1])
  const none = await house.send('POST', '/nothing', as('ada', {}))
  assert.deepEqual([none.status, none.text, none.headers['content-type']], [204, '', undefined])
})

const disasters = ['throws', 'throws nothing', 'wrong output', 'does not await']
for (const fault of disasters) {
  test(`a command that ${fault} commits nothing, says nothing, and is logged once`, async () => {
    const before = await house.counts()
    const start = house.observations.length
    const reply = await house.send('POST', '/sum', as('ada', { fault }))
    assertProblem(reply, 500, 'run.internal')
    assert.doesNotMatch(reply.text, /secret|much|total/)
    assert.deepEqual(await house.counts(), before)
    const seen = house.observations.slice(start)
    const faults = seen.filter(({ kind }) => kind === 'fault')
    assert.equal(faults.length, 1)
    assert.equal(Reflect.get(faults[0]!, 'where'), 'sum')
    assert.equal(Reflect.get(faults[0]!, 'requestId'), reply.json.requestId)
    assert.equal(seen.filter(({ kind }) => kind === 'request').length, 1)
  })
}

test('a command that answers no row where it promised one is our fault, not the caller’s', async () => {
  assertProblem(await house.send('POST', '/no-row', as('ada')), 500, 'run.internal')
})

test('a declared error carries its data', async () => {
  const reply = await house.send('POST', '/sum', as('ada', { amount: 101 }))
  assertProblem(reply, 409, 'sum.too-much')
  assert.deepEqual([reply.json.title, reply.json.data], ['Too much', { most: 100 }])
})

test('repositories act as the engine, and as the caller where they are asked to', async () => {
  const count = async (name: string) =>
    (await house.send('POST', '/sum', as(name, { fault: 'as caller' }))).json.total
  const [[all] = []] = await house.select('select count(*)::int4 from notes')
  assert.equal(await count('staff'), all)
  const [[adas] = []] = await house.select('select count(*)::int4 from notes where owner_id = $1', [
    house.people['ada'],
  ])
  assert.equal(await count('ada'), adas)
  assert.notEqual(adas, all)
})

test('who acts as the caller sets no field that the caller may not write', async () => {
  const made = await house.send('POST', '/sum', as('ada', { fault: 'creates as caller' }))
  assert.equal(made.status, 200, made.text)
})

test('serializable commands that collide are run again', async () => {
  const { json } = await house.send('POST', '/plain', as('ada', { text: 'counter' }))
  const both = Promise.withResolvers<void>()
  let present = 0
  meeting.wait = () => {
    present += 1
    if (present === 2) both.resolve()
    return both.promise
  }
  const start = house.observations.length
  const replies = await Promise.all(
    ['ada', 'bob'].map(name => house.send('POST', '/increment', as(name, { id: json.id }))),
  )
  assert.deepEqual(
    replies.map(({ status }) => status),
    [200, 200],
  )
  assert.deepEqual(new Set(replies.map(reply => reply.json.amount)), new Set([1, 2]))
  const attempts = house.observations
    .slice(start)
    .flatMap(seen => (seen.kind === 'transaction' ? [seen.attempts] : []))
  assert.ok(attempts.some(each => each > 1))
})

test('a query answers rows, and what it is given is a parameter', async () => {
  const injection = `'; drop table plain; --`
  const { json } = await house.send('POST', '/plain', as('ada', { text: injection, amount: 3 }))
  const found = await house.send('GET', `/by-text?text=${encodeURIComponent(injection)}`, as('ada'))
  assert.deepEqual(found.json, { data: [{ id: json.id, amount: 3 }], next: null })
})

test('a query that would change something is refused, as our fault', async () => {
  assertProblem(await house.send('GET', '/writing'), 500, 'run.internal')
})

test('each request is observed once, by the name of its operation and its caller', async () => {
  const asked = [
    ['POST', '/plain', 'plain.create', 201],
    ['GET', '/plain', 'plain.list', 200],
    ['POST', '/sum', 'sum', 200],
    ['GET', '/by-text?text=a', 'by-text', 200],
    ['GET', '/nowhere', 'none', 404],
    ['GET', '/plain/1', 'plain.read', 422],
    ['POST', '/no-row', 'no-row', 500],
  ] as const
  for (const [method, path, operation, status] of asked) {
    const start = house.observations.length
    const body = path === '/plain' && method === 'POST' ? { text: 'a' } : undefined
    const reply = await house.send(method, path, as('ada', body))
    assert.equal(reply.status, status)
    const requests = house.observations.slice(start).filter(({ kind }) => kind === 'request')
    assert.equal(requests.length, 1, path)
    const { requestId, traceId, durationMs, ...rest } = requests[0] as Extract<
      (typeof requests)[number],
      { kind: 'request' }
    >
    assert.equal(requestId, reply.headers['x-request-id'])
    assert.ok(durationMs >= 0)
    assert.equal(traceId, null)
    const caller = operation === 'none' ? null : house.people['ada']
    const code = status < 400 ? null : reply.json.code
    const surface = operation === 'none' ? 'none' : 'rest'
    const who = { caller, apiKey: null }
    assert.deepEqual(rest, { kind: 'request', surface, method, operation, status, code, ...who })
  }
})
