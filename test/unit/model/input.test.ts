/** Bodies, arguments and repository values read by compiled shapes. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Decimal } from 'mettle'
import { Faults } from '../../../src/model/faults.ts'
import { readFilter } from '../../../src/model/filter.ts'
import { compileArguments, compileInput, compileStore } from '../../../src/model/input.ts'
import type { Given } from '../../../src/model/input.ts'
import { buildModel } from '../../../src/model/build.ts'
import { fieldOf, thingsOf } from './field-of.ts'
import { field, withFields } from './loose.ts'

const caller = '019a0000-0000-7000-8000-000000000001'
const other = '019a0000-0000-7000-8000-000000000002'
const given: Given = { caller, nowMs: 0 }
const nobody: Given = { caller: null, nowMs: 0 }

const { fields } = thingsOf({
  name: field.text({ max: 10 }),
  price: field.decimal({ precision: 5, scale: 2, default: '1' }),
  note: field.text({ optional: true }),
  maker: field.ref('users', { default: 'caller' }),
  at: field.timestamp({ default: 'now' }),
  tags: field.list(field.text(), { default: [] }),
})
const users = buildModel(withFields({ name: field.text() })).resources.get('users')!

const create = compileInput(fields, 'create')
const replace = compileInput(fields, 'replace')
const update = compileInput(fields, 'update')

function faultsOf(read: (faults: Faults) => unknown): readonly string[] {
  const faults = new Faults('body')
  read(faults)
  return listed(faults)
}

function listed({ list }: Faults): readonly string[] {
  return list.map(({ pointer, parameter, code }) => `${pointer ?? parameter} ${code}`)
}

test('create fills in defaults, in the order of the fields and as the driver takes them', () => {
  const faults = new Faults('body')
  const values = create({ name: 'a' }, faults, given)
  assert.deepEqual(faults.list, [])
  assert.deepEqual(Object.entries(values), [
    ['name', 'a'],
    ['price', '1.00'],
    ['note', null],
    ['maker', caller],
    ['at', '1970-01-01T00:00:00.000Z'],
    ['tags', '[]'],
  ])
})

test('create takes an id in any case, and given values instead of defaults', () => {
  const values = create(
    { id: other.toUpperCase(), name: 'a', maker: other, tags: ['x'] },
    new Faults('body'),
    given,
  )
  assert.deepEqual([values['id'], values['maker'], values['tags']], [other, other, '["x"]'])
})

test('a default caller needs a caller', () => {
  assert.deepEqual(
    faultsOf(faults => create({ name: 'a' }, faults, nobody)),
    ['/maker required'],
  )
})

test('replace wants every field, for only optional ones have a value when they are gone', () => {
  const told = faultsOf(faults => replace({ name: 'a' }, faults, given))
  assert.deepEqual(told, ['/price required', '/maker required', '/at required', '/tags required'])
})

test('update takes what is there', () => {
  const faults = new Faults('body')
  assert.deepEqual(update({ note: null, price: 2 }, faults, given), { price: '2.00', note: null })
  assert.deepEqual(update({}, faults, given), {})
  assert.equal(faults.any, false)
})

test('names that are not there and names of the engine are refused apart', () => {
  const body: unknown = JSON.parse(
    '{"nmae":"a","version":2,"id":"x","createdAt":1,"__proto__":{},"constructor":{},"a/b":1}',
  )
  const told = faultsOf(faults => update(body, faults, given))
  assert.deepEqual(told, [
    '/id read-only',
    '/version read-only',
    '/createdAt read-only',
    '/nmae unknown',
    '/__proto__ unknown',
    '/constructor unknown',
    '/a~1b unknown',
  ])
  const faults = new Faults('body')
  update({ nmae: 1 }, faults, given)
  assert.equal(faults.list[0]?.detail, 'is not a field (did you mean "name"?)')
})

test('only an object is a body', () => {
  for (const body of [null, [], 'a', 1, true, undefined]) {
    assert.deepEqual(
      faultsOf(faults => update(body, faults, given)),
      [' type'],
    )
  }
})

test('ten thousand unknown names cost no more than the faults that are told', () => {
  const body = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`x${index}`, 1]))
  assert.equal(faultsOf(faults => update(body, faults, given)).length, 20)
})

test('e-mail and roles of a user are for code to change, not for the API', () => {
  const told = faultsOf(faults =>
    compileInput(users.fields, 'update')({ email: 'a@b.c', roles: ['admin'] }, faults, given),
  )
  assert.deepEqual(told, ['/email read-only', '/roles read-only'])
  const values = compileStore(users.fields, 'update')(
    { roles: ['admin'] },
    new Faults('body'),
    given,
  )
  assert.deepEqual(values, { roles: '["admin"]' })
})

test('a repository takes what user code handles', () => {
  const store = compileStore(fields, 'create')
  const faults = new Faults('body')
  const values = store(
    { name: 'a', price: Decimal.parse('1.5'), at: new Date(5), note: undefined },
    faults,
    given,
  )
  assert.deepEqual(faults.list, [])
  assert.deepEqual(
    [values['price'], values['at'], values['note']],
    ['1.50', '1970-01-01T00:00:00.005Z', null],
  )
  const wrong = { name: 'a', at: '1970-01-01T00:00:00Z', version: 3 }
  assert.deepEqual(
    faultsOf(list => store(wrong, list, given)),
    ['/at type', '/version unknown'],
  )
})

test('arguments become user values, from bodies and from URLs', () => {
  const shape = thingsOf({
    day: field.date({ optional: true }),
    most: field.integer({ default: 10 }),
    price: field.decimal({ precision: 5, scale: 2 }),
    big: field.bigint({ default: 1n }),
  }).fields.filter(each => !each.system)
  const read = compileArguments(shape)
  const faults = new Faults('query')
  const values = read({ price: '2', most: '7' }, 'parse', faults, given)
  assert.deepEqual(faults.list, [])
  assert.equal(String(values['price']), '2.00')
  assert.deepEqual([values['day'], values['most'], values['big']], [null, 7, 1n])
  read({ price: ['1', '2'], most: '7', mots: '1' }, 'parse', faults, given)
  assert.deepEqual(listed(faults), ['price type', 'mots unknown'])
})

test('filters are wider than the field: bounds do not bind a question', () => {
  const stock = fieldOf(field.integer({ min: 0, max: 10, optional: true }))
  const faults = new Faults('query')
  assert.equal(readFilter('parse', stock, 'gte', '-5', 'stock[gte]', faults), -5)
  assert.deepEqual(readFilter('parse', stock, 'in', ['1', '99'], 'stock[in]', faults), [1, 99])
  assert.equal(readFilter('parse', stock, 'isNull', 'true', 'stock[isNull]', faults), true)
  assert.deepEqual(faults.list, [])
  readFilter('parse', stock, 'contains', '1', 'stock[contains]', faults)
  readFilter('parse', stock, 'eq', 'x', 'stock', faults)
  readFilter('check', stock, 'eq', null, 'stock', faults)
  readFilter(
    'parse',
    stock,
    'in',
    Array.from({ length: 101 }, () => '1'),
    'stock[in]',
    faults,
  )
  assert.deepEqual(listed(faults), [
    'stock[contains] type',
    'stock format',
    'stock null',
    'stock[in] too-long',
  ])
})
