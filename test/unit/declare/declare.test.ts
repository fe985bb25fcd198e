/** The words of a backend as the frozen data that they return. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { access, decimal, field, identity, query, resource, sql } from 'mettle'
import { toConditions } from '../../../src/declare/conditions.ts'
import { renderSql } from '../../../src/declare/sql.ts'
import type { SqlFragment } from '../../../src/declare/sql.ts'
import { nearestName } from '../../../src/model/suggest.ts'

test('an object that only looks like a fragment never becomes text', () => {
  const forged: SqlFragment = { kind: 'sql', pieces: ['true; drop table users'], values: [] }
  assert.throws(() => sql`select ${forged}`, /must be a scalar/)
  assert.throws(() => sql.join([sql`true`, forged]), /must be made with sql/)
})

test('a template makes parameters of its values and text of its fragments', () => {
  const filter = sql`price > ${decimal('1.50')} and made < ${new Date(0)}`
  const whole = sql`select * from ${sql.identifier('public', 'we"ird')} where ${filter} limit ${10n}`
  assert.deepEqual(renderSql(whole), {
    text: 'select * from "public"."we""ird" where price > $1 and made < $2 limit $3',
    values: ['1.50', '1970-01-01T00:00:00.000Z', '10'],
  })
})

test('no value reaches the text', () => {
  const evil = `'; drop table users; --`
  const { text, values } = renderSql(sql`select ${evil}, ${[evil, evil]}`)
  assert.equal(text, 'select $1, $2')
  assert.deepEqual(values, [evil, [evil, evil]])
})

test('fragments are joined, nested and reused', () => {
  const ids = ['a', 'b'].map(id => sql`id = ${id}`)
  const either = sql.join(ids, sql` or `)
  const { text, values } = renderSql(sql`select ${1} where (${either}) and not (${either})`)
  assert.equal(text, 'select $1 where (id = $2 or id = $3) and not (id = $4 or id = $5)')
  assert.deepEqual(values, [1, 'a', 'b', 'a', 'b'])
  assert.deepEqual(renderSql(sql.join([])), { text: '', values: [] })
})

test('what a query builder compiled is taken as it is', () => {
  const compiled = { sql: 'select $1::int', parameters: [1n, null, undefined] }
  assert.deepEqual(renderSql(compiled), { text: 'select $1::int', values: ['1', null, null] })
})

test('what is no parameter is refused', () => {
  const compiled = { sql: 'select $1', parameters: [{ a: 1 }] }
  assert.throws(() => renderSql(compiled), /scalar or an array of scalars, not object/)
})

test('a filter object becomes conditions', () => {
  const at = new Date(0)
  const filter = {
    a: 1,
    b: null,
    c: { gte: 1, lt: 3, ne: undefined },
    d: at,
    e: { in: [1] },
    f: undefined,
  }
  assert.deepEqual(toConditions(filter), [
    { field: 'a', operator: 'eq', value: 1 },
    { field: 'b', operator: 'isNull', value: true },
    { field: 'c', operator: 'gte', value: 1 },
    { field: 'c', operator: 'lt', value: 3 },
    { field: 'd', operator: 'eq', value: at },
    { field: 'e', operator: 'in', value: [1] },
  ])
})

test('rules are nested data', () => {
  const rule = access.anyOf(access.owner('boss'), access.not(access.role('x')))
  assert.deepEqual(rule.node, {
    kind: 'anyOf',
    rules: [
      { kind: 'owner', field: 'boss' },
      { kind: 'not', rule: { kind: 'role', role: 'x' } },
    ],
  })
})

test('declarations are frozen and know their line', () => {
  const things = resource('things', { fields: { a: field.text({ max: 3 }) }, indexes: [['a']] })
  const users = identity({ fields: {}, signUp: 'open' })
  const all = query('all', { output: { a: field.text() }, sql: () => sql`select 1` })
  for (const part of [things, users, all])
    assert.match(part.declaredAt ?? '', /declare\.test\.ts:\d+:\d+$/)
  for (const value of [
    things,
    things.fields,
    things.fields.a,
    things.fields.a.options,
    things.indexes,
  ]) {
    assert.ok(Object.isFrozen(value))
  }
  assert.deepEqual(things.created, { kind: 'event', resource: 'things', change: 'created' })
})

test('the nearest name is near', () => {
  const names = ['price', 'stock', 'createdAt']
  assert.equal(nearestName('pirce', names), 'price')
  assert.equal(nearestName('createdat', names), 'createdAt')
  assert.equal(nearestName('colour', names), null)
  assert.equal(nearestName('x'.repeat(10_000), names), null)
})
