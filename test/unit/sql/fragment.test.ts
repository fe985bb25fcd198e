/** Fragments keep values out of the text and number their places. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  all,
  always,
  any,
  bind,
  callerId,
  column,
  literal,
  name,
  raw,
  render,
  sql,
  value,
} from '../../../src/sql/fragment.ts'

test('slots are numbered by first use and shared by source and type', () => {
  const { text, parameters } = render(
    sql`${value(3, 'int4')} ${callerId} ${value(3, 'int4')} ${value(3, 'text')} ${callerId}`,
  )
  assert.equal(text, '$1::int4 $2::uuid $1::int4 $3::text $2::uuid')
  assert.deepEqual(parameters, [
    { source: { from: 'value', at: 3 }, type: 'int4' },
    { source: { from: 'caller' }, type: 'uuid' },
    { source: { from: 'value', at: 3 }, type: 'text' },
  ])
})

test('names and literals are quoted, whatever they hold', () => {
  assert.equal(render(name('a"b')).text, '"a""b"')
  assert.equal(render(column('t', 'created_at')).text, 't."created_at"')
  assert.equal(render(literal("it's")).text, "'it''s'")
  assert.equal(render(literal('a\\b', 'text')).text, "E'a\\\\b'::text")
})

test('conditions join to all and any', () => {
  const [a, b] = [raw('a'), raw('b')]
  assert.equal(render(all([])).text, 'true')
  assert.equal(render(all([always, a, always, b])).text, 'a and b')
  assert.equal(render(any([])).text, 'false')
  assert.equal(render(any([a])).text, 'a')
  assert.equal(render(any([a, b])).text, '(a or b)')
})

test('bind puts a column in the place of a slot', () => {
  const bound = bind(sql`t."owner_id" = ${callerId}`, () => raw('q.caller'))
  assert.deepEqual(render(bound), { text: 't."owner_id" = q.caller', parameters: [] })
})
