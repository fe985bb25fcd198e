/** A database with rows follows its model: nothing is lost unasked. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { field, resource } from 'mettle'
import { migrate, pendingSteps } from '../../../src/engine/migrations/migrate.ts'
import { emptyDatabase } from '../../support/model.ts'
import { modelOf, open, query } from './declared.ts'

const firstUsers = resource('users', {
  fields: { name: field.text({ max: 50, unique: true }), age: field.integer({ optional: true }) },
  access: open,
})
const firstOrders = resource('orders', {
  fields: {
    customer: field.ref('users'),
    status: field.choice(['new', 'paid'], { default: 'new' }),
    note: field.text({ optional: true, max: 100 }),
  },
  indexes: [['customer', '-createdAt']],
  access: open,
})
const first = modelOf({ users: firstUsers, orders: firstOrders })

/** A database with the first model, one user and one order. */
async function filled() {
  const scratch = await emptyDatabase()
  await migrate(scratch.database, first)
  await query(scratch.url, `insert into users (name) values ('Ada')`)
  await query(
    scratch.url,
    `insert into orders (customer_id, note) select id, 'keep' from users where name = 'Ada'`,
  )
  return scratch
}

const people = resource('people', {
  fields: {
    fullName: field.text({ max: 60, unique: true, renamedFrom: 'name' }),
    age: field.integer({ optional: true }),
  },
  access: open,
  renamedFrom: 'users',
})
const purchases = resource('purchases', {
  fields: {
    buyer: field.ref('people', { renamedFrom: 'customer' }),
    status: field.choice(['new', 'paid', 'sent'], { default: 'new' }),
    note: field.text({ optional: true, max: 100 }),
  },
  indexes: [['buyer', '-createdAt']],
  access: open,
  renamedFrom: 'orders',
})

test('renames keep rows, references and indexes, and need no leave', async () => {
  const { database, url } = await filled()
  const renamed = modelOf({ people, purchases })
  const steps = await migrate(database, renamed)
  assert.ok(steps.every(step => step.kind === 'safe'))
  assert.deepEqual(
    steps.filter(step => /^(?:create|drop) (?:table|column|index)/.test(step.name)),
    [],
  )
  const rows = await query(
    url,
    `select full_name, note from purchases join people on people.id = buyer_id`,
  )
  assert.deepEqual(rows, [{ full_name: 'Ada', note: 'keep' }])
  await query(url, `insert into purchases (buyer_id, status) select id, 'sent' from people`)
  assert.deepEqual(await pendingSteps(database, renamed), [])
})

test('what loses data is refused with the command that allows it, and nothing is changed', async () => {
  const { database, url } = await filled()
  const without = modelOf({
    users: firstUsers,
    orders: resource('orders', { fields: { customer: field.ref('users') }, access: open }),
    carts: resource('carts', { fields: {} }),
  })
  await assert.rejects(migrate(database, without), {
    name: 'MigrationError',
    reason: 'refused',
    message: [
      'These steps need your leave, so nothing was changed:',
      '  drop column orders.status (destructive): No field has this column any more; its values are lost.',
      '  drop column orders.note (destructive): No field has this column any more; its values are lost.',
      'See them with: mettle migrate plan',
      'Allow them with: mettle migrate apply --allow-destructive',
    ].join('\n'),
  })
  const carts = await query(url, `select to_regclass('carts') as carts`)
  assert.deepEqual(carts, [{ carts: null }])
  await migrate(database, without, { allowDestructive: true })
  assert.deepEqual(await pendingSteps(database, without), [])
})

test('a rewrite of a table asks for leave of its own', async () => {
  const { database, url } = await filled()
  const wide = modelOf({
    users: resource('users', {
      fields: {
        name: field.text({ max: 50, unique: true }),
        age: field.bigint({ optional: true }),
      },
      access: open,
    }),
    orders: firstOrders,
  })
  await query(url, `update users set age = 36`)
  await assert.rejects(migrate(database, wide, { allowDestructive: true }), {
    message: /apply --allow-blocking$/,
  })
  await migrate(database, wide, { allowBlocking: true })
  assert.deepEqual(await query(url, 'select age from users'), [{ age: '36' }])
})

test('a field becomes required once its rows have it, and nothing half-done is left until then', async () => {
  const { database, url } = await filled()
  const strict = modelOf({
    users: resource('users', {
      fields: { name: field.text({ max: 50, unique: true }), age: field.integer() },
      access: open,
    }),
    orders: firstOrders,
  })
  await assert.rejects(migrate(database, strict), {
    reason: 'rows',
    message:
      'Could not require users.age of all rows. Rows have no age. Fill them first: update "users" set "age" = … where "age" is null',
  })
  await query(url, `insert into users (name) values ('still possible')`)
  await query(url, `update users set age = 1`)
  await migrate(database, strict)
  await assert.rejects(query(url, `insert into users (name) values ('late')`), { code: '23502' })
})

test('a required field without a default is refused while there are rows', async () => {
  const { database } = await filled()
  const more = modelOf({
    users: resource('users', {
      fields: { ...firstUsers.fields, brand: field.text({ max: 9 }) },
      access: open,
    }),
    orders: firstOrders,
  })
  await assert.rejects(migrate(database, more), {
    reason: 'rows',
    message:
      'Could not add column users.brand. users has rows, and brand is required: give the field a default or make it optional.',
  })
})

test('rows that break a new rule are named, and the old rows still work', async () => {
  const { database, url } = await filled()
  const unique = modelOf({
    users: resource('users', {
      fields: { ...firstUsers.fields, name: field.text({ max: 2 }) },
      access: open,
    }),
    orders: firstOrders,
  })
  await assert.rejects(migrate(database, unique), {
    reason: 'rows',
    message:
      /^Could not prove constraint users_name_length for all rows\. Rows of users stand against/,
  })
  await query(url, `insert into users (name) values ('long enough')`)
})

test('a rule that rows stand against leaves the former rule in force', async () => {
  const { database, url } = await filled()
  await query(url, `update orders set status = 'paid'`)
  await query(url, 'create index users_age_key on users (age)')
  const otherwise = (values: readonly [string, ...string[]]) =>
    modelOf({
      users: resource('users', {
        fields: { ...firstUsers.fields, age: field.integer({ optional: true, unique: true }) },
        access: open,
      }),
      orders: resource('orders', {
        fields: { ...firstOrders.fields, status: field.choice(values, { default: 'sent' }) },
        indexes: [['customer', '-createdAt']],
        access: open,
      }),
    })
  const refused = { reason: 'rows', message: /^Could not prove constraint orders_status_choice/ }
  await assert.rejects(migrate(database, otherwise(['new', 'sent'])), refused)
  const insert = `insert into orders (customer_id, status) select id, $1 from users`
  await assert.rejects(query(url, insert, ['sent']), /orders_status_choice/)
  await query(url, `insert into orders (customer_id) select id from users`)

  await query(url, `insert into users (name, age) values ('Bob', 7), ('Cy', 7)`)
  const wider = otherwise(['new', 'paid', 'sent'])
  await assert.rejects(migrate(database, wider), { reason: 'rows', message: /users_age_key/ })
  const indexes = await query(url, `select relname from pg_class where relname ~ '^users_age'`)
  assert.deepEqual(indexes, [{ relname: 'users_age_key' }])
  await query(url, 'update users set age = null')
  await migrate(database, wider)
  await query(url, insert, ['sent'])
  assert.deepEqual(await pendingSteps(database, wider), [])
})

test('a unique index over rows that are not is undone', async () => {
  const { database, url } = await filled()
  await query(url, `insert into orders (customer_id, note) select customer_id, 'keep' from orders`)
  const unique = modelOf({
    users: firstUsers,
    orders: resource('orders', {
      fields: {
        ...firstOrders.fields,
        note: field.text({ optional: true, max: 100, unique: true }),
      },
      indexes: [['customer', '-createdAt']],
      access: open,
    }),
  })
  await assert.rejects(migrate(database, unique), { reason: 'rows' })
  const left = await query(url, 'select 1 from pg_index where not indisvalid')
  assert.deepEqual(left, [])
})

test('tables, columns and indexes made by hand are left alone', async () => {
  const { database, url } = await filled()
  await query(url, `create table reports (id int)`)
  await query(url, `create index orders_note_idx on orders (note)`)
  await query(url, `alter table orders add constraint orders_total_check check (note <> 'x')`)
  assert.deepEqual(await pendingSteps(database, first), [])
})

test('a table that was there before is taken over with its rows', async () => {
  const { database, url } = await emptyDatabase()
  await query(
    url,
    `create table users (id uuid constraint pk primary key default uuidv7(), legacy text)`,
  )
  await query(url, `insert into users default values`)
  const model = modelOf({
    users: resource('users', { fields: { age: field.integer({ default: 7 }) }, access: open }),
  })
  await migrate(database, model)
  assert.deepEqual(await query(url, 'select age, version, legacy from users'), [
    { age: 7, version: 1, legacy: null },
  ])
  assert.deepEqual(await pendingSteps(database, model), [])
})
