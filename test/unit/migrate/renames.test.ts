/** `renamedFrom` becomes renames of tables, columns and what is named after them. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diff } from '../../../src/migrate/diff.ts'
import { column, constraint, index, statementsOf, table } from './tables.ts'

const before = table('users', {
  columns: [column('name'), column('mail')],
  constraints: [
    constraint('users_name_length', 'CHECK ((char_length(name) <= 9))'),
    constraint('users_mail_choice', "CHECK ((mail = 'name'::text))"),
  ],
  indexes: [index('users_name_idx', 'USING btree (name)')],
})

test('a column takes its check and its index along', () => {
  const want = table('users', {
    columns: [column('full_name', { renamedFrom: 'name' }), column('mail')],
    constraints: [
      constraint('users_full_name_length', 'CHECK ((char_length(full_name) <= 9))'),
      constraint('users_mail_choice', "CHECK ((mail = 'name'::text))"),
    ],
    indexes: [index('users_full_name_idx', 'USING btree (full_name)')],
  })
  assert.deepEqual(statementsOf(diff([want], [before])), [
    'alter table "users" rename column "name" to "full_name"',
    'alter table "users" rename constraint "users_name_length" to "users_full_name_length"',
    'alter index "users_name_idx" rename to "users_full_name_idx"',
  ])
})

test('a table takes the references to it along', () => {
  const people = table('people', { renamedFrom: 'users', columns: before.columns })
  const orders = table('orders', {
    columns: [column('customer_id', { type: 'uuid' })],
    constraints: [
      constraint('orders_customer_id_reference', 'FOREIGN KEY (customer_id) REFERENCES users(id)'),
    ],
  })
  const wantOrders = {
    ...orders,
    constraints: [
      constraint('orders_customer_id_reference', 'FOREIGN KEY (customer_id) REFERENCES people(id)'),
    ],
  }
  const bare = { ...before, constraints: [], indexes: [] }
  assert.deepEqual(statementsOf(diff([people, wantOrders], [bare, orders])), [
    'alter table "users" rename to "people"',
  ])
})

test('a check that changes with the name goes under its old name', () => {
  const want = table('people', {
    renamedFrom: 'users',
    columns: [column('name'), column('mail')],
    constraints: [constraint('people_name_length', 'CHECK ((char_length(name) <= 20))')],
  })
  assert.deepEqual(
    diff([want], [before]).map(step => step.name),
    [
      'rename table users to people, without constraint users_name_length, without constraint users_mail_choice',
      'add constraint people_name_length for new rows',
      'prove constraint people_name_length for all rows',
      'drop index users_name_idx',
    ],
  )
})

test('a rename that was done, or whose old name is in use, is none', () => {
  const bare = table('users', { columns: [column('name')] })
  const done = table('users', { columns: [column('name', { renamedFrom: 'title' })] })
  assert.deepEqual(diff([done], [bare]), [])
  const both = table('users', {
    columns: [column('name'), column('title', { renamedFrom: 'name' })],
  })
  assert.deepEqual(statementsOf(diff([both], [bare])), [
    'alter table "users" add column "title" text',
  ])
})
