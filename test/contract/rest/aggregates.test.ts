/** Aggregates, totals and links over HTTP: what they answer, to whom, and what is refused. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { limits } from '../../../src/base/limits.ts'
import { access, backend, field, hook, identity, resource } from 'mettle'
import { assertProblem, startBackend } from '../../support/backend.ts'

const { anyOf, nobody, owner, role, through, where } = access
const users = identity({
  fields: { name: field.text({ max: 100 }) },
  signUp: 'closed',
  roles: ['staff'],
})
const orders = resource('orders', {
  fields: {
    customer: field.ref('users', { default: 'caller' }),
    status: field.choice(['open', 'paid'], { default: 'open' }),
    total: field.decimal({ precision: 12, scale: 2 }),
    pieces: field.integer({ default: 1 }),
    count: field.integer({ default: 7 }),
    placed: field.date(),
    cost: field.decimal({ precision: 12, scale: 2, default: '1', access: { read: role('staff') } }),
    note: field.text({ max: 20, default: '', access: { read: where({ status: 'paid' }) } }),
    meta: field.document({ default: {} }),
  },
  access: { read: anyOf(owner('customer'), role('staff')), create: access.signedIn },
})
const lines = resource('lines', {
  fields: { order: field.ref('orders', { inverse: 'lines' }), size: field.integer() },
  access: { read: through('order'), create: access.signedIn },
})
const secrets = resource('secrets', { fields: { name: field.text() }, access: { read: nobody } })
const tags = resource('tags', {
  fields: { name: field.text({ max: 20 }), open: field.boolean() },
  indexes: [['open']],
  access: { read: anyOf(where({ open: true }), role('staff')), create: role('staff') },
})
const orderTags = resource('order-tags', {
  fields: { order: field.ref('orders'), tag: field.ref('tags') },
  link: { order: 'orders', tag: 'tags' },
  access: { read: through('order'), create: role('staff') },
})
const watched = hook('watched', {
  on: lines,
  operations: ['aggregate'],
  errors: { closed: { status: 409, title: 'Closed' } },
  before({ caller, fail }) {
    if (caller.roles.length === 0) fail.closed()
  },
})

const parts = { users, orders, lines, secrets, tags, orderTags, watched }
const house = await startBackend(backend('house', { parts }), {
  ada: [],
  bob: [],
  staff: ['staff'],
})

const placed: Readonly<Record<string, readonly (readonly [string, string, string])[]>> = {
  ada: [
    ['open', '10.10', '2026-01-31'],
    ['paid', '0.20', '2026-02-01'],
    ['paid', '9999999999.99', '2026-02-02'],
  ],
  bob: [['open', '5.00', '2025-12-31']],
}
const ids: string[] = []
for (const [as, all] of Object.entries(placed))
  for (const [status, total, day] of all) {
    const body = { status, total, placed: day, meta: { channel: as === 'ada' ? 'web' : 7 } }
    const { json } = await house.send('POST', '/orders', { as, body })
    ids.push(json.id)
    await house.send('POST', '/lines', { as, body: { order: json.id, size: 2 } })
  }

async function groups(query: string, as = 'ada') {
  const reply = await house.send('GET', `/orders/aggregate?${query}`, { as })
  assert.equal(reply.status, 200, reply.text)
  return reply
}

test('without a question rows are counted', async () => {
  const reply = await groups('')
  assert.equal(reply.text, '{"data":[{"count":3}],"more":false}')
  assert.equal(reply.headers['cache-control'], 'private, no-cache')
  assert.equal((await groups('', 'staff')).text, '{"data":[{"count":4}],"more":false}')
})

test('figures of the own rows by groups, exact, in order', async () => {
  const query = 'select=sum(total),count(),avg(pieces),max(placed)&group=status&sort=-sum(total)'
  assert.deepEqual((await groups(query)).json, {
    data: [
      {
        group: { status: 'paid' },
        count: 2,
        sum: { total: '10000000000.19' },
        avg: { pieces: '1.000000' },
        max: { placed: '2026-02-02' },
      },
      {
        group: { status: 'open' },
        count: 1,
        sum: { total: '10.10' },
        avg: { pieces: '1.000000' },
        max: { placed: '2026-01-31' },
      },
    ],
    more: false,
  })
})

const asked: readonly (readonly [query: string, as: string, data: unknown])[] = [
  ['group=month(placed)&status=paid', 'ada', [{ group: { placed: '2026-02-01' }, count: 2 }]],
  [
    'group=meta.channel',
    'staff',
    [
      { group: { 'meta.channel': 'web' }, count: 3 },
      { group: { 'meta.channel': 7 }, count: 1 },
    ],
  ],
  ['group=year(placed)&count()[gt]=1', 'staff', [{ group: { placed: '2026-01-01' }, count: 3 }]],
  ['sum(total)[lt]=1', 'staff', []],
  [
    'select=sum(total)&sum(total)[gte]=5&placed[lt]=2026-01-01',
    'staff',
    [{ sum: { total: '5.00' } }],
  ],
  ['count=7', 'staff', [{ count: 4 }]],
  ['count=7&count()=4', 'staff', [{ count: 4 }]],
  ['group=customer&sort=customer&limit=1&select=sum(cost)', 'staff', null],
  ['status[in]=open&status[in]=paid&avg(total)[isNull]=false', 'bob', [{ count: 1 }]],
  ['total=77', 'bob', [{ count: 0 }]],
  ['group=status&total=77', 'bob', []],
]

for (const [query, as, data] of asked)
  test(`?${query} for ${as}`, async () => {
    const { json } = await groups(query, as)
    if (data === null) assert.deepEqual([json.data.length, json.more], [1, true])
    else assert.deepEqual(json.data, data)
  })

test('rows are those that the caller reads, through a parent too', async () => {
  const linesOf = async (as?: string) =>
    house.send('GET', '/lines/aggregate?select=sum(size)', { as })
  assert.deepEqual((await linesOf('staff')).json.data, [{ sum: { size: '8' } }])
  assertProblem(await linesOf('ada'), 409, 'watched.closed')
  assertProblem(await house.send('GET', '/orders/aggregate'), 401, 'identify.required')
  assertProblem(
    await house.send('GET', '/secrets/aggregate', { as: 'ada' }),
    403,
    'authorise.denied',
  )
})

const faulty: readonly (readonly [query: string, ...parameters: readonly string[]])[] = [
  ['select=sum(cost)', 'select'],
  ['group=cost', 'group'],
  ['cost=1', 'cost'],
  ['sum(cost)[gt]=1', 'sum(cost)[gt]'],
  ['sort=-max(cost)', 'sort'],
  ['select=min(note)', 'select'],
  ['group=note', 'group'],
  ['note=a', 'note'],
  ['group=customer.name', 'group'],
  ['select=', 'select'],
  ['select=count(),count()', 'select'],
  ['select=sum', 'select'],
  ['select=sum(total', 'select'],
  ['select=sum(total))', 'select'],
  ['select=sum(sum(total))', 'select'],
  ['select=total', 'select'],
  ['select=sum(status)', 'select'],
  ['select=constructor(total)', 'select'],
  ['select=sum(__proto__)', 'select'],
  ['select=sum(total);drop table orders--', 'select'],
  ['group=status,status', 'group'],
  ['group=month(total)', 'group'],
  ['group=sum(total)', 'group'],
  ['group=meta', 'group'],
  ['sort=placed', 'sort'],
  ['sum(total)[gt]=a', 'sum(total)[gt]'],
  ['sum(total)[gt]=1&sum(total)[gt]=2', 'sum(total)[gt]'],
  ['avg(total)=1.123456789', 'avg(total)'],
  ['count()=1.5', 'count()'],
  ['count()=99999999999999999999', 'count()'],
  ['max(placed)=yesterday', 'max(placed)'],
  ['count()[startsWith]=1', 'count()[startsWith]'],
  ['limit=0', 'limit'],
  [`limit=${limits.aggregateGroupsMax + 1}`, 'limit'],
  ['after=x', 'after'],
  ['expand=customer', 'expand'],
  ['having=x', 'having'],
  ['x(y)=1', 'x(y)'],
  ['=1', ''],
]

for (const [query, ...parameters] of faulty)
  test(`refuses ?${query}`, async () => {
    const target = `/orders/aggregate?${query.replaceAll(' ', '%20')}`
    const reply = await house.send('GET', target, { as: 'ada' })
    assertProblem(reply, 422, 'validate.query')
    const named = reply.json.errors.map((fault: { parameter: string }) => fault.parameter)
    assert.deepEqual(named, parameters)
  })

test('a total comes beside the page when it is asked for, and not else', async () => {
  const list = async (query: string, as = 'staff') =>
    (await house.send('GET', `/orders?${query}`, { as })).json
  assert.ok(!('total' in (await list('limit=2'))))
  const page = await list('limit=2&withTotal=true')
  assert.deepEqual([page.data.length, page.total], [2, { rows: 4, exact: true }])
  const later = await list(`limit=2&withTotal=true&after=${page.next}`)
  assert.deepEqual(
    [later.data.length, later.next, later.total],
    [2, null, { rows: 4, exact: true }],
  )
  assert.deepEqual((await list('withTotal=true&status=paid', 'ada')).total, {
    rows: 2,
    exact: true,
  })
  const nested = await house.send('GET', `/users/${house.people['bob']}/orders?withTotal=true`, {
    as: 'bob',
  })
  assert.deepEqual(nested.json.total, { rows: 1, exact: true })
  for (const query of [
    'withTotal=1',
    'withTotal=',
    'withTotal=true&withTotal=true',
    'withTotal=true&cost=1',
  ])
    assertProblem(await house.send('GET', `/orders?${query}`, { as: 'ada' }), 422, 'validate.query')
})

test('a total says where it stopped', async () => {
  await house.select(
    `insert into tags (name, open) select 'more', true from generate_series(1, ${limits.totalRowsMax}) returning 1`,
  )
  const total = async () => (await house.send('GET', '/tags?limit=1&withTotal=true')).json.total
  assert.deepEqual(await total(), { rows: limits.totalRowsMax, exact: true })
  await house.select(`insert into tags (name, open) values ('one more', true) returning 1`)
  assert.deepEqual(await total(), { rows: limits.totalRowsMax, exact: false })
})

test('both ends of a link, to whom they are open', async () => {
  const made: string[] = []
  for (const body of [
    { name: 'gift', open: true },
    { name: 'risky', open: false },
  ])
    made.push((await house.send('POST', '/tags', { as: 'staff', body })).json.id)
  for (const tag of made)
    for (const order of [ids[0], ids[3]])
      await house.send('POST', '/order-tags', { as: 'staff', body: { order, tag } })
  const again = await house.send('POST', '/order-tags', {
    as: 'staff',
    body: { order: ids[0], tag: made[0] },
  })
  assertProblem(again, 409, 'run.conflict')
  const together = 'There is a row with the same order and tag already: list by them to find it'
  assert.ok(again.json.detail.startsWith(together), again.json.detail)
  const places = again.json.errors.map(({ pointer }: { pointer: string }) => pointer)
  assert.deepEqual(places, ['/order', '/tag'])
  const tagsOf = async (as: string) => {
    const { json } = await house.send('GET', `/orders/${ids[0]}?fields=id,tags.name&expand=tags`, {
      as,
    })
    return json.tags.map(({ name }: { name: string }) => name)
  }
  assert.deepEqual(await tagsOf('staff'), ['gift', 'risky'])
  assert.deepEqual(await tagsOf('ada'), ['gift'])
  const seen = await house.send('GET', `/tags/${made[0]}?expand=orders&fields=orders.id`, {
    as: 'ada',
  })
  assert.deepEqual(seen.json.orders, [{ id: ids[0] }])
  const hidden = await house.send('GET', `/orders?expand=tags.orders&fields=tags.orders.cost`, {
    as: 'ada',
  })
  assertProblem(hidden, 422, 'validate.query')
  assert.equal((await house.send('GET', `/orders/${ids[0]}/tags`, { as: 'staff' })).status, 404)
})

test('the description tells figures, groups, totals and far rows', async () => {
  const { json } = await house.send('GET', '//openapi.json')
  const operation = json.paths['/api/v1/orders/aggregate'].get
  assert.equal(operation.operationId, 'orders.aggregate')
  const named = Object.fromEntries(
    operation.parameters.map((each: { name?: string }) => [each.name, each]),
  )
  assert.ok(named.select.schema.items.enum.includes('avg(pieces)'))
  assert.ok(!named.select.schema.items.enum.includes('sum(status)'))
  assert.ok(!('/api/v1/secrets/aggregate' in json.paths))
  const { list, row } = {
    list: json.components.schemas['tags.list'],
    row: json.components.schemas['orders.row'],
  }
  assert.deepEqual(list.properties.total.required, ['rows', 'exact'])
  assert.equal(row.properties.tags.items.$ref, '#/components/schemas/tags.row')
})

test('a batch asks for figures too', async () => {
  const operations = [
    { operation: 'orders.aggregate', query: { select: 'count()', group: 'status' } },
  ]
  const reply = await house.send('POST', '/batch', { as: 'bob', body: { operations } })
  assert.match(reply.text, /"data":\[\{"group":\{"status":"open"\},"count":1\}\]/)
})
