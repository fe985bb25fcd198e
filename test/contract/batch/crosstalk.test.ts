/** Many batches of many callers at once: what is each one's stays each one's, limits too. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { access, backend, field, identity, resource } from 'mettle'
import { assertProblem, startBackend } from '../../support/backend.ts'
import { batchesOf, outcomesOf, resultsOf } from './sending.ts'

const { nobody, owner, role, signedIn, anyOf } = access

const users = identity({
  fields: { name: field.text({ max: 100 }) },
  signUp: 'closed',
  roles: ['staff'],
})
const notes = resource('notes', {
  fields: {
    text: field.text({ max: 100 }),
    owner: field.ref('users', { default: 'caller' }),
    rating: field.integer({ default: 0, access: { read: role('staff'), write: role('staff') } }),
  },
  indexes: [['owner']],
  access: {
    read: anyOf(owner('owner'), role('staff')),
    create: signedIn,
    update: owner('owner'),
    delete: nobody,
  },
})
const rare = resource('rare', {
  fields: { text: field.text({ max: 100 }) },
  access: { read: signedIn, create: signedIn, update: nobody, delete: nobody },
})
const people = { ada: [], bob: [], eve: [], staff: ['staff'] } as const
const house = await startBackend(
  backend('house', {
    parts: { users, notes, rare },
    limits: { rarely: { quota: 5, per: '1h', on: ['rare.create'] } },
  }),
  people,
)
const batches = batchesOf(house)
const names = ['ada', 'bob', 'eve'] as const

/** The first note of each. */
const first = new Map<string, string>()
for (const as of names) {
  const made = await house.send('POST', '/notes', { as, body: { text: `of ${as}` } })
  first.set(as, made.json.id)
}

for (const form of ['each', 'atomic'] as const) {
  test(`${form}: a crowd of callers, every one with the same batch`, async () => {
    const turns = Array.from({ length: 16 }, (_, turn) => names.map(as => ({ as, turn }))).flat()
    await Promise.all(
      turns.map(async ({ as, turn }) => {
        const own = first.get(as)!
        const operations = [
          { operation: 'notes.create', input: { text: `${as} ${form} ${turn}` } },
          { operation: 'notes.read', id: { $ref: '0/id' }, query: { expand: 'owner' } },
          { operation: 'notes.update', id: own, input: { text: `of ${as}` } },
          { operation: 'notes.list', query: { limit: 100, fields: 'owner,text' } },
        ]
        const results = resultsOf(await batches[form](operations, { as }))
        const [made, read, changed, list] = results
        assert.equal(made.body.text, `${as} ${form} ${turn}`)
        assert.equal(read.body.id, made.body.id)
        assert.equal(read.body.owner.id, house.people[as])
        assert.equal(changed.body.owner, house.people[as])
        assert.ok(list.body.data.length > 0)
        for (const row of list.body.data) assert.equal(row.owner, house.people[as])
        for (const { body } of [made, read, changed]) assert.ok(!Object.hasOwn(body, 'rating'))
      }),
    )
    const others = names.filter(name => name !== 'ada').map(name => first.get(name)!)
    const foreign = others.map(id => ({ operation: 'notes.update', id, input: { text: 'mine' } }))
    for (const operation of foreign)
      assertProblem(await batches.atomic([operation], { as: 'ada' }), 404, 'run.not-found')
  })
}

test('neighbours that fail take nobody with them', async () => {
  const good = (at: number) => ({ operation: 'notes.create', input: { text: `good ${at}` } })
  const bad = { operation: 'notes.create', input: { text: 'bad', owner: first.get('bob') } }
  const denied = { operation: 'notes.create', input: { text: 'bad', rating: 5 } }
  const operations = Array.from({ length: 30 }, (_, at) => [good(at), bad, denied][at % 3]!)
  const outcomes = outcomesOf(await batches.each(operations))
  const expected = [201, 'validate.invalid', 'authorise.denied']
  assert.deepEqual(
    outcomes,
    operations.map((_, at) => expected[at % 3]),
  )
})

test('each operation is held to its own limits', async () => {
  const make = { operation: 'rare.create', input: { text: 'a' } }
  const list = { operation: 'rare.list' }
  const operations = [make, list, make, list, make, list]
  assert.deepEqual(outcomesOf(await batches.each(operations)), [201, 200, 201, 200, 201, 200])
  const second = await batches.each(operations)
  assert.deepEqual(outcomesOf(second), [201, 200, 201, 200, 'limit.exceeded', 200])
  const { problem, retryAfter } = resultsOf(second)[4]
  assert.deepEqual(problem['violated-policies'], ['rarely'])
  assert.ok(retryAfter > 0)
  const before = await house.counts()
  const whole = await batches.atomic([list, make], { as: 'bob' })
  assert.equal(whole.status, 200)
  const tooMany = await batches.atomic([make, make, make, make, make], { as: 'bob' })
  assert.deepEqual([tooMany.status, tooMany.json.code], [429, 'limit.exceeded'])
  const after = await house.counts()
  assert.equal(after['public.rare'], before['public.rare']! + 1)
})
