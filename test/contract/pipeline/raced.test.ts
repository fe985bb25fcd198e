/**
 * Who waited for a row is judged by what the row, and all that decides about it, have become
 * meanwhile.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { access, backend, command, field, identity, resource } from 'mettle'
import { assertProblem, type Reply, startBackend } from '../../support/backend.ts'
import { lockWaiters } from '../../support/lock-waiters.ts'

const { nobody, owner, signedIn, through } = access

const users = identity({ fields: { name: field.text({ max: 100 }) }, signUp: 'open' })

const papers = resource('papers', {
  fields: { owner: field.ref('users', { default: 'caller' }), title: field.text({ max: 100 }) },
  indexes: [['owner']],
  access: { read: owner('owner'), create: signedIn, update: owner('owner'), delete: nobody },
})

const lines = resource('lines', {
  fields: {
    paper: field.ref('papers'),
    text: field.text({ max: 100 }),
    code: field.text({ max: 20, optional: true, unique: true }),
  },
  indexes: [['text']],
  access: {
    read: through('paper'),
    create: through('paper'),
    update: through('paper'),
    delete: through('paper'),
  },
})

const input = { line: field.text({ max: 100 }) }
const output = { seen: field.text({ max: 100 }) }

const rewrite = command('rewrite', {
  access: signedIn,
  input,
  uses: { lines },
  run: async ({ input: { line }, db, caller }) => {
    await db.as(caller).lines.update(line, { text: 'by command' })
  },
})

const rewriteWhere = command('rewrite-where', {
  access: signedIn,
  input,
  output,
  uses: { lines },
  run: async ({ input: { line }, db, caller }) => {
    const count = await db.as(caller).lines.updateWhere({ id: line }, { text: 'by command' })
    return { seen: String(count) }
  },
})

const look = command('look', {
  access: signedIn,
  input,
  output,
  uses: { lines },
  run: async ({ input: { line }, db, caller }) => {
    const locked = await db.as(caller).lines.lock([line])
    return { seen: locked.has(line) ? locked.get(line).text : 'nothing' }
  },
})

const house = await startBackend(
  backend('raced', { parts: { users, papers, lines, rewrite, rewriteWhere, look } }),
  { ada: [], bob: [] },
)
const sibling = await house.startAnother()

/** A line on a paper of ada's. */
async function makeLine(text: string): Promise<{ readonly paper: string; readonly line: string }> {
  const paper = (await house.send('POST', '/papers', { as: 'ada', body: { title: 'p' } })).json.id
  const made = await house.send('POST', '/lines', { as: 'ada', body: { paper, text } })
  return { paper, line: made.json.id }
}

/**
 * Runs the statements, and commits once all who race wait for their rows, in this order; `last` is
 * run before the commit.
 */
async function holdUp(
  statements: readonly string[],
  racing: readonly (() => Promise<Reply>)[],
  last: readonly string[] = [],
): Promise<readonly Reply[]> {
  const replies: Promise<Reply>[] = []
  const isolation = 'read committed'
  await house.node.database.transaction({ isolation }, async transaction => {
    for (const text of statements) await transaction.run({ text, values: [] })
    for (const [at, send] of racing.entries()) {
      replies.push(send())
      await lockWaiters(at + 1, text => house.select(text))
    }
    for (const text of last) await transaction.run({ text, values: [] })
  })
  return Promise.all(replies)
}

/** The line becomes bob's secret while somebody waits for it. */
function givenToBob({ paper, line }: { readonly paper: string; readonly line: string }) {
  return [
    `update papers set owner_id = '${house.people['bob']}' where id = '${paper}'`,
    `update lines set text = 'secret' where id = '${line}'`,
  ]
}

const ways: Readonly<Record<string, (line: string) => Promise<Reply>>> = {
  'a change': line => house.send('PATCH', `/lines/${line}`, { as: 'ada', body: { text: 'mine' } }),
  'a change that changes nothing': line =>
    house.send('PATCH', `/lines/${line}`, { as: 'ada', body: {} }),
  'a deletion': line => house.send('DELETE', `/lines/${line}`, { as: 'ada' }),
  'a change in a command': line => house.send('POST', '/rewrite', { as: 'ada', body: { line } }),
}

for (const [way, send] of Object.entries(ways)) {
  test(`${way} that waited for a row obeys the rules as they are then`, async () => {
    const made = await makeLine('mine')
    const [reply] = await holdUp(givenToBob(made), [() => send(made.line)])
    assertProblem(reply!, 404, 'run.not-found')
    assert.deepEqual(await house.select(`select text from lines where id = '${made.line}'`), [
      ['secret'],
    ])
  })
}

const seeing: Readonly<Record<string, readonly [path: string, seen: string]>> = {
  'a change of all that match': ['/rewrite-where', '0'],
  'a lock': ['/look', 'nothing'],
}

for (const [way, [path, seen]] of Object.entries(seeing)) {
  test(`${way} that waited for a row leaves out what is out of sight by then`, async () => {
    const made = await makeLine('mine')
    const send = () => house.send('POST', path, { as: 'ada', body: { line: made.line } })
    const [reply] = await holdUp(givenToBob(made), [send])
    assert.deepEqual(reply?.json, { seen })
    assert.deepEqual(await house.select(`select text from lines where id = '${made.line}'`), [
      ['secret'],
    ])
  })
}

const duplicates = {
  PATCH: { headers: { 'if-match': '"1"' }, body: { text: 'once' } },
  DELETE: { headers: {}, body: undefined },
} as const

for (const [method, { headers, body }] of Object.entries(duplicates)) {
  test(`a ${method} that another node is at work on is answered with what it did`, async () => {
    const { line } = await makeLine('mine')
    const keyed = { ...headers, 'idempotency-key': `"${method}-${line}"` }
    const send = (node: typeof sibling) => () =>
      house.send(method, `/lines/${line}`, { node, as: 'ada', headers: keyed, body })
    const hold = [`select 1 from lines where id = '${line}' for update`]
    const [first, second] = await holdUp(hold, [send(house.node), send(sibling)])
    assert.ok(first!.status < 300, first!.text)
    assert.deepEqual([second!.status, second!.text], [first!.status, first!.text])
    assert.equal(second!.headers['idempotent-replayed'], 'true')
  })
}

test('a create whose unique value is taken by itself on another node gets its answer', async () => {
  const { paper, line } = await makeLine('mine')
  const keyed = { 'idempotency-key': '"taken"' }
  const body = { paper, text: 'once', code: 'unique' }
  const send = (node: typeof sibling) => () =>
    house.send('POST', '/lines', { node, as: 'ada', headers: keyed, body })
  const replies = await holdUp(
    [`update lines set code = 'unique' where id = '${line}'`],
    [send(house.node), send(sibling)],
    [`update lines set code = null where id = '${line}'`],
  )
  assert.deepEqual(
    replies.map(({ status }) => status),
    [201, 201],
  )
  assert.equal(replies[0]!.text, replies[1]!.text)
  const replayed = replies.filter(({ headers }) => headers['idempotent-replayed'] === 'true')
  assert.equal(replayed.length, 1)
})
