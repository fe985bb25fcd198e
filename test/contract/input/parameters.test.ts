/** Faulty query strings: filters, sorts, views, limits, cursors and the inputs of queries. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertProblem, type Json, startBackend } from '../../support/backend.ts'
import { kinds, kindsPeople } from './kinds.ts'

const house = await startBackend(kinds, kindsPeople)
const as = 'ada'
for (let integer = 1; integer <= 5; integer++)
  await house.send('POST', '/things', { as, body: { integer, text: `t${integer}` } })
const [first] = (await house.send('GET', '/things', { as })).json.data
const nowhere = '00000000-0000-7000-8000-000000000000'
const many = (name: string, count: number) =>
  Array.from({ length: count }, () => `${name}=${nowhere}`).join('&')

/** The query string, and the parameter that the answer names. */
const faulty: readonly (readonly [query: string, parameter: string | null])[] = [
  ['limit=-1', 'limit'],
  ['limit=0', 'limit'],
  ['limit=101', 'limit'],
  ['limit=NaN', 'limit'],
  ['limit=1e1', 'limit'],
  ['limit=1.5', 'limit'],
  ['limit=', 'limit'],
  ['limit=99999999999999999999', 'limit'],
  ['limit=%201', 'limit'],
  ['limit=1&limit=2', 'limit'],
  ['limit[gt]=1', null],
  ['sort=nothing', 'sort'],
  ['sort=text', 'sort'],
  ['sort=document', 'sort'],
  ['sort=', 'sort'],
  ['sort=integer,,id', 'sort'],
  ['sort=--integer', 'sort'],
  ['sort=integer,integer', 'sort'],
  ['sort=id%3Bdrop%20table%20things', 'sort'],
  ['sort=__proto__', 'sort'],
  ['sort=constructor', 'sort'],
  ['fields=nothing', 'fields'],
  ['fields=', 'fields'],
  ['fields=constructor', 'fields'],
  ['fields=__proto__', 'fields'],
  ['fields=id,id', 'fields'],
  ['fields=parent.name', 'fields'],
  ['fields=document.a', 'fields'],
  ['expand=nothing', 'expand'],
  ['expand=text', 'expand'],
  ['expand=__proto__', 'expand'],
  ['expand=parent.keeper.parents.keeper', 'expand'],
  ['expand=toString', 'expand'],
  ['unknown=1', 'unknown'],
  ['__proto__=1', '__proto__'],
  ['constructor=1', 'constructor'],
  ['__proto__[eq]=1', null],
  ['password=1', 'password'],
  ['text[like]=%25', 'text[like]'],
  ['text[]=1', 'text[]'],
  ['text[eq][eq]=1', 'text[eq][eq]'],
  ['text[constructor]=1', 'text[constructor]'],
  ['[eq]=1', '[eq]'],
  ['=1', ''],
  ['text=a&text=b', 'text'],
  ['integer=x', 'integer'],
  ['integer=', 'integer'],
  ['integer=1.5', 'integer'],
  ['integer=2147483648', 'integer'],
  ['integer=1e400', 'integer'],
  ['integer[in]=1&integer[in]=x', 'integer[in]'],
  ['integer[contains]=1', 'integer[contains]'],
  ['integer[isNull]=maybe', 'integer[isNull]'],
  ['bigint=9223372036854775808', 'bigint'],
  ['decimal=NaN', 'decimal'],
  [`decimal=${'9'.repeat(2_000)}`, 'decimal'],
  ['decimal=1e9', 'decimal'],
  ['boolean=yes', 'boolean'],
  ['boolean[gt]=false', 'boolean[gt]'],
  ['date=2026-02-30', 'date'],
  ['date[gte]=infinity', 'date[gte]'],
  ['date=0001-01-01%20BC', 'date'],
  ['timestamp[lt]=now', 'timestamp[lt]'],
  ['timestamp=2026-01-01', 'timestamp'],
  ['uuid=x', 'uuid'],
  ['id=x', 'id'],
  [`id[in]=x&id[in]=${nowhere}`, 'id[in]'],
  ['id[contains]=0', 'id[contains]'],
  ['choice=blue', 'choice'],
  ['choice[gt]=red', 'choice[gt]'],
  ['parent=1', 'parent'],
  ['document=%7B%7D', 'document'],
  ['document[eq]=1', 'document'],
  ['list=1', 'list'],
  ['text=nul%00', 'text'],
  ['text[contains]=%00', 'text[contains]'],
  [Array.from({ length: 21 }, (_, at) => `integer[gt]=${at}`).join('&'), 'integer[gt]'],
  [many('id[in]', 101), null],
]

for (const [query, parameter] of faulty) {
  test(`?${query.slice(0, 60)} is refused`, async () => {
    for (const path of ['/things', `/parents/${nowhere}/things`]) {
      const reply = await house.send('GET', `${path}?${query}`, { as })
      assertProblem(reply, 422, 'validate.query')
      if (parameter === null) continue
      const named = reply.json.errors.map((fault: Json) => fault.parameter)
      assert.ok(named.includes(parameter), `${parameter} in ${JSON.stringify(named)}`)
    }
  })
}

test('a parameter says in which way it is wrong', async () => {
  const codes: Readonly<Record<string, string>> = {
    'limit=0': 'too-small',
    'limit=-99999999999999999999': 'too-small',
    'limit=101': 'too-large',
    'limit=99999999999999999999': 'too-large',
    'limit=abc': 'format',
    'limit=1.5': 'format',
    'choice[in]=pink': 'choice',
  }
  for (const [query, code] of Object.entries(codes)) {
    const [fault] = (await house.send('GET', `/things?${query}`, { as })).json.errors
    assert.equal(fault.code, code, query)
  }
})

test('values with commas between them are told to be repeated', async () => {
  for (const name of ['choice', 'integer', 'id']) {
    const { json } = await house.send('GET', `/things?${name}[in]=red,blue`, { as })
    assert.deepEqual(json.errors, [
      {
        parameter: `${name}[in]`,
        code: 'format',
        detail: `takes one value each time: ${name}[in]=a&${name}[in]=b`,
      },
    ])
  }
  const fair = await house.send('GET', '/things?text[in]=a,b', { as })
  assert.deepEqual(fair.json.data, [])
})

test('bytes of a URL that are no text are refused', async () => {
  for (const query of ['text=%ff', 'text=%c0%80', 'text=%ed%a0%80', 'text=%', 'text=%zz', '%ff=1'])
    assertProblem(await house.send('GET', `/things?${query}`, { as }), 400, 'wire.invalid-encoding')
  const long = `/things?text=${'x'.repeat(10_000)}`
  assertProblem(await house.send('GET', long, { as }), 414, 'wire.url-too-long')
  for (const path of ['/things/%ff', '/things/%2e%2e%2fusers', '/things/..%00', '/things/%'])
    assertProblem(await house.send('GET', path, { as }), [400, 404, 422])
})

test('a filter asks with more than its field could hold', async () => {
  const fair = [
    'integer[gte]=-5',
    'text=',
    `text=${'x'.repeat(6_000)}`,
    many('id[in]', 90),
    'text[startsWith]=%25_%5C',
    'decimal[lt]=-0.00',
    'integer=-0',
    'text[ne]=null',
  ]
  for (const query of fair) {
    const reply = await house.send('GET', `/things?${query}`, { as })
    assert.equal(reply.status, 200, `${query}: ${reply.text}`)
  }
})

test('more values than a filter takes are refused, however they come', async () => {
  const reply = await house.send('GET', `/things?${many('id[in]', 1_000)}`, { as })
  assertProblem(reply, [414, 431])
})

test('an unbounded filter tells nothing by its failing', async () => {
  const pattern = await house.send('GET', '/things?text[contains]=%25', { as })
  assert.deepEqual(pattern.json.data, [], 'a percent sign is a percent sign')
})

test('cursors go on with the very list that gave them, and no other', async () => {
  const cursorOf = async (path: string): Promise<string> =>
    (await house.send('GET', path, { as })).json.next
  const own = await cursorOf('/things?limit=2')
  const on = await house.send('GET', `/things?limit=2&after=${own}`, { as })
  assert.deepEqual(
    on.json.data.map(({ integer }: Json) => integer),
    [3, 4],
  )
  const sorted = await cursorOf('/things?limit=2&sort=-integer')
  const filtered = await cursorOf('/things?limit=2&integer[gt]=1')
  const swapped = Buffer.from(own, 'base64url')
  swapped[0]! ^= 1
  const longer = Buffer.concat([Buffer.from(own, 'base64url'), Buffer.from('1')])
  const faultyCursors = [
    '',
    'x',
    'null',
    'e30',
    own.slice(0, -1),
    own.slice(0, 10),
    `${own}A`,
    `${own}=`,
    `${own}%00`,
    own.toLowerCase(),
    swapped.toString('base64url'),
    longer.toString('base64url'),
    Buffer.from(JSON.stringify([nowhere])).toString('base64url'),
    'A'.repeat(5_000),
    sorted,
    filtered,
  ]
  for (const cursor of faultyCursors) {
    const reply = await house.send('GET', `/things?limit=2&after=${cursor}`, { as })
    assertProblem(reply, 422, 'validate.cursor')
  }
  const elsewhere = [
    `/things?limit=2&sort=-id&after=${own}`,
    `/things?limit=2&integer[gt]=2&after=${filtered}`,
    `/things?limit=2&integer[gte]=1&after=${filtered}`,
    `/things?limit=2&sort=integer&after=${sorted}`,
    `/hooked?limit=2&after=${own}`,
    `/parents/${nowhere}/things?limit=2&after=${own}`,
  ]
  for (const path of elsewhere)
    assertProblem(await house.send('GET', path, { as }), 422, 'validate.cursor')
})

test('a read takes a view and nothing else', async () => {
  const path = `/things/${first.id}`
  for (const query of ['limit=1', 'text=a', 'sort=id', 'fields=x', 'expand=x', 'after=x', 'x=1'])
    assertProblem(await house.send('GET', `${path}?${query}`, { as }), 422, 'validate.query')
  for (const id of ['1', 'x', `${first.id}0`, first.id.slice(1), '%00', "1'or'1'='1", '{}'])
    assertProblem(await house.send('GET', `/things/${id}`, { as }), 422, 'validate.id')
  const before = await house.counts()
  const writes = [
    ['POST', '/things?fields=x', {}],
    ['POST', '/things?limit=1', {}],
    ['PATCH', `${path}?expand=x`, { text: 'a' }],
    ['PUT', `${path}?sort=id`, {}],
    ['DELETE', `${path}?fields=id`, undefined],
    ['POST', '/keep?text=a', {}],
  ] as const
  for (const [method, target, body] of writes)
    assertProblem(await house.send(method, target, { as, body }), 422, 'validate.query')
  assert.deepEqual(await house.counts(), before)
})

const faultyInputs: readonly (readonly [query: string, parameter: string])[] = [
  ['unknown=1', 'unknown'],
  ['__proto__=1', '__proto__'],
  ['constructor=1', 'constructor'],
  ['text=a&text=b', 'text'],
  ['text=%00', 'text'],
  [`text=${'x'.repeat(5_001)}`, 'text'],
  ['integer=x', 'integer'],
  ['integer=2147483648', 'integer'],
  ['integer=', 'integer'],
  ['bigint=9223372036854775808', 'bigint'],
  ['decimal=1.234', 'decimal'],
  ['decimal=NaN', 'decimal'],
  ['boolean=1', 'boolean'],
  ['date=2026-02-30', 'date'],
  ['date=infinity', 'date'],
  ['timestamp=0000-01-01T00:00:00Z', 'timestamp'],
  ['uuid=x', 'uuid'],
  ['choice=blue', 'choice'],
  ['limit=1', 'limit'],
]

for (const [query, parameter] of faultyInputs) {
  test(`a query given ${query.slice(0, 40)} is refused`, async () => {
    const reply = await house.send('GET', `/ask?${query}`, { as })
    assertProblem(reply, 422, 'validate.query')
    assert.equal(reply.json.errors[0].parameter, parameter)
  })
}

test('names and values that are faulty are told at once, each parameter once', async () => {
  const query = 'nothing=1&integer=a&limit=0&sort=nowhere&text[gt]=%00&fields=unseen&boolean[gt]=7'
  const reply = await house.send('GET', `/things?${query}`, { as })
  assertProblem(reply, 422, 'validate.query')
  const errors: readonly { parameter: string; code: string }[] = reply.json.errors
  assert.deepEqual(
    new Set(errors.map(({ parameter, code }) => `${parameter} ${code}`)),
    new Set([
      'nothing unknown-field',
      'integer format',
      'limit too-small',
      'sort unknown-sort',
      'text[gt] nul',
      'fields unknown-field',
      'boolean[gt] unknown-operator',
    ]),
  )
  assert.equal(errors.length, 7)
})

test('a query takes every kind of value', async () => {
  const good = `text=a&integer=-1&bigint=9223372036854775807&decimal=1.2&boolean=true&date=2026-01-31&timestamp=2026-01-31T00:00:00Z&uuid=${nowhere}&choice=red`
  const reply = await house.send('GET', `/ask?${good}`, { as })
  assert.deepEqual([reply.status, reply.json], [200, { data: [], next: null }])
  const found = await house.send('GET', '/ask?integer=1', { as })
  assert.deepEqual(found.json.data, [{ id: first.id, text: 't1' }])
})
