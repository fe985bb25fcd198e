/** The tables of the shop, as a new database gets them. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import shop from '../../../examples/shop/backend.ts'
import { migrate, migrationStatus, pendingSteps } from '../../../src/engine/migrations/migrate.ts'
import { checksum, engineSchema } from '../../../src/migrate/engine-schema.ts'
import { buildModel } from '../../../src/model/build.ts'
import { migratedDatabase } from '../../support/model.ts'
import { query } from './declared.ts'

const model = buildModel(shop)
const { database, url } = await migratedDatabase(model)

test('a second run finds nothing to do', async () => {
  assert.deepEqual(await migrate(database, model), [])
})

test('planning leaves nothing behind', async () => {
  await pendingSteps(database, model)
  const left = await query(
    url,
    `select relname from pg_class where relnamespace::regnamespace::text like 'pg_temp%'`,
  )
  assert.deepEqual(left, [])
})

function column(name: string, type: string, collation: string | null = null) {
  return { name, type, collation, required: true }
}

test('columns have the declared types and defaults', async () => {
  const rows = await query(
    url,
    `select attname as name, format_type(atttypid, atttypmod) as type, collname as collation, attnotnull as required
     from pg_attribute left join pg_collation c on c.oid = attcollation
     where attrelid = 'orders'::regclass and attnum > 0 order by attnum`,
  )
  assert.deepEqual(rows, [
    column('id', 'uuid'),
    column('version', 'integer'),
    column('created_at', 'timestamp(3) with time zone'),
    column('updated_at', 'timestamp(3) with time zone'),
    column('customer_id', 'uuid'),
    column('status', 'text', 'pg_c_utf8'),
    column('total', 'numeric(12,2)'),
  ])
})

test('any SQL tool can write rows, and the tables hold what was declared', async () => {
  const [product] = await query(
    url,
    `insert into products (name, price) values ('Lamp', 9.5) returning id, version, stock, created_at`,
  )
  assert.equal(product!['version'], 1)
  assert.equal(product!['stock'], 0)
  assert.match(String(product!['id']), /^[0-9a-f]{8}-[0-9a-f]{4}-7/)
  const refused = {
    products_price_range: `insert into products (name, price) values ('Lamp', -1)`,
    products_stock_range: `insert into products (name, price, stock) values ('Lamp', 1, -1)`,
    products_name_length: `insert into products (name, price) values ('', 1)`,
    products_attributes_shape: `insert into products (name, price, attributes) values ('L', 1, '[]')`,
    orders_customer_id_reference: `insert into orders (customer_id, total) values (uuidv7(), 1)`,
  }
  for (const [constraint, text] of Object.entries(refused)) {
    await assert.rejects(query(url, text), { constraint }, constraint)
  }
})

test('indexes run in the declared directions', async () => {
  const rows = await query(
    url,
    `select indexdef from pg_indexes where tablename = 'orders' order by indexname`,
  )
  const definitions = rows.map(row => String(row['indexdef']).replace(/^.* USING /, ''))
  assert.deepEqual(definitions.toSorted(), [
    'btree (customer_id, created_at DESC, id DESC)',
    'btree (customer_id, id)',
    'btree (id)',
  ])
})

test('every step is recorded with its checksum, the engine first', async () => {
  const { applied, pending } = await migrationStatus(database, model)
  assert.deepEqual(pending, [])
  assert.deepEqual(
    applied.slice(0, engineSchema.length).map(step => step.checksum),
    engineSchema.map(step => checksum(step.statements)),
  )
  assert.deepEqual(
    applied.slice(engineSchema.length).map(step => step.name),
    [
      'create table users',
      'create table products',
      'create table orders',
      'create table order_lines',
      'add references of orders',
      'add references of order_lines',
    ],
  )
  assert.ok(applied.every(step => step.epoch === model.epoch))
  assert.ok(applied.every(step => !Number.isNaN(Date.parse(step.appliedAt))))
})

test('a changed step of the engine is told, and nothing is done', async () => {
  await query(url, `update mettle.migrations set checksum = 'x' where name like 'engine step 2,%'`)
  await assert.rejects(migrate(database, model), { name: 'MigrationError', reason: 'changed' })
})
