/** What each kind of field takes from the wire, what it makes of it, and what it refuses. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Field } from 'mettle'
import { faultCodes, Faults } from '../../../src/model/faults.ts'
import type { FaultCode } from '../../../src/model/faults.ts'
import { codec, kinds } from '../../../src/model/kinds/index.ts'
import { limits } from '../../../src/base/limits.ts'
import { fieldOf } from './field-of.ts'
import { field } from './loose.ts'

interface Case {
  readonly field: Field
  /** JSON in, canonical out; one value where they are the same. */
  readonly takes: readonly (readonly [unknown, unknown?])[]
  readonly refuses: readonly (readonly [unknown, FaultCode, string?])[]
}

const lone = '\ud800'
const price = field.decimal({ precision: 5, scale: 2, min: '-10', max: '999.99' })
const deep = (levels: number): object => (levels === 1 ? {} : { a: deep(levels - 1) })

const cases: Readonly<Record<string, Case>> = {
  'text of 2 to 4 characters': {
    field: field.text({ min: 2, max: 4 }),
    takes: [['ab'], ['👍👍👍👍'], ['a\u0301b'], ['\u0001\ud83d\ude00']],
    refuses: [
      ['a', 'too-short'],
      ['👍', 'too-short'],
      ['abcde', 'too-long'],
      ['👍👍👍👍👍', 'too-long'],
      ['a\0b', 'nul'],
      [`ab${lone}`, 'surrogate'],
      [12, 'type'],
      [null, 'null'],
      [['ab'], 'type'],
    ],
  },
  'text without bounds': {
    field: field.text(),
    takes: [[''], ['x'.repeat(limits.textCharsMax)]],
    refuses: [['x'.repeat(limits.textCharsMax + 1), 'too-long']],
  },
  'text with a pattern': {
    field: field.text({ pattern: /^\p{Lu}+$/u }),
    takes: [['ÄÖ']],
    refuses: [['Äö', 'pattern']],
  },
  'integer from 0 to 10': {
    field: field.integer({ min: 0, max: 10 }),
    takes: [[0], [10], [-0, 0], [1e1, 10]],
    refuses: [
      [-1, 'too-small'],
      [11, 'too-large'],
      [Number.POSITIVE_INFINITY, 'too-large'],
      [1.5, 'type'],
      ['1', 'type'],
      [true, 'type'],
    ],
  },
  'integer without bounds': {
    field: field.integer(),
    takes: [[2_147_483_647], [-2_147_483_648]],
    refuses: [
      [2_147_483_648, 'too-large'],
      [-2_147_483_649, 'too-small'],
    ],
  },
  bigint: {
    field: field.bigint({ min: -5n }),
    takes: [['9223372036854775807'], [12, '12'], ['-0', '0'], ['007', '7']],
    refuses: [
      ['9223372036854775808', 'too-large'],
      ['-6', 'too-small'],
      [2 ** 53, 'type'],
      ['1.0', 'format'],
      ['1e3', 'format'],
      ['', 'format'],
    ],
  },
  'decimal of 5 digits, 2 after the point': {
    field: price,
    takes: [
      ['1.5', '1.50'],
      [7, '7.00'],
      ['007', '7.00'],
      ['-0', '0.00'],
      ['1.500', '1.50'],
    ],
    refuses: [
      ['1.005', 'scale'],
      ['1000', 'precision'],
      ['-10.01', 'too-small'],
      [1.5, 'type'],
      ['1e2', 'format'],
      ['NaN', 'format'],
      ['+1', 'format'],
      ['.5', 'format'],
      ['1.', 'format'],
      ['9'.repeat(100_000), 'format'],
    ],
  },
  boolean: {
    field: field.boolean(),
    takes: [[true], [false]],
    refuses: [
      [1, 'type'],
      ['true', 'type'],
    ],
  },
  date: {
    field: field.date(),
    takes: [['2024-02-29'], ['0001-01-01'], ['9999-12-31'], ['2000-02-29']],
    refuses: [
      ['2023-02-29', 'format'],
      ['1900-02-29', 'format'],
      ['0000-01-01', 'format'],
      ['2024-13-01', 'format'],
      ['2024-04-31', 'format'],
      ['24-01-01', 'format'],
      ['2024-01-01T00:00:00Z', 'format'],
      [20240101, 'type'],
    ],
  },
  timestamp: {
    field: field.timestamp(),
    takes: [
      ['2024-02-29T23:59:59Z', '2024-02-29T23:59:59.000Z'],
      ['2024-01-01t01:00:00.5+01:00', '2024-01-01T00:00:00.500Z'],
      ['2024-01-01T00:00:00.123000-00:30', '2024-01-01T00:30:00.123Z'],
      ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
      ['0050-06-01T00:00:00Z', '0050-06-01T00:00:00.000Z'],
    ],
    refuses: [
      ['2024-01-01T00:00:00', 'format'],
      ['2024-01-01 00:00:00Z', 'format'],
      ['2023-02-29T00:00:00Z', 'format'],
      ['2024-01-01T24:00:00Z', 'format'],
      ['2024-01-01T23:59:60Z', 'format'],
      ['2024-01-01T00:00:00+24:00', 'format'],
      ['2024-01-01T00:00:00.0001Z', 'scale'],
      ['0001-01-01T00:00:00+00:01', 'format'],
      ['9999-12-31T23:59:59-00:01', 'format'],
      [1_700_000_000, 'type'],
    ],
  },
  uuid: {
    field: field.uuid(),
    takes: [['019A0000-0000-7000-8000-00000000ABCD', '019a0000-0000-7000-8000-00000000abcd']],
    refuses: [
      ['019a0000000070008000000000000000', 'format'],
      ['{019a0000-0000-7000-8000-00000000abcd}', 'format'],
      ['', 'format'],
      [1, 'type'],
    ],
  },
  choice: {
    field: field.choice(['open', 'closed']),
    takes: [['open']],
    refuses: [
      ['Open', 'choice'],
      ['', 'choice'],
      [0, 'type'],
    ],
  },
  document: {
    field: field.document(),
    takes: [
      [{}],
      [{ 'a b/~': [1, -2.5, 1e-7, null, { deep: true }], constructor: 'is a word' }],
      [deep(limits.documentDepthMax)],
    ],
    refuses: [
      [[], 'type'],
      ['{}', 'type'],
      [{ a: new Date(0) }, 'type', '/value/a'],
      [{ a: undefined }, 'type', '/value/a'],
      [
        deep(limits.documentDepthMax + 1),
        'too-deep',
        `/value${'/a'.repeat(limits.documentDepthMax)}`,
      ],
      [{ a: 2 ** 53 }, 'inexact-number', '/value/a'],
      [{ a: [1e300] }, 'inexact-number', '/value/a/0'],
      [JSON.parse('{"a":1e400}'), 'inexact-number', '/value/a'],
      [JSON.parse('{"a/b":{"__proto__":1}}'), 'forbidden-key', '/value/a~1b/__proto__'],
      [{ a: 'x\0' }, 'nul', '/value/a'],
      [{ [lone]: 1 }, 'surrogate', `/value/${lone}`],
      [{ a: 'ü'.repeat(limits.documentBytesMax / 2) }, 'too-big'],
      [{ a: Array.from({ length: 1_000 }, () => 1e-300) }, 'too-big'],
    ],
  },
  'list of texts': {
    field: field.list(field.text({ max: 3 }), { min: 1, max: 2 }),
    takes: [[['a', 'b']]],
    refuses: [
      [[], 'too-short'],
      [['a', 'b', 'c'], 'too-long'],
      [['a', 'long'], 'too-long', '/value/1'],
      [[null], 'null', '/value/0'],
      [{ 0: 'a' }, 'type'],
    ],
  },
  'list of shapes': {
    field: field.list({ name: field.text(), count: field.integer({ default: 1 }), cost: price }),
    takes: [[[{ name: 'a', cost: '1' }], [{ name: 'a', count: 1, cost: '1.00' }]]],
    refuses: [
      [[{ name: 'a' }], 'required', '/value/0/cost'],
      [[{ name: 'a', cost: '1', nmae: 1 }], 'unknown', '/value/0/nmae'],
      [['a'], 'type', '/value/0'],
    ],
  },
  object: {
    field: field.object({ width: field.integer(), at: field.date({ optional: true }) }),
    takes: [[{ width: 1 }, { width: 1, at: null }]],
    refuses: [
      [JSON.parse('{"width":1,"__proto__":{}}'), 'unknown', '/value/__proto__'],
      [JSON.parse('{"width":1,"constructor":{}}'), 'unknown', '/value/constructor'],
      [{ width: 1, at: '2024-02-30' }, 'format', '/value/at'],
      [{}, 'required', '/value/width'],
    ],
  },
  reference: {
    field: field.ref('users'),
    takes: [['019a0000-0000-7000-8000-00000000abcd']],
    refuses: [['1', 'format']],
  },
}

for (const [name, { field: declared, takes, refuses }] of Object.entries(cases)) {
  const model = fieldOf(declared)

  test(`${name}: takes and makes canonical`, () => {
    for (const [json, canonical = json] of takes) {
      const faults = new Faults('body')
      assert.deepEqual(codec.read('check', model, json, '/value', faults), canonical)
      assert.deepEqual(faults.list, [])
    }
  })

  test(`${name}: refuses with code and pointer`, () => {
    for (const [json, code, pointer = '/value'] of refuses) {
      const faults = new Faults('body')
      codec.read('check', model, json, '/value', faults)
      const shown = JSON.stringify(json)?.slice(0, 60)
      assert.deepEqual([faults.list[0]?.code, faults.list[0]?.pointer], [code, pointer], shown)
    }
  })
}

test('every kind has a case', () => {
  const covered = new Set(Object.values(cases).map(each => each.field.kind))
  assert.deepEqual([...covered].toSorted(), Object.keys(kinds).toSorted())
})

test('every fault of a value has a case', () => {
  const covered = Object.values(cases).flatMap(({ refuses }) => refuses.map(([, code]) => code))
  // Names are the business of shapes, rows of statements, good passwords of the identity, results
  // of batches.
  const elsewhere: readonly string[] = [
    'read-only',
    'reference',
    'too-common',
    'too-easy',
    'no-result',
  ]
  const codes = Object.keys(faultCodes).filter(code => !elsewhere.includes(code))
  assert.deepEqual([...new Set<string>(covered)].toSorted(), codes.toSorted())
})

test('null is for optional fields only', () => {
  const faults = new Faults('body')
  const optional = fieldOf(field.date({ optional: true }))
  assert.equal(codec.read('check', optional, null, '/value', faults), null)
  assert.equal(faults.any, false)
})

/** The canonical value, or the first fault. */
function read(declared: Field, text: string): unknown {
  const faults = new Faults('query')
  const value = codec.read('parse', fieldOf(declared), text, 'value', faults)
  return faults.any ? faults.list[0] : value
}

test('the text of a URL is read by kind', () => {
  assert.equal(read(field.integer(), '-12'), -12)
  assert.equal(read(field.boolean(), 'true'), true)
  assert.equal(read(price, '1.5'), '1.50')
  assert.equal(read(field.text(), ''), '')
  assert.equal(read(field.timestamp(), '2024-01-01T00:00:00Z'), '2024-01-01T00:00:00.000Z')
  for (const wrong of ['', '1.0', '0x1', '1e3', ' 1', '99999999999']) {
    const fault = { parameter: 'value', code: 'format', detail: 'must be a whole number' }
    assert.deepEqual(read(field.integer(), wrong), fault)
  }
  assert.partialDeepStrictEqual(read(field.boolean(), 'yes'), { code: 'format' })
  assert.partialDeepStrictEqual(read(field.document(), '{}'), { code: 'type' })
})

test("PostgreSQL's own text of a moment is loaded too", () => {
  const load = (text: string): unknown => codec.load(fieldOf(field.timestamp()), text)
  assert.deepEqual(load('2025-01-31 08:00:00.5+00'), new Date('2025-01-31T08:00:00.500Z'))
  assert.deepEqual(load('0001-01-01 00:00:00+00'), new Date('0001-01-01T00:00:00.000Z'))
})

test('the items of a list that is too long are not looked at', () => {
  const faults = new Faults('body')
  const words = fieldOf(field.list(field.text({ max: 1 }), { max: 2 }))
  codec.read('check', words, ['long', 'long', 'long'], '/value', faults)
  assert.deepEqual(
    faults.list.map(({ pointer }) => pointer),
    ['/value'],
  )
})

test('faults are reported up to the limit', () => {
  const faults = new Faults('body')
  const words = fieldOf(field.list(field.text({ max: 1 })))
  const value = Array.from({ length: 100 }, () => 'long')
  codec.read('check', words, value, '/value', faults)
  assert.equal(faults.list.length, limits.faultsReportedMax)
  assert.throws(() => faults.throwIfAny(), { code: 'validate.invalid', status: 422 })
})
