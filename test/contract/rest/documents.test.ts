/** Places inside documents over HTTP and in repositories: what they say, and what is refused. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { access, backend, command, field, identity, resource } from 'mettle'
import { assertProblem, startBackend } from '../../support/backend.ts'

const { anyone, role } = access
const users = identity({
  fields: { name: field.text({ max: 100 }) },
  signUp: 'closed',
  roles: ['staff'],
})
const things = resource('things', {
  fields: {
    name: field.text({ max: 20 }),
    about: field.document({ optional: true }),
    inner: field.document({ default: {}, access: { read: role('staff') } }),
    mine: field.document({ default: {}, access: { read: access.where({ name: 'own' }) } }),
  },
  indexes: [['about.size'], ['inner.rank']],
  access: { read: anyone, create: role('staff') },
})
const ask = command('ask', {
  output: { names: field.list(field.text()), first: field.text({ optional: true }) },
  access: anyone,
  uses: { things },
  async run({ db }) {
    const filter = { 'about.size': { gte: 2, lt: 10 }, 'about.color': 'red' } as const
    const rows = await db.things.list(filter, { sort: ['-about.size'] })
    assert.equal(await db.things.count({ 'about.size': null }), 1)
    assert.equal(await db.things.count({ 'about.box.wide': true }), 2)
    const first = await db.things.find({ 'about.color': { startsWith: 'bl', ne: 'black' } })
    return { names: rows.map(row => row.name), first: first?.name ?? null }
  },
})

const house = await startBackend(backend('house', { parts: { users, things, ask } }), {
  ada: [],
  staff: ['staff'],
})
const documents = [
  { size: 1, color: 'red', code: '1', box: { wide: true } },
  { size: 2, color: 'red', code: '01' },
  { size: 9.5, color: 'red', code: 1 },
  { size: '9', color: 'blue', tags: ['new', 7] },
  { color: 'a "b" \\ c' },
  { size: 10, color: 'black', box: { wide: true } },
]
for (const [at, about] of documents.entries()) {
  const body = { name: `t${at}`, about, inner: { rank: at } }
  assert.equal((await house.send('POST', '/things', { as: 'staff', body })).status, 201)
}

async function names(query: string, as?: string): Promise<string> {
  const reply = await house.send('GET', `/things?fields=name&${query}`, { as })
  assert.equal(reply.status, 200, reply.text)
  return reply.json.data.map((row: { name: string }) => row.name.slice(1)).join('')
}

const found: readonly (readonly [query: string, names: string])[] = [
  ['about.color=red', '012'],
  ['about.color[ne]=red', '345'],
  ['about.color[in]=red&about.color[in]=blue', '0123'],
  ['about.color[contains]=l', '35'],
  ['about.color[startsWith]=bl', '35'],
  ['about.color="red"', '012'],
  ['about.color=a%20"b"%20\\%20c', '4'],
  ['about.size[gte]=2', '125'],
  ['about.size[gt]=2&about.size[lte]=10.0', '25'],
  ['about.size=9', ''],
  ['about.size="9"', '3'],
  ['about.size=0.09500e2', '2'],
  ['about.size[in]=1.00&about.size[in]=1e1&about.size[in]=-0', '05'],
  ['about.size[lt]="a"', '3'],
  ['about.size[isNull]=true', '4'],
  ['about.code=1', '2'],
  ['about.code="1"', '0'],
  ['about.code=01', '1'],
  ['about.code[startsWith]=01', '1'],
  ['about.box.wide=true', '05'],
  ['about.box.wide="true"', ''],
  ['about.tags[contains]=new', '3'],
  ['about.tags[contains]=7', '3'],
  ['about.tags.1=7', '3'],
  ['about.nothing.at.all[isNull]=true', '012345'],
  ['sort=about.size', '301254'],
  ['sort=-about.size&about.color=red', '210'],
]

for (const [query, expected] of found)
  test(`?${query}`, async () => assert.equal(await names(query), expected))

test('who may not read the document may not ask for a place in it', async () => {
  assert.equal(await names('inner.rank[gte]=4&sort=-inner.rank', 'staff'), '54')
  for (const query of ['inner.rank=4', 'sort=inner.rank', 'mine.secret=1', 'sort=mine.secret'])
    for (const as of ['ada', undefined]) {
      const reply = await house.send('GET', `/things?${query}`, { as })
      assertProblem(reply, 422, 'validate.query')
    }
})

const steps = (count: number) => Array.from({ length: count }, () => 'a').join('.')

const faulty: readonly (readonly [query: string, parameter: string])[] = [
  ['about.size=null', 'about.size'],
  ['about.size[in]=1&about.size[in]=null', 'about.size[in]'],
  ['about.size="', 'about.size'],
  ['about.size="a"b"', 'about.size'],
  ['about.size=1e400', 'about.size'],
  ['about.size=9007199254740993', 'about.size'],
  ['about.size=9.5000000000000000001', 'about.size'],
  ['about.size[gt]=0.1000000000000000055', 'about.size[gt]'],
  ['about.size[in]=1&about.size[in]=1e-400', 'about.size[in]'],
  ['about.size=1e99999999999999999999', 'about.size'],
  [`about.size=0.${'0'.repeat(300)}1`, 'about.size'],
  ['about.size[isNull]=1', 'about.size[isNull]'],
  ['about.size=%00', 'about.size'],
  ['about.size="\\u0000"', 'about.size'],
  ['about.size="\\ud800"', 'about.size'],
  [`about.size=${'a'.repeat(200)}`, 'about.size'],
  [`about.size[startsWith]=${'a'.repeat(200)}`, 'about.size[startsWith]'],
  ['about.=1', 'about.'],
  ['about..a=1', 'about..a'],
  [`about.${steps(9)}=1`, `about.${steps(9)}`],
  [`about.${'a'.repeat(101)}=1`, `about.${'a'.repeat(101)}`.slice(0, 100)],
  ["about.a'b=1", "about.a'b"],
  ['about.a"b=1', 'about.a"b'],
  ['about.{a,b}=1', 'about.{a,b}'],
  ["about.x'%3B drop table things--=1", "about.x'; drop table things--"],
  ['about.a\\b=1', 'about.a\\b'],
  ['name.first=1', 'name.first'],
  ['id.a=1', 'id.a'],
  ['sort=about.color', 'sort'],
  ['sort=about.a"b', 'sort'],
  ['sort=name.first', 'sort'],
  ['sort=about', 'sort'],
]

for (const [query, parameter] of faulty)
  test(`refuses ?${query.slice(0, 60)}`, async () => {
    const reply = await house.send('GET', `/things?${query.replaceAll(' ', '%20')}`)
    assertProblem(reply, 422, 'validate.query')
    const places = reply.json.errors.map((fault: { parameter: string }) => fault.parameter)
    assert.deepEqual(
      places.map((place: string) => place.slice(0, 100)),
      [parameter],
    )
  })

test('a number that a document cannot hold is told the nearest that it can', async () => {
  const { json } = await house.send('GET', '/things?about.size=0.1000000000000000055')
  const [{ code, detail }] = json.errors
  assert.equal(code, 'inexact-number')
  assert.equal(detail, 'cannot be compared exactly; a document has it as 0.1')
})

test('a number that a document cannot hold is refused instead of rounded', async () => {
  const text = '{"name":"long","about":{"size":0.1000000000000000055}}'
  const reply = await house.send('POST', '/things', { as: 'ada', raw: text })
  assertProblem(reply, 400, 'wire.invalid-json')
  assert.equal(reply.json.errors[0].pointer, '/about/size')
  assert.match(reply.json.detail, /would be kept as 0\.1; write it as a string/)
})

test('a path that is long enough and odd enough still finds', async () => {
  assert.equal(await names(`about.${steps(8)}[isNull]=true`), '012345')
  assert.equal(
    await names(`about.${encodeURIComponent('Größe_$@: 日本-9')}[isNull]=true`),
    '012345',
  )
})

test('a sort that no index gives names the index of the place', async () => {
  const reply = await house.send('GET', '/things?sort=-about.color')
  assert.match(reply.json.errors[0].detail, /declare the index \['-about\.color'\] of things/)
})

test('repositories ask in the same words', async () => {
  const reply = await house.send('POST', '/ask')
  assert.equal(reply.status, 200, reply.text)
  assert.deepEqual(reply.json, { names: ['t2', 't1'], first: 't3' })
})

test('the description names the places that an index finds', async () => {
  const { json } = await house.send('GET', '//openapi.json')
  const { parameters } = json.components
  assert.equal(parameters['things.about.size.gte'].name, 'about.size[gte]')
  assert.ok(parameters['things.sort'].schema.items.enum.includes('-about.size'))
  const listed = json.paths['/api/v1/things'].get.parameters.map(
    (each: { $ref: string }) => each.$ref,
  )
  assert.ok(listed.includes('#/components/parameters/things.about.size.eq'))
})
