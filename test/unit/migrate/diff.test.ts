/** What the comparison of wanted and existing tables asks for, as steps and their SQL. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diff } from '../../../src/migrate/diff.ts'
import { column, constraint, index, statementsOf, table } from './tables.ts'
import type { Constraint, Index } from '../../../src/migrate/table.ts'

const name = column('name', { required: true })
const products = table('products', { columns: [name] })

test('equal tables need nothing', () => {
  assert.deepEqual(diff([products], [products]), [])
})

test('a new table comes with its checks and indexes, its references after all tables', () => {
  const orders = table('orders', {
    columns: [column('product_id', { type: 'uuid' })],
    constraints: [
      constraint(
        'orders_product_id_reference',
        'foreign key (product_id) references products (id)',
      ),
      constraint('orders_product_id_range', 'check (true)'),
    ],
    indexes: [index('orders_product_id_idx', 'using btree (product_id)')],
  })
  const steps = diff([orders, products], [])
  assert.deepEqual(
    steps.map(step => step.name),
    ['create table orders', 'create table products', 'add references of orders'],
  )
  assert.deepEqual(steps[0]!.statements, [
    'create table "orders" (\n  "product_id" uuid,\n  constraint "orders_product_id_range" check (true)\n)',
    `comment on table "orders" is 'Made by Mettle.'`,
    'create index "orders_product_id_idx" on "orders" using btree (product_id)',
    `comment on index "orders_product_id_idx" is 'Made by Mettle.'`,
  ])
  assert.ok(steps.every(step => step.kind === 'safe' && step.inTransaction))
})

test('tables, columns and indexes of others stay as they are', () => {
  const theirs = table('reports', { owned: false, columns: [name] })
  const adopted = table('products', { owned: false, columns: [name, column('note')] })
  const steps = diff(
    [products],
    [theirs, { ...adopted, indexes: [index('by_hand', 'using btree (name)', { owned: false })] }],
  )
  assert.deepEqual(steps, [])
})

test('what nobody declares any more is destructive to drop, and goes last', () => {
  const old = table('carts', { columns: [name] })
  const steps = diff(
    [table('products', { columns: [name, column('brand')] })],
    [table('products', { columns: [name, column('note')] }), old],
  )
  assert.deepEqual(
    steps.map(step => [step.kind, ...step.statements]),
    [
      ['safe', 'alter table "products" add column "brand" text'],
      ['destructive', 'alter table "products" drop column "note"'],
      ['destructive', 'drop table "carts"'],
    ],
  )
})

test('a column that goes where one of its type comes may only have a new name', () => {
  const [cogs, nextId] = [column('cog_count'), column('next_id', { type: 'uuid' })]
  const have = table('products', {
    columns: [
      name,
      column('gear_count'),
      column('after_id', { type: 'uuid' }),
      column('n', { type: 'int4' }),
    ],
  })
  const reasons = diff([table('products', { columns: [name, cogs, nextId] })], [have])
    .filter(({ kind }) => kind === 'destructive')
    .map(({ reason }) => /Is .*/.exec(reason)?.[0] ?? null)
  assert.deepEqual(reasons, [
    "Is cog_count a new name for it? Then write renamedFrom: 'gearCount' in that field.",
    "Is next_id a new name for it? Then write renamedFrom: 'after' in that field.",
    null,
  ])
})

test('a backend serves as well while what is surplus is still there', () => {
  const wide = table('products', {
    columns: [
      name,
      column('note'),
      column('size', { default: "'small'" }),
      column('kind', { required: true }),
    ],
    indexes: [
      index('products_note_idx', '(note)'),
      index('once', '(name, note)', { unique: true, columns: ['name', 'note'] }),
      index('small_once', '(size)', { unique: true, columns: ['size'] }),
      index('name_once', '(name)', { unique: true, columns: ['name'] }),
      index('kind_once', '(kind)', { unique: true, columns: ['kind'] }),
      index('place_once', "((note ->> 'a'))", { unique: true }),
    ],
  })
  const steps = diff([products], [wide, table('carts', { columns: [name] })])
  assert.deepEqual(
    steps.filter(step => step.surplus).map(step => step.name),
    [
      'drop index products_note_idx',
      'drop index once',
      'drop column products.note',
      'drop column products.size',
      'drop table carts',
    ],
  )
  assert.deepEqual(
    steps.filter(step => !step.surplus).map(step => step.name),
    [
      'drop index small_once',
      'drop index name_once',
      'drop index kind_once',
      'drop index place_once',
      'drop column products.kind',
    ],
  )
})

test('a column becomes required without holding writers off', () => {
  const steps = diff([products], [table('products', { columns: [column('name')] })])
  assert.deepEqual(statementsOf(steps), [
    'alter table "products" add constraint "products_name_required" not null "name" not valid',
    'alter table "products" validate constraint "products_name_required"',
  ])
  assert.equal(steps[1]!.lock, 'share update exclusive')
  assert.equal(steps[1]!.undo, 'alter table "products" drop constraint "products_name_required"')
})

test('a validation that was cut off is taken up where it stopped', () => {
  const half = column('name', { required: true, unproven: 'products_name_required' })
  const steps = diff([products], [table('products', { columns: [half] })])
  assert.deepEqual(statementsOf(steps), [
    'alter table "products" validate constraint "products_name_required"',
  ])
})

test('checks and references on existing tables are added unproven and proven after', () => {
  const check = constraint('products_name_length', 'check ((char_length(name) <= 9))')
  const steps = diff([{ ...products, constraints: [check] }], [products])
  assert.deepEqual(statementsOf(steps), [
    'alter table "products" add constraint "products_name_length" check ((char_length(name) <= 9)) not valid',
    'alter table "products" validate constraint "products_name_length"',
  ])
  const unproven = { ...products, constraints: [{ ...check, valid: false }] }
  assert.deepEqual(statementsOf(diff([{ ...products, constraints: [check] }], [unproven])), [
    'alter table "products" validate constraint "products_name_length"',
  ])
})

const narrow = constraint('products_name_length', 'check ((char_length(name) <= 5))', {
  columns: ['name'],
})
const wide = { ...narrow, definition: 'check ((char_length(name) <= 9))' }
const wideProducts = { ...products, constraints: [wide] }

function toWide(...constraints: Constraint[]): readonly string[] {
  return statementsOf(diff([wideProducts], [{ ...products, constraints }]))
}

const addSuccessor =
  'alter table "products" add constraint "products_name_length__next" check ((char_length(name) <= 9)) not valid'
const proveSuccessor = 'alter table "products" validate constraint "products_name_length__next"'
const takePlace = [
  'alter table "products" drop constraint "products_name_length"',
  'alter table "products" rename constraint "products_name_length__next" to "products_name_length"',
]

test('a check that says something else holds until its successor is proven', () => {
  const theirs = constraint('no_spam', 'check (true)', { owned: false })
  assert.deepEqual(toWide(narrow, theirs), [addSuccessor, proveSuccessor, ...takePlace])
})

test('a successor that was begun is followed up, one for another declaration is dropped', () => {
  const begun = { ...wide, name: 'products_name_length__next', valid: false }
  const dropSuccessor = 'alter table "products" drop constraint "products_name_length__next"'
  assert.deepEqual(toWide(narrow, begun), [proveSuccessor, ...takePlace])
  assert.deepEqual(toWide(narrow, { ...begun, valid: true }), takePlace)
  assert.deepEqual(toWide(narrow, { ...begun, definition: narrow.definition }), [
    dropSuccessor,
    addSuccessor,
    proveSuccessor,
    ...takePlace,
  ])
  assert.deepEqual(toWide(wide, begun), [dropSuccessor])
})

test('a check that nobody wants leaves when the others are proven, but before the type changes', () => {
  const choice = constraint('products_name_choice', `check ((name = 'a'))`, { columns: ['name'] })
  assert.deepEqual(
    toWide(choice).at(-1),
    'alter table "products" drop constraint "products_name_choice"',
  )
  const number = table('products', { columns: [column('name', { required: true, type: 'int4' })] })
  assert.deepEqual(statementsOf(diff([wideProducts], [{ ...number, constraints: [narrow] }])), [
    'alter table "products" drop constraint "products_name_length"',
    'alter table "products" alter column "name" type text using "name"::text::text',
    'alter table "products" add constraint "products_name_length" check ((char_length(name) <= 9)) not valid',
    'alter table "products" validate constraint "products_name_length"',
  ])
})

test('an index that is declared otherwise serves until its successor is whole', () => {
  const have = index('products_name_key', 'using btree (name)')
  const want = { ...have, unique: true }
  const toUnique = (...indexes: Index[]) =>
    statementsOf(diff([{ ...products, indexes: [want] }], [{ ...products, indexes }]))
  const build = [
    'create unique index concurrently "products_name_key__next" on "products" using btree (name)',
    `comment on index "products_name_key__next" is 'Made by Mettle.'`,
  ]
  const swap = [
    'drop index "products_name_key"',
    'alter index "products_name_key__next" rename to "products_name_key"',
    `comment on index "products_name_key" is 'Made by Mettle.'`,
  ]
  const begun = { ...want, name: 'products_name_key__next', owned: false }
  const dropSuccessor = 'drop index concurrently "products_name_key__next"'
  assert.deepEqual(toUnique(have), [...build, ...swap])
  assert.deepEqual(toUnique(have, begun), swap)
  assert.deepEqual(toUnique(have, { ...begun, valid: false }), [dropSuccessor, ...build, ...swap])
  assert.deepEqual(toUnique(want, { ...begun, owned: true }), [dropSuccessor])
})

test('indexes of existing tables are made and dropped concurrently, each outside a transaction', () => {
  const wanted = index('products_name_idx', 'using btree (name)')
  const obsolete = index('products_note_idx', 'using btree (note)')
  const steps = diff([{ ...products, indexes: [wanted] }], [{ ...products, indexes: [obsolete] }])
  assert.deepEqual(statementsOf(steps), [
    'create index concurrently "products_name_idx" on "products" using btree (name)',
    `comment on index "products_name_idx" is 'Made by Mettle.'`,
    'drop index concurrently "products_note_idx"',
  ])
  assert.ok(steps.every(step => !step.inTransaction))
})

test('an index that was left invalid is dropped and made again', () => {
  const wanted = index('products_name_idx', 'using btree (name)')
  const invalid = { ...wanted, valid: false, owned: false }
  const steps = diff([{ ...products, indexes: [wanted] }], [{ ...products, indexes: [invalid] }])
  assert.deepEqual(
    steps.map(step => step.name),
    ['drop index products_name_idx', 'create index products_name_idx'],
  )
})

test('defaults follow the declaration', () => {
  const want = table('products', { columns: [column('name', { default: "'a'::text" })] })
  const have = table('products', { columns: [column('name', { default: "'b'::text" })] })
  assert.deepEqual(statementsOf(diff([want], [have])), [
    `alter table "products" alter column "name" set default 'a'::text`,
  ])
  assert.deepEqual(statementsOf(diff([table('products', { columns: [column('name')] })], [have])), [
    'alter table "products" alter column "name" drop default',
  ])
})
