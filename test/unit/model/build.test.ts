/** What a right declaration becomes: tables, indexes, inverses, rules, operations. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  access,
  backend,
  command,
  decimal,
  field,
  hook,
  identity,
  query,
  resource,
  sql,
} from 'mettle'
import shop from '../../../examples/shop/backend.ts'
import { buildModel } from '../../../src/model/build.ts'
import type { ResourceModel } from '../../../src/model/model.ts'
import { thingsOf } from './field-of.ts'
import * as loose from './loose.ts'

const model = buildModel(shop)
const named = (name: string): ResourceModel => model.resources.get(name)!
const indexesOf = ({ indexes }: ResourceModel): readonly string[] =>
  indexes.map(({ name, origin, unique, columns }) => {
    const keys = columns.map(each => (each.descending ? `-${each.field}` : each.field))
    return `${name} ${origin}${unique ? ' unique' : ''} (${keys.join(', ')})`
  })

const inversesOf = (name: string) => [...named(name).inverses.values()]
const epochOf = (fields: object, rest: object = {}): string =>
  buildModel(loose.withFields(fields, rest)).epoch

test('names become paths, tables and columns', () => {
  const lines = named('order-lines')
  assert.deepEqual([lines.table, lines.part], ['order_lines', 'orderLines'])
  assert.deepEqual(
    lines.fields.map(each => `${each.name} ${each.column}`),
    [
      'id id',
      'version version',
      'createdAt created_at',
      'updatedAt updated_at',
      'order order_id',
      'product product_id',
      'quantity quantity',
      'price price',
    ],
  )
  const best = model.queries.get('best-sellers')!
  assert.deepEqual(
    best.output.map(each => each.column),
    ['product', 'units'],
  )
})

test('every table has the indexes that its keys, references and orders need', () => {
  assert.deepEqual(indexesOf(named('orders')), [
    'orders_pkey primary unique (id)',
    'orders_customer_id_created_at_desc_id_desc_idx declared (customer, -createdAt, -id)',
    'orders_customer_id_id_idx reference (customer, id)',
  ])
  const things = thingsOf(
    {
      code: loose.field.text({ max: 9, unique: true }),
      maker: loose.field.ref('users'),
      n: loose.field.integer(),
    },
    { indexes: [['maker', 'id'], ['n', '-id'], ['-n']], unique: [['maker', 'n']] },
  )
  assert.deepEqual(indexesOf(things), [
    'things_pkey primary unique (id)',
    'things_code_key unique unique (code)',
    'things_maker_id_n_key unique unique (maker, n)',
    'things_maker_id_id_idx declared (maker, id)',
    'things_n_id_desc_idx declared (n, -id)',
    'things_n_desc_id_desc_idx declared (-n, -id)',
  ])
})

test('index names that PostgreSQL would cut stay apart', () => {
  const long = 'a'.repeat(55)
  const fields = { [`${long}One`]: loose.field.integer(), [`${long}Two`]: loose.field.integer() }
  const names = thingsOf(fields, {
    indexes: [[`${long}One`], [`${long}Two`], [`${long}One`, `-${long}Two`]],
  }).indexes.map(each => each.name)
  assert.equal(new Set(names).size, 4)
  assert.ok(names.every(name => name.length <= 63))
})

test('references have inverses, named or by their resource', () => {
  assert.deepEqual(inversesOf('orders'), [
    { name: 'lines', resource: 'order-lines', field: 'order', across: null },
  ])
  assert.deepEqual(inversesOf('users'), [
    { name: 'orders', resource: 'orders', field: 'customer', across: null },
  ])
  const hidden = buildModel(
    loose.withFields({ maker: loose.field.ref('users', { inverse: false }) }),
  )
  assert.equal(hidden.resources.get('users')?.inverses.size, 0)
})

test('nobody may what is not declared; users read and change themselves', () => {
  const { access: closed } = thingsOf({ n: loose.field.integer() })
  const nobody = { kind: 'nobody' }
  assert.deepEqual(closed, { read: nobody, create: nobody, update: nobody, delete: nobody })
  const himself = { kind: 'owner', field: 'id' }
  const users = named('users')
  assert.deepEqual(users.access, { read: himself, create: nobody, update: himself, delete: nobody })
  assert.deepEqual(users.field.get('email')?.access, { read: himself, write: null })
  assert.deepEqual([users.field.get('email')?.readOnly, users.identity], [true, true])
})

test('constants of rules become driver values', () => {
  const things = thingsOf(
    {
      price: loose.field.decimal({ precision: 5, scale: 2 }),
      at: loose.field.timestamp({ optional: true }),
    },
    {
      indexes: [['price'], ['at']],
      access: {
        read: access.where({ price: decimal('1.5'), at: null }),
        update: access.where({ price: { in: ['1', '2.50'], gte: '0' } }),
      },
    },
  )
  assert.deepEqual(things.access.read, {
    kind: 'where',
    conditions: [
      { field: 'price', operator: 'eq', value: '1.50' },
      { field: 'at', operator: 'isNull', value: true },
    ],
  })
  assert.deepEqual(things.access.update, {
    kind: 'where',
    conditions: [
      { field: 'price', operator: 'in', value: ['1.00', '2.50'] },
      { field: 'price', operator: 'gte', value: '0.00' },
    ],
  })
})

test('a list whose rule finds its rows by an index is fine', () => {
  const { allOf, anyOf, not, owner, role, signedIn, where } = access
  const fine = [
    anyOf(owner('maker'), where({ open: true }), role('staff')),
    allOf(owner('maker'), not(where({ open: false }))),
    allOf(signedIn, not(role('staff'))),
  ]
  for (const read of fine) {
    const fields = { maker: loose.field.ref('users'), open: loose.field.boolean() }
    thingsOf(fields, { indexes: [['open']], access: { read } })
  }
})

test('operations keep their declared ends', () => {
  const rows = resource('rows', { fields: { n: field.integer() }, access: { read: access.anyone } })
  const users = identity({ fields: {}, signUp: 'closed' })
  const add = command('add', {
    input: { n: field.integer() },
    output: { sum: field.integer() },
    errors: { tooLarge: { status: 422, title: 'Too large', data: { most: field.integer() } } },
    access: access.signedIn,
    uses: { rows },
    isolation: 'serializable',
    run: async ({ input }) => ({ sum: input.n }),
  })
  const all = query('all', { output: { n: field.integer() }, sql: () => sql`select n from rows` })
  const rowHook = hook('row-hook', { on: rows, operations: ['read'], after() {} })
  const addHook = hook('add-hook', { on: add, before: ({ input }) => input })
  const built = buildModel(backend('b', { parts: { users, rows, add, all, rowHook, addHook } }))
  const { output, errors, isolation, uses, access: rule } = built.commands.get('add')!
  assert.partialDeepStrictEqual(output, { kind: 'object', fields: [{ name: 'sum' }] })
  assert.partialDeepStrictEqual(errors.get('tooLarge'), {
    name: 'too-large',
    status: 422,
    data: [{ name: 'most' }],
  })
  assert.deepEqual(
    [isolation, [...uses], rule],
    ['serializable', [['rows', 'rows']], { kind: 'signedIn' }],
  )
  assert.deepEqual(built.queries.get('all')?.access, { kind: 'nobody' })
  assert.deepEqual(
    built.hooks.map(each => each.operations),
    [['rows.read'], ['add']],
  )
})

test('the epoch changes with the tables and with nothing else', () => {
  const one = epochOf({ n: loose.field.integer() })
  assert.match(one, /^[0-9a-f]{12}$/)
  assert.equal(
    one,
    epochOf({ n: loose.field.integer({ min: 3 }) }, { access: { read: access.anyone } }),
  )
  assert.notEqual(one, epochOf({ n: loose.field.bigint() }))
  assert.notEqual(one, epochOf({ n: loose.field.integer() }, { indexes: [['n']] }))
})

test('the model is frozen through', () => {
  const loosePlaces: string[] = []
  const walk = (value: unknown, place: string): void => {
    if (typeof value !== 'object' || value === null) return
    if (value instanceof Map)
      return [...value].forEach(([key, each]) => walk(each, `${place}.${key}`))
    if (!Object.isFrozen(value)) loosePlaces.push(place)
    for (const [key, each] of Object.entries(value)) walk(each, `${place}.${key}`)
  }
  walk(model, 'model')
  assert.deepEqual(loosePlaces, [])
})
