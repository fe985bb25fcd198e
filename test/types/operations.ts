/** Commands, queries, hooks and repositories as their declarations give them. */

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
import type { Decimal, Repository, RowOf } from 'mettle'
import { holds } from './same.ts'
import type { IsAny, Same } from './same.ts'

const users = identity({ fields: { name: field.text() }, signUp: 'open', roles: ['staff'] })
const products = resource('products', {
  fields: {
    name: field.text(),
    price: field.decimal({ precision: 8, scale: 2 }),
    stock: field.integer({ default: 0 }),
    extra: field.document({ optional: true }),
  },
})
const orders = resource('orders', {
  fields: {
    customer: field.ref('users', { default: 'caller' }),
    total: field.decimal({ precision: 8, scale: 2 }),
  },
})

const buy = command('buy', {
  input: {
    product: field.ref('products'),
    quantity: field.integer({ default: 1 }),
    note: field.text({ optional: true }),
  },
  output: orders,
  errors: {
    outOfStock: { status: 409, title: 'Not enough', data: { left: field.integer() } },
    closed: { status: 409, title: 'The shop is closed' },
  },
  access: access.signedIn,
  uses: { products, orders },
  async run({ input, db, fail, caller, now }) {
    holds<Same<typeof input.quantity, number>>()
    holds<Same<typeof input.note, string | null>>()
    holds<Same<typeof now, Date>>()
    holds<Same<IsAny<typeof db.products>, false>>()
    const locked = await db.products.lock([input.product])
    const product = locked.get(input.product)
    holds<Same<typeof product.price, Decimal>>()
    if (product.stock < input.quantity) fail.outOfStock({ left: product.stock })
    if (product.name === '') fail.closed()
    // @ts-expect-error the error has no such member
    if (product.stock > 1e9) fail.outOfStock({ right: 1 })
    // @ts-expect-error no such error is declared
    if (product.stock > 1e9) fail.lost()
    // @ts-expect-error not in uses
    void db.users
    holds<Same<ReturnType<typeof fail.outOfStock>, never>>()
    await db.products.update(product.id, { stock: product.stock - input.quantity })
    const seen = await db
      .as(caller)
      .orders.list({ total: { gte: decimal('1') } }, { sort: ['-createdAt'] })
    holds<Same<typeof seen, readonly RowOf<typeof orders>[]>>()
    return db.orders.create({ total: product.price.times(input.quantity) })
  },
})

declare const repository: Repository<typeof products>
void [
  repository.list({ name: { startsWith: 'a' }, stock: { gt: 1, lte: 9 }, price: '1.00' }),
  repository.find({ extra: null, createdAt: { lt: new Date() }, id: { in: ['a'] } }),
  repository.updateWhere({ stock: 0 }, { price: decimal('1') }),
  repository.list({ 'extra.size': { gte: 2, in: ['a', 1, true] }, 'extra.a.b': null }),
  repository.list({}, { sort: ['extra.size', '-extra.a.b'] }),
  // @ts-expect-error not a document
  repository.list({ 'name.first': 'a' }),
  // @ts-expect-error not a document to sort by a place in it
  repository.list({}, { sort: ['stock.size'] }),
  // @ts-expect-error a place is compared with texts, numbers and booleans
  repository.list({ 'extra.size': { gte: new Date() } }),
  // @ts-expect-error text has no such comparison with numbers
  repository.list({ name: 3 }),
  // @ts-expect-error numbers do not contain
  repository.list({ stock: { contains: '1' } }),
  // @ts-expect-error documents can only be null or not
  repository.list({ extra: { eq: {} } }),
  // @ts-expect-error no such field
  repository.count({ nmae: 'x' }),
  // @ts-expect-error no such field to sort by
  repository.list({}, { sort: ['nmae'] }),
]

command('wrong-output', {
  output: orders,
  uses: { products },
  // @ts-expect-error a product is not an order
  run: ({ db }) => db.products.get('x'),
})
command('nothing', { run: async () => undefined })
// @ts-expect-error a command has no row to own
command('wrong-rule', { access: access.owner('customer'), run: async () => undefined })

const best = query('best', {
  input: { limit: field.integer({ default: 10 }), after: field.date({ optional: true }) },
  output: { product: field.ref('products'), units: field.integer() },
  sql({ limit, after }) {
    holds<Same<typeof limit, number>>()
    holds<Same<typeof after, string | null>>()
    return sql`select id as product, stock as units from products limit ${limit}`
  },
})
// @ts-expect-error an object is not a parameter
void sql`select ${{ price: 1 }}`
query('kysely', {
  output: { one: field.integer() },
  sql: () => ({ sql: 'select $1', parameters: [1] }),
})

hook('tidy', {
  on: products,
  operations: ['update'],
  errors: { locked: { status: 409, title: 'Locked' } },
  before({ input, id, fail }) {
    holds<Same<typeof input.name, string | undefined>>()
    holds<Same<typeof id, string | null>>()
    if (input.stock === 0) fail.locked()
    return { ...input, name: 'tidy' }
  },
  after({ output }) {
    holds<Same<typeof output.price, Decimal | undefined>>()
  },
})
hook('told', {
  on: buy,
  after({ input, output }) {
    holds<Same<typeof input.quantity, number>>()
    holds<Same<typeof output, RowOf<typeof orders>>>()
  },
})
// @ts-expect-error a command has no operations to choose from
hook('wrong', { on: buy, operations: ['update'] })

holds<Same<NonNullable<(typeof orders.created)['change']>, 'created' | 'updated' | 'deleted'>>()
backend('shop', { parts: { users, products, orders, buy, best } })
// @ts-expect-error orders refer to users, who are missing
backend('shop', { parts: { products, orders } })
// @ts-expect-error the input of the command refers to products, which are missing
backend('shop', { parts: { users, orders, buy } })
