/** Faulty values of every kind, through every way in: a 4xx with its place, nothing written. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertProblem, type Json, startBackend } from '../../support/backend.ts'
import { kinds, kindsPeople } from './kinds.ts'

const house = await startBackend(kinds, kindsPeople)
const as = 'ada'
const { json: thing } = await house.send('POST', '/things', { as, body: {} })
const { json: tied } = await house.send('POST', '/hooked', { as, body: {} })
const { json: theirs } = await house.send('POST', '/parents', { as: 'bob', body: { name: 'b' } })
const nowhere = '00000000-0000-7000-8000-000000000000'

/** By field, values that it does not take; where the fault lies inside, the pointer from there. */
const faulty: Readonly<Record<string, readonly (readonly [value: Json, inner?: string])[]>> = {
  text: [[1], [true], [[]], [{}], ['nul\0'], ['x'.repeat(5_001)], ['\u{1F600}'.repeat(5_001)]],
  integer: [
    ['1'],
    [1.5],
    [true],
    [2 ** 31],
    [-(2 ** 31) - 1],
    [1e300],
    [Number.MAX_SAFE_INTEGER + 2],
    [[1]],
    [{}],
  ],
  bigint: [
    ['9223372036854775808'],
    ['-9223372036854775809'],
    ['1.0'],
    ['1e3'],
    [''],
    [' 1'],
    ['0x1'],
    ['9'.repeat(2_000)],
    [1.5],
    [2 ** 60],
    [true],
  ],
  decimal: [
    ['1.234'],
    ['12345678901.00'],
    ['9'.repeat(2_000)],
    [`0.${'1'.repeat(2_000)}`],
    [`${'0'.repeat(5_000)}1`],
    ['1e3'],
    ['NaN'],
    ['Infinity'],
    ['-Infinity'],
    [''],
    ['.5'],
    ['1.'],
    ['1,5'],
    ['+1'],
    ['--1'],
    [1.5],
    [1e300],
    [{}],
  ],
  boolean: [['true'], [0], [1], [''], [[]]],
  date: [
    ['2026-02-30'],
    ['2025-02-29'],
    ['0000-01-01'],
    ['-0001-01-01'],
    ['0044-03-15 BC'],
    ['infinity'],
    ['-infinity'],
    ['now'],
    ['today'],
    ['epoch'],
    ['2026-13-01'],
    ['2026-1-1'],
    ['10000-01-01'],
    ['2026-01-01T00:00:00Z'],
    ['20260101'],
    [''],
    [20260101],
  ],
  timestamp: [
    ['2026-02-30T00:00:00Z'],
    ['0000-01-01T00:00:00Z'],
    ['0001-01-01T00:00:00+01:00'],
    ['9999-12-31T23:59:59-01:00'],
    ['2026-01-01T24:00:00Z'],
    ['2026-01-01T23:59:60Z'],
    ['2026-01-01T00:00:00'],
    ['2026-01-01T00:00:00.0001Z'],
    ['2026-01-01T00:00:00+25:00'],
    ['2026-01-01T00:00:00 BC'],
    ['2026-01-01'],
    ['infinity'],
    ['now'],
    [''],
    [0],
  ],
  uuid: [['x'], [''], [`${nowhere}0`], [`{${nowhere}}`], [nowhere.replaceAll('-', '')], [1], [{}]],
  choice: [['blue'], ['RED'], [''], ['constructor'], [1], [['red']]],
  document: [
    [[]],
    ['{}'],
    [1],
    [{ a: 2 ** 60 }, '/a'],
    [{ a: { b: [1e300] } }, '/a/b/0'],
    [{ a: 'nul\0' }, '/a'],
    [{ 'nul\0': 1 }, '/nul\0'],
    [{ a: nested(40) }, `/a${'/0'.repeat(31)}`],
    [{ a: 'x'.repeat(300_000) }],
    [Object.fromEntries([['__proto__', 1]]), '/__proto__'],
    [{ a: [Object.fromEntries([['__proto__', { admin: true }]])] }, '/a/0/__proto__'],
  ],
  list: [
    [{}],
    ['[]'],
    [[1], '/0'],
    [[null], '/0'],
    [[{}], '/0/text'],
    [[{ text: 'x', amount: '1' }], '/0/amount'],
    [[{ text: 'x', amount: 1, more: 1 }], '/0/more'],
    [[{ text: 'nul\0', amount: 1 }], '/0/text'],
    [Array.from({ length: 1_001 }, () => ({ text: 'x', amount: 1 }))],
  ],
  words: [[['a', 1], '/1'], [['a', null], '/1'], [['a'.repeat(11)], '/0'], [[1, 2, 3, 4, 5, 6]]],
  object: [
    [[]],
    [{}, '/big'],
    [{ big: '1' }, '/day'],
    [{ big: 'x', day: '2026-01-01' }, '/big'],
    [{ big: '1', day: '2026-02-30' }, '/day'],
    [{ big: '1', day: '2026-01-01', constructor: 1 }, '/constructor'],
  ],
  parent: [['x'], [nowhere], [theirs.id], [1], [{ id: nowhere }]],
}

function nested(depth: number): Json {
  return depth === 0 ? 1 : [nested(depth - 1)]
}

/** Every way in by which a JSON value reaches a field. */
const ways: Readonly<
  Record<string, (body: unknown) => readonly [method: string, path: string, body: unknown]>
> = {
  'a create': body => ['POST', '/things', body],
  'an update': body => ['PATCH', `/things/${thing.id}`, body],
  'a replacement': body => ['PUT', `/things/${thing.id}`, body],
  'a create with hooks': body => ['POST', '/hooked', body],
  'an update with hooks': body => ['PATCH', `/hooked/${tied.id}`, body],
  'a command': body => ['POST', '/keep', body],
}

for (const [field, values] of Object.entries(faulty)) {
  test(`faulty values of ${field} are refused at their place`, async () => {
    const before = await house.counts()
    for (const [value, inner = ''] of values) {
      for (const [way, request] of Object.entries(ways)) {
        const [method, path, body] = request({ [field]: value })
        const reply = await house.send(method, path, { as, body })
        const what = `${way} of ${JSON.stringify(value).slice(0, 80)}`
        assert.equal(reply.status, 422, `${what}: ${reply.text}`)
        assertProblem(reply, 422, 'validate.invalid')
        assert.equal(reply.json.errors[0].pointer, `/${field}${inner}`, what)
      }
    }
    assert.deepEqual(await house.counts(), before)
  })
}

/** What JSON text can say and a JSON value cannot. */
const texts: readonly (readonly [text: string, status: number, pointer: string | null])[] = [
  ['{"document":{"a":1e400}}', 400, '/document/a'],
  ['{"document":{"a":1e131071}}', 400, '/document/a'],
  ['{"document":{"a":-1e131071}}', 400, '/document/a'],
  ['{"document":{"a":1e-400}}', 400, '/document/a'],
  ['{"document":{"a":123456789012345678901234567890}}', 422, '/document/a'],
  ['{"document":{"a":1e300}}', 422, '/document/a'],
  [String.raw`{"text":"\ud800"}`, 400, '/text'],
  [String.raw`{"text":"\udc00\ud800"}`, 400, '/text'],
  [String.raw`{"document":{"\ud800":1}}`, 400, '/document/'],
  [String.raw`{"text":"\u0000"}`, 422, '/text'],
  ['{"text":"a","text":"b"}', 400, '/text'],
  ['{"document":{"a":{"b":1,"b":2}}}', 400, '/document/a/b'],
  [String.raw`{"text":"a","te\u0078t":"b"}`, 400, '/text'],
  [`{"document":${'{"a":'.repeat(200)}1${'}'.repeat(200)}}`, 400, null],
  [`{"document":{"a":${'['.repeat(200)}${']'.repeat(200)}}}`, 400, null],
  [`{"integer":${'['.repeat(63)}${']'.repeat(63)}}`, 422, '/integer'],
  ['{"__proto__":{"text":"a"}}', 422, '/__proto__'],
  ['{"constructor":{"prototype":{"text":"a"}}}', 422, '/constructor'],
  ['{"hasOwnProperty":1}', 422, '/hasOwnProperty'],
  ['{"document":{"__proto__":{"a":1}}}', 422, '/document/__proto__'],
  ['{"integer":-9223372036854775808}', 422, '/integer'],
  ['{"unknown":1}', 422, '/unknown'],
  ['{"version":1}', 422, '/version'],
  ['{"createdAt":"2026-01-01T00:00:00.000Z"}', 422, '/createdAt'],
  ['{"updatedAt":null}', 422, '/updatedAt'],
  ['[]', 422, ''],
  ['[{"text":"a"}]', 422, ''],
  ['null', 422, ''],
  ['"text"', 422, ''],
  ['1', 422, ''],
  ['{"text":"a"', 400, '/text'],
  ['{"text":\'a\'}', 400, '/text'],
  ['{"text":NaN}', 400, '/text'],
  ['{"integer":01}', 400, '/integer'],
  ['\u{FEFF}{}', 400, ''],
  ['{} {}', 400, ''],
  [' ', 400, ''],
]

for (const [raw, status, pointer] of texts) {
  test(`${raw.slice(0, 60)} is refused at ${pointer}`, async () => {
    const before = await house.counts()
    for (const [way, request] of Object.entries(ways)) {
      const [method, path] = request(null)
      const reply = await house.send(method, path, { as, raw })
      assert.equal(reply.status, status, `${way}: ${reply.text}`)
      assertProblem(reply, status)
      if (pointer !== null) assert.equal(reply.json.errors[0].pointer, pointer, way)
    }
    assert.deepEqual(await house.counts(), before)
    assert.equal(Reflect.get({}, 'text'), undefined)
  })
}

test('what is sent as no JSON at all is refused', async () => {
  const before = await house.counts()
  const path = '/things'
  const bytes = (...all: number[]) =>
    Buffer.concat([Buffer.from('{"text":"'), Buffer.from(all), Buffer.from('"}')])
  for (const invalid of [bytes(0xff), bytes(0xc0, 0x80), bytes(0xed, 0xa0, 0x80)])
    assertProblem(
      await house.send('POST', path, { as, raw: invalid }),
      400,
      'wire.invalid-encoding',
    )
  const utf16 = Buffer.from('{"text":"a"}', 'utf16le')
  assertProblem(await house.send('POST', path, { as, raw: utf16 }), 400)
  const big = JSON.stringify({ text: 'x'.repeat(10_000_000) })
  assertProblem(await house.send('POST', path, { as, raw: big }), 413, 'wire.body-too-large')
  const justTooBig = JSON.stringify({ text: 'x'.repeat(1_048_576) })
  assertProblem(await house.send('PATCH', `${path}/${thing.id}`, { as, raw: justTooBig }), 413)
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'application/jsonp',
    '',
    'application/json; charset=utf-16',
  ]) {
    const headers = { 'content-type': type }
    const reply = await house.send('POST', path, { as, raw: '{"text":"a"}', headers })
    assertProblem(reply, 415, 'wire.unsupported-media-type')
  }
  const gzip = { 'content-encoding': 'gzip' }
  assertProblem(await house.send('POST', path, { as, raw: '{}', headers: gzip }), 415)
  for (const method of ['POST', 'PUT', 'PATCH']) {
    const target = method === 'POST' ? path : `${path}/${thing.id}`
    assertProblem(await house.send(method, target, { as }), 400, 'wire.invalid-json')
  }
  const xml = { accept: 'application/xml' }
  assertProblem(await house.send('GET', path, { as, headers: xml }), 406, 'wire.not-acceptable')
  assert.deepEqual(await house.counts(), before)
})

test('an id that is taken, faulty or given twice makes no second row', async () => {
  const before = await house.counts()
  const taken = await house.send('POST', '/things', { as, body: { id: thing.id } })
  assertProblem(taken, 409, 'run.conflict')
  assert.equal(taken.json.errors[0].pointer, '/id')
  const hidden = await house.send('POST', '/parents', { as, body: { id: theirs.id, name: 'a' } })
  assertProblem(hidden, 409, 'run.conflict')
  assert.doesNotMatch(hidden.text, /"name"/)
  for (const id of ['x', 1, null, '', '../users']) {
    const reply = await house.send('POST', '/things', { as, body: { id } })
    assertProblem(reply, 422, 'validate.invalid')
    assert.equal(reply.json.errors[0].pointer, '/id')
  }
  const twice = `{"id":"${nowhere}","id":"${nowhere}"}`
  assertProblem(await house.send('POST', '/things', { as, raw: twice }), 400, 'wire.duplicate-key')
  const moved = await house.send('PATCH', `/things/${thing.id}`, { as, body: { id: nowhere } })
  assertProblem(moved, 422, 'validate.invalid')
  assert.deepEqual(await house.counts(), before)
})

test('other people’s rows are not there', async () => {
  const before = await house.counts()
  const path = `/parents/${theirs.id}`
  assertProblem(await house.send('GET', path, { as }), 404, 'run.not-found')
  for (const [method, body] of [
    ['PATCH', { name: 'a' }],
    ['PUT', { name: 'a', keeper: house.people['ada'] }],
    ['DELETE', undefined],
  ] as const)
    assertProblem(await house.send(method, path, { as, body }), 404, 'run.not-found')
  const list = await house.send('GET', `/parents?id=${theirs.id}`, { as })
  assert.deepEqual(list.json.data, [])
  assert.deepEqual((await house.send('GET', `${path}/things`, { as })).json.data, [])
  assert.deepEqual(await house.counts(), before)
})

test('callers may name themselves, whatever the rules say about the rows of users', async () => {
  const [ada, bob] = [house.people['ada'], house.people['bob']]
  assertProblem(await house.send('GET', `/users/${ada}`, { as }), 403)
  for (const body of [{}, { user: ada }, { user: ada!.toUpperCase() }])
    assert.deepEqual((await house.send('POST', '/whoami', { as, body })).json, { user: ada })
  const other = await house.send('POST', '/whoami', { as, body: { user: bob } })
  assertProblem(other, 422, 'validate.invalid')
  assert.equal(other.json.errors[0].pointer, '/user')
  const parents = ['POST', '/parents'] as const
  assert.equal((await house.send(...parents, { as, body: { name: 'a', keeper: ada } })).status, 201)
  assertProblem(await house.send(...parents, { as, body: { name: 'a', keeper: bob } }), 422)
})

test('values at the edge come back as they were given', async () => {
  const body = {
    text: '\u{1F600}'.repeat(5_000),
    integer: -(2 ** 31),
    bigint: '-9223372036854775808',
    decimal: '-9999999999.99',
    date: '0001-01-01',
    timestamp: '9999-12-31T23:59:59.999Z',
    document: {
      constructor: { prototype: [] },
      '': { 'a/b~': null },
      deep: nested(29),
      least: 5e-324,
    },
    words: ['', '\u2028', '"\\'],
  }
  const made = await house.send('POST', '/things', { as, body })
  assert.equal(made.status, 201, made.text)
  for (const [name, value] of Object.entries(body)) assert.deepEqual(made.json[name], value)
  assert.equal((await house.send('GET', `/things/${made.json.id}`, { as })).text, made.text)
  const minus = await house.send('POST', '/things', {
    as,
    raw: '{"integer":-0,"decimal":"-0.00","bigint":"-0"}',
  })
  assert.deepEqual(
    [minus.status, minus.json.integer, minus.json.decimal, minus.json.bigint],
    [201, 0, '0.00', '0'],
  )
})
