/** Query strings: whatever text comes, it goes through as it was or is refused by its name. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'

import { limits } from '../../../src/base/limits.ts'
import { Problem } from '../../../src/base/errors.ts'
import { parseInputQuery, parseListQuery } from '../../../src/api/rest/query-string.ts'
import { naughtyStrings } from '../../support/naughty-strings.ts'

test('every naughty string comes through as a filter value, in both encodings of a form', () => {
  for (const text of naughtyStrings) {
    for (const encoded of [
      encodeURIComponent(text),
      new URLSearchParams({ a: text }).toString().slice(2),
    ]) {
      const { list } = parseListQuery(`name=${encoded}&id[in]=${encoded}&after=${encoded}`)
      assert.deepEqual(list.filters, [
        { field: 'name', operator: 'eq', value: text },
        { field: 'id', operator: 'in', value: [text] },
      ])
      assert.equal(list.after, text)
    }
  }
})

test('every naughty string as a name is a filter by that name or is refused by it', () => {
  for (const text of naughtyStrings) {
    const found = outcome(() => parseListQuery(`${encodeURIComponent(text)}=1`))
    if (found instanceof Problem) assert.equal(found.errors[0]?.parameter, text.slice(0, 100))
    else assert.equal(found instanceof Error, false)
  }
})

test('every naughty string is an input of a query, and no name reaches a prototype', () => {
  for (const text of [...naughtyStrings, '__proto__', 'constructor']) {
    const input = parseInputQuery(`${encodeURIComponent(text)}=${encodeURIComponent(text)}`)
    assert.deepEqual(Object.entries(input), [[text, text]])
  }
})

test('any bytes are read or refused with a 4xx', () => {
  const bytes = fc.string({
    unit: fc.constantFrom(...'%&=+[]0aAfF,.-;?/ "<>{}|^`~!$()*:@_'.split('')),
  })
  fc.assert(
    fc.property(bytes, query => {
      const found = outcome(() => parseListQuery(query))
      if (found instanceof Error) assert(found instanceof Problem && found.status < 500)
    }),
    { numRuns: 2_000 },
  )
})

test('a flood of different query strings is not kept', () => {
  const first = parseListQuery('text=first')
  assert.equal(parseListQuery('text=first'), first)
  for (let n = 0; n <= limits.queryStringsCachedMax; n++) parseListQuery(`text=${n}`)
  assert.notEqual(parseListQuery('text=first'), first)
  const long = `text=${'x'.repeat(1_000)}`
  assert.notEqual(parseListQuery(long), parseListQuery(long))
})

function outcome(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    return error
  }
}
