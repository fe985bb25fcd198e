/** Idempotency keys through HTTP: of every kind of change, with hooks and without. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertProblem, type Json, type Reply, startBackend } from '../../support/backend.ts'
import { mood, workshop, workshopPeople } from './workshop.ts'

const house = await startBackend(workshop, workshopPeople)
const sibling = await house.startAnother()

interface Change {
  readonly method: string
  /** `{row}` is a row that was made for the purpose. */
  readonly path: string
  readonly body?: unknown
  readonly otherBody?: unknown
  readonly status: number
  /** The types of the events that one run writes. */
  readonly events: readonly string[]
}

const row = (text: string) => ({ text, amount: 1 })
const noted = (type: string) => ['ledger.created', `notes.${type}`, 'ledger.created']

const changes: Readonly<Record<string, Change>> = {
  'a create': {
    method: 'POST',
    path: '/plain',
    body: row('a'),
    otherBody: row('b'),
    status: 201,
    events: ['plain.created'],
  },
  'a create that shows only its text': {
    method: 'POST',
    path: '/plain?fields=text',
    body: row('a'),
    status: 201,
    events: ['plain.created'],
  },
  'an update': {
    method: 'PATCH',
    path: '/plain/{row}',
    body: { text: 'b' },
    otherBody: { text: 'c' },
    status: 200,
    events: ['plain.updated'],
  },
  'a replacement': {
    method: 'PUT',
    path: '/plain/{row}',
    body: row('b'),
    otherBody: row('c'),
    status: 200,
    events: ['plain.updated'],
  },
  'a deletion': {
    method: 'DELETE',
    path: '/plain/{row}',
    status: 204,
    events: ['plain.deleted'],
  },
  'a create of what its maker may not read': {
    method: 'POST',
    path: '/drafts',
    body: { text: 'a', shown: false },
    otherBody: { text: 'b', shown: false },
    status: 201,
    events: ['drafts.created'],
  },
  'an update that hides the row': {
    method: 'PATCH',
    path: '/drafts/{row}',
    body: { shown: false },
    status: 204,
    events: ['drafts.updated'],
  },
  'a create with a hook that shares its commit': {
    method: 'POST',
    path: '/tidy',
    body: row(' a '),
    otherBody: row('a'),
    status: 201,
    events: ['tidy.created'],
  },
  'an update with a hook that shares its commit': {
    method: 'PATCH',
    path: '/tidy/{row}',
    body: { text: ' b ' },
    status: 200,
    events: ['tidy.updated'],
  },
  'a create with hooks in its transaction': {
    method: 'POST',
    path: '/notes',
    body: row('a'),
    otherBody: row('b'),
    status: 201,
    events: noted('created'),
  },
  'a create with hooks that shows only its text': {
    method: 'POST',
    path: '/notes?fields=text',
    body: row('a'),
    status: 201,
    events: noted('created'),
  },
  'an update with hooks': {
    method: 'PATCH',
    path: '/notes/{row}',
    body: { text: 'b' },
    otherBody: { text: 'c' },
    status: 200,
    events: noted('updated'),
  },
  'a replacement with hooks, in a view of its own': {
    method: 'PUT',
    path: '/notes/{row}?fields=text&expand=owner',
    body: { ...row('b'), owner: house.people['ada'] },
    status: 200,
    events: noted('updated'),
  },
  'a deletion with hooks': {
    method: 'DELETE',
    path: '/notes/{row}',
    status: 204,
    events: noted('deleted'),
  },
  'a command that answers a row': {
    method: 'POST',
    path: '/make',
    body: { text: 'made' },
    otherBody: { text: 'made again' },
    status: 200,
    events: ['notes.created'],
  },
  'a command that answers an object': {
    method: 'POST',
    path: '/sum',
    body: { amount: 7 },
    otherBody: { amount: 8 },
    status: 200,
    events: ['plain.created'],
  },
  'a command that answers nothing': {
    method: 'POST',
    path: '/nothing',
    status: 204,
    events: [],
  },
}

for (const [what, change] of Object.entries(changes)) {
  test(`${what}: fifty at once have one effect and one answer`, async () => {
    const { send } = await prepared(what, change)
    await house.newEvents()
    const replies = await Promise.all(Array.from({ length: 50 }, () => send('ada', change.body)))
    assert.deepEqual(await house.newEvents(), change.events)
    const answers = replies.filter(reply => reply.status === change.status)
    for (const reply of replies.filter(each => !answers.includes(each))) {
      assertProblem(reply, 409, 'run.idempotency-running')
      assert.ok(Number(reply.headers['retry-after']) > 0)
    }
    const [first] = answers.filter(isFresh)
    assert.equal(answers.filter(isFresh).length, 1)
    for (const answer of answers) assert.deepEqual(told(answer), told(first!))
    const later = await send('ada', change.body)
    assert.deepEqual([told(later), isFresh(later)], [told(first!), false])
    assert.deepEqual(await house.newEvents(), [])
    if (change.status === 201) assert.match(String(later.headers.location), /^\/api\/v1\/\w+\/\w/)
    const tagged = later.text !== '' && what !== 'a command that answers an object'
    if (tagged) assert.match(String(later.headers.etag), /^"\d+-\S+"$/)
  })

  test(`${what}: two nodes at once have one effect and one answer`, async () => {
    const { send } = await prepared(what, change)
    await house.newEvents()
    const replies = await Promise.all(
      Array.from({ length: 10 }, (_, at) =>
        send('ada', change.body, at % 2 === 0 ? house.node : sibling),
      ),
    )
    assert.deepEqual(await house.newEvents(), change.events)
    const [first] = replies.filter(isFresh)
    assert.equal(replies.filter(isFresh).length, 1)
    for (const reply of replies) assert.deepEqual(told(reply), told(first!))
  })

  if (change.otherBody !== undefined) {
    test(`${what}: the key for another request is refused, and another caller has his own`, async () => {
      const { send } = await prepared(what, change)
      assert.equal((await send('ada', change.body)).status, change.status)
      await house.newEvents()
      assertProblem(await send('ada', change.otherBody), 422, 'run.idempotency-mismatch')
      assert.deepEqual(await house.newEvents(), [])
      const others = await send('bob', change.body)
      assert.ok(isFresh(others))
      if (!change.path.startsWith('/notes/{row}')) assert.equal(others.status, change.status)
    })
  }
}

const failures: readonly (readonly [what: string, path: string, body: unknown, status: number])[] =
  [
    ['an input that is not valid', '/plain', { text: 1 }, 422],
    ['a failing hook that shares commits', '/tidy', { text: 'forbidden' }, 409],
    ['a hook that fails with a declared error', '/notes', { text: 'a', amount: 13 }, 422],
    ['a hook that changes the input wrongly', '/notes', { text: 'a', amount: 14 }, 422],
    ['a hook that throws at the end', '/notes', { text: 'a', amount: 15 }, 500],
    ['a command that fails with a declared error', '/sum', { amount: 101 }, 409],
    ['a command that throws', '/sum', { fault: 'throws' }, 500],
    ['a command with a wrong output', '/sum', { fault: 'wrong output' }, 500],
  ]

for (const [what, path, body, status] of failures) {
  test(`${what} leaves nothing, not even the key`, async () => {
    const message = {
      as: 'ada',
      body,
      headers: { 'idempotency-key': `fails ${what}`.replaceAll(' ', '-') },
    }
    const before = await house.counts()
    for (let time = 0; time < 2; time++)
      assertProblem(await house.send('POST', path, message), status)
    assert.deepEqual(await house.counts(), before)
  })
}

test('a key that failed with one body may run with another', async () => {
  const headers = { 'idempotency-key': 'second-try' }
  const first = await house.send('POST', '/sum', { as: 'ada', body: { amount: 101 }, headers })
  assertProblem(first, 409, 'sum.too-much')
  const second = await house.send('POST', '/sum', { as: 'ada', body: { amount: 1 }, headers })
  assert.deepEqual([second.status, isFresh(second)], [200, true])
})

test('a replay stands whatever became of the row, and of the versions that were expected', async () => {
  const made = await house.send('POST', '/plain', { as: 'ada', body: row('a') })
  const path = `/plain/${made.json.id}`
  const headers = { 'idempotency-key': 'conditional', 'if-match': '"7-x", "1-x", "5-x"' }
  const message = { as: 'ada', body: { text: 'b' }, headers }
  const first = await house.send('PATCH', path, message)
  assert.deepEqual([first.status, first.json.version], [200, 2])
  await house.send('PATCH', path, { as: 'ada', body: { text: 'c' } })
  const again = await house.send('PATCH', path, message)
  assert.deepEqual([told(again), isFresh(again)], [told(first), false])
  await house.send('DELETE', path, { as: 'ada' })
  assert.deepEqual(told(await house.send('PATCH', path, message)), told(first))
})

test('a replay stands though a hook would now refuse the request', async () => {
  const headers = { 'idempotency-key': 'mood' }
  const message = { as: 'ada', body: row('a'), headers }
  const first = await house.send('POST', '/tidy', message)
  assert.equal(first.status, 201)
  mood.lenient = false
  const again = await house.send('POST', '/tidy', message)
  assert.deepEqual([told(again), isFresh(again)], [told(first), false])
  const other = await house.send('POST', '/tidy', { ...message, body: row('b') })
  assertProblem(other, 422, 'run.idempotency-mismatch')
  const fresh = await house.send('POST', '/tidy', { as: 'ada', body: row('a') })
  assertProblem(fresh, 409, 'trim-text.forbidden-text')
  mood.lenient = true
})

test('faulty keys are refused', async () => {
  for (const key of ['', '""', 'a b', 'a, b', '"a', 'ä', 'x'.repeat(256)]) {
    const headers = { 'idempotency-key': Buffer.from(key).toString('latin1') }
    const reply = await house.send('POST', '/plain', { as: 'ada', body: row('a'), headers })
    assertProblem(reply, 400, 'wire.invalid-header')
  }
})

/** A row of its own for paths that name one, and a key of its own. */
async function prepared(what: string, change: Change) {
  const [, name = ''] = change.path.split('/')
  const body = name === 'drafts' ? { text: 'before' } : row('before')
  const made = change.path.includes('{row}')
    ? (await house.send('POST', `/${name}`, { as: 'ada', body })).json
    : null
  const path = change.path.replace('{row}', made?.id)
  const headers = {
    'idempotency-key': `${what.replaceAll(/[ ,]/g, '-')}-${made?.id ?? Math.random()}`,
  }
  const send = (as: string, sent: unknown, node = house.node) =>
    house.send(change.method, path, { as, body: sent, headers, node })
  return { send }
}

function isFresh(reply: Reply): boolean {
  return reply.headers['idempotent-replayed'] === undefined
}

/** What of an answer must be the same each time. */
function told({ status, text, headers }: Reply): Json {
  return { status, text, etag: headers.etag, location: headers.location }
}
