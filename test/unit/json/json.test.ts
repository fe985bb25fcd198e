/** The strict JSON reader: what it takes, what it refuses, and where it says the fault is. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'

import { Problem } from '../../../src/base/errors.ts'
import { parseJson, parseJsonText } from '../../../src/base/json.ts'
import { naughtyStrings } from '../../support/naughty-strings.ts'

const depthMax = 8

/** Text, code, pointer. */
const refused: readonly (readonly [string, string, string])[] = [
  ['', 'wire.invalid-json', ''],
  ['   ', 'wire.invalid-json', ''],
  ['nul', 'wire.invalid-json', ''],
  ['undefined', 'wire.invalid-json', ''],
  ['\ufeff{}', 'wire.invalid-json', ''],
  ['{} {}', 'wire.invalid-json', ''],
  ['{}x', 'wire.invalid-json', ''],
  ['[1,]', 'wire.invalid-json', '/1'],
  ['[1 2]', 'wire.invalid-json', '/0'],
  ['[1', 'wire.invalid-json', '/0'],
  ['{"a":1,}', 'wire.invalid-json', '/'],
  ['{"a" 1}', 'wire.invalid-json', '/a'],
  ["{'a':1}", 'wire.invalid-json', '/'],
  ['{a:1}', 'wire.invalid-json', '/'],
  ['["a":1]', 'wire.invalid-json', '/0'],
  ['{"a":01}', 'wire.invalid-json', '/a'],
  ['{"a":+1}', 'wire.invalid-json', '/a'],
  ['{"a":.5}', 'wire.invalid-json', '/a'],
  ['{"a":1.}', 'wire.invalid-json', '/a'],
  ['{"a":NaN}', 'wire.invalid-json', '/a'],
  ['{"a":"\t"}', 'wire.invalid-json', '/a'],
  [String.raw`{"a":"\x41"}`, 'wire.invalid-json', '/a'],
  [String.raw`{"a":"\u12"}`, 'wire.invalid-json', '/a'],
  ['{"a":"b', 'wire.invalid-json', '/a'],
  ['/* c */ 1', 'wire.invalid-json', ''],
  ['{"a":[{"b":1e400}]}', 'wire.invalid-json', '/a/0/b'],
  ['{"a":-1e131071}', 'wire.invalid-json', '/a'],
  ['{"a":[0,1e-400]}', 'wire.invalid-json', '/a/1'],
  ['{"a":-0.07E-0400}', 'wire.invalid-json', '/a'],
  [`[0.${'0'.repeat(400)}1]`, 'wire.invalid-json', '/0'],
  [`[0.${'0'.repeat(250)}1e-99]`, 'wire.invalid-json', '/0'],
  ['{"a":{"b":0.1000000000000000055}}', 'wire.invalid-json', '/a/b'],
  ['[0.1, 0.12345678901234567]', 'wire.invalid-json', '/1'],
  ['[-1234567890.12345678]', 'wire.invalid-json', '/0'],
  ['[1.00000000000000000001]', 'wire.invalid-json', '/0'],
  ['123456789012345678e-2', 'wire.invalid-json', ''],
  [`[0.1${'01'.repeat(400_000)}]`, 'wire.invalid-json', '/0'],
  [String.raw`{"a":"\ud800"}`, 'wire.invalid-json', '/a'],
  [String.raw`{"a":["\udc00x"]}`, 'wire.invalid-json', '/a/0'],
  [String.raw`{"\ud800":1}`, 'wire.invalid-json', '/'],
  ['{"a":1,"a":1}', 'wire.duplicate-key', '/a'],
  [String.raw`{"a":1,"\u0061":2}`, 'wire.duplicate-key', '/a'],
  ['{"__proto__":1,"__proto__":2}', 'wire.duplicate-key', '/__proto__'],
  ['{"x":{"a/b~":[0,{"k":{},"k":[]}]}}', 'wire.duplicate-key', '/x/a~1b~0/1/k'],
  ['['.repeat(9) + ']'.repeat(9), 'wire.too-deep', '/0'.repeat(8)],
  ['{"a":'.repeat(200) + '1' + '}'.repeat(200), 'wire.too-deep', '/a'.repeat(8)],
  ['['.repeat(500_000), 'wire.too-deep', '/0'.repeat(8)],
]

for (const [text, code, pointer] of refused) {
  test(`${text.slice(0, 40) || 'nothing'} is refused as ${code} at "${pointer}"`, () => {
    assert.throws(
      () => parseJsonText(text, depthMax),
      error => {
        assert(error instanceof Problem)
        assert.equal(error.code, code)
        assert.equal(error.errors[0]?.pointer, pointer)
        return true
      },
    )
  })
}

const taken = [
  '0',
  '-0',
  '-1.5e-3',
  '1e308',
  '""',
  'null',
  'true',
  '[]',
  '{}',
  ' [ 1 , 2 ] ',
  '"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9"',
  String.raw`"\ud83d\ude00"`,
  String.raw`{"a:b":"{\"c\":1}","d":"\\"}`,
  '{"":{"":0}}',
  '{"a":"1e-400","b":[0e-400,1e-300,5e-324]}',
  `[0.${'0'.repeat(300)},"0.${'0'.repeat(400)}1"]`,
  '[0.10000000000000000000,1000000000000000.0e-3,0.30000000000000004,1.7976931348623157e308]',
  '{"a":"0.1000000000000000055","b":0.1}',
  '[0.10000000000000001,3.1415926535897931,1.1000000000000001e-7,-1.0000000000000000e2]',
  '[123456789012345678901234567890]',
  '"\u007f\u2028"',
  '['.repeat(8) + ']'.repeat(8),
]

for (const text of taken) {
  test(`${text.slice(0, 40)} is read as the native parser reads it`, () => {
    assert.deepEqual(parseJsonText(text, depthMax), JSON.parse(text))
  })
}

test('what a number would be kept as is told', () => {
  const detail =
    'The number has too many digits and would be kept as 0.1; write it as a string at character 5.'
  assert.throws(() => parseJsonText('{"a":0.1000000000000000055}', depthMax), { detail })
})

test('a key named __proto__ is a key and changes no prototype', () => {
  const value = parseJsonText('{"__proto__":{"admin":true}}', depthMax)
  assert(typeof value === 'object' && value !== null)
  assert.deepEqual(Object.keys(value), ['__proto__'])
  assert.equal(Object.getPrototypeOf(value), Object.prototype)
  assert.equal(Reflect.get(value, 'admin'), undefined)
})

test('bytes that are not UTF-8 are refused, whatever they would have meant', () => {
  const invalid = [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82]]
  for (const middle of invalid) {
    const bytes = Buffer.concat([Buffer.from('"'), Buffer.from(middle), Buffer.from('"')])
    assert.throws(() => parseJson(bytes, depthMax), { code: 'wire.invalid-encoding' })
  }
  assert.throws(() => parseJson(Buffer.from('[1]', 'utf16le'), depthMax), { status: 400 })
})

test('every JSON value comes back as it was written', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 3 }), value => {
      const text = JSON.stringify(value)
      assert.deepEqual(parseJsonText(text, 64), JSON.parse(text))
    }),
  )
})

test('a damaged text is refused exactly where the native parser refuses it, and the fault is located', () => {
  const edit = fc.record({
    at: fc.nat(200),
    put: fc.constantFrom(
      '',
      '"',
      '\\',
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '0',
      '-',
      'e',
      ' ',
      '\n',
      'u',
    ),
    drop: fc.nat(2),
  })
  const damaged = fc
    .tuple(fc.jsonValue({ maxDepth: 3 }), fc.array(edit, { maxLength: 3 }))
    .map(([value, edits]) =>
      edits.reduce(
        (text, { at, put, drop }) => text.slice(0, at) + put + text.slice(at + drop),
        JSON.stringify(value),
      ),
    )
  fc.assert(
    fc.property(damaged, text => {
      const expected = outcome(() => JSON.parse(text))
      const found = outcome(() => parseJsonText(text, 64))
      if (expected instanceof Error) assert(found instanceof Problem)
      else if (found instanceof Problem) assert.notEqual(found.detail, undefined)
      if (found instanceof Problem) assert.notEqual(found.detail, 'The text is not JSON')
      if (found instanceof Problem && !(expected instanceof Error)) {
        assert(
          found.code === 'wire.duplicate-key' ||
            /too large|too small|too many digits|surrogate/.test(found.detail!),
        )
      }
    }),
    { numRuns: 2_000 },
  )
})

test('every naughty string comes through as value and as key', () => {
  for (const text of naughtyStrings) {
    assert.deepEqual(parseJson(Buffer.from(JSON.stringify({ [text]: [text] })), depthMax), {
      [text]: [text],
    })
  }
})

function outcome(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    return error
  }
}
