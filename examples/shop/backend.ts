/** The whole source of a shop's backend. */

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

const { anyone, anyOf, nobody, owner, role, signedIn, through } = access

export const users = identity({
  fields: { name: field.text({ max: 100 }) },
  signUp: 'open',
  roles: ['staff', 'admin'],
})

export const products = resource('products', {
  fields: {
    name: field.text({ min: 1, max: 200 }),
    price: field.decimal({ precision: 12, scale: 2, min: '0' }),
    stock: field.integer({ min: 0, default: 0 }),
    attributes: field.document({ optional: true }), // schema-free
  },
  indexes: [['name'], ['price']],
  access: { read: anyone, create: role('staff'), update: role('staff'), delete: role('admin') },
})

export const orders = resource('orders', {
  fields: {
    customer: field.ref('users', { default: 'caller' }),
    status: field.choice(['pending', 'paid', 'shipped', 'cancelled'], { default: 'pending' }),
    total: field.decimal({ precision: 12, scale: 2, min: '0' }),
  },
  indexes: [['customer', '-createdAt']],
  access: {
    read: anyOf(owner('customer'), role('staff')),
    create: nobody,
    update: role('staff'),
    delete: nobody,
  },
})

export const orderLines = resource('order-lines', {
  fields: {
    order: field.ref('orders', { inverse: 'lines', onDelete: 'cascade' }),
    product: field.ref('products'),
    quantity: field.integer({ min: 1, max: 1000 }),
    price: field.decimal({ precision: 12, scale: 2 }),
  },
  access: { read: through('order'), create: nobody, update: nobody, delete: nobody },
})

/**
 * POST /api/v1/checkout: one transaction, one event for each change, retried on deadlock, safe to
 * send twice.
 */
export const checkout = command('checkout', {
  input: {
    lines: field.list(
      { product: field.ref('products'), quantity: field.integer({ min: 1, max: 1000 }) },
      { min: 1, max: 100 },
    ),
  },
  output: orders,
  errors: {
    outOfStock: {
      status: 409,
      title: 'Not enough stock',
      data: { product: field.text(), left: field.integer() },
    },
  },
  access: signedIn,
  uses: { products, orders, orderLines },
  async run({ input, db, fail }) {
    const left = new Map<string, number>()
    // locks are taken in id order: no deadlock
    const stock = await db.products.lock(input.lines.map(line => line.product))
    let total = decimal('0')
    for (const line of input.lines) {
      const product = stock.get(line.product)
      const before = left.get(product.id) ?? product.stock // one product may stand on two lines
      if (before < line.quantity) fail.outOfStock({ product: product.name, left: before })
      left.set(product.id, before - line.quantity)
      total = total.plus(product.price.times(line.quantity))
    }
    for (const [id, quantity] of left) await db.products.update(id, { stock: quantity })
    const order = await db.orders.create({ total })
    await db.orderLines.createMany(
      input.lines.map(line => ({ ...line, order: order.id, price: stock.get(line.product).price })),
    )
    return order
  },
})

/**
 * GET /api/v1/best-sellers: a hand-written read under the same guards, limits and cache as any
 * other.
 */
export const bestSellers = query('best-sellers', {
  input: { limit: field.integer({ min: 1, max: 100, default: 10 }) },
  output: { product: field.ref('products'), units: field.integer() },
  access: role('staff'),
  sql: ({ limit }) => sql`
    select product_id as product, sum(quantity)::int as units
    from order_lines group by product_id order by units desc limit ${limit}`,
})

/** Code around any operation, in its transaction: an order that has left stays as it is. */
export const shippedStays = hook('shipped-stays', {
  on: orders,
  operations: ['replace', 'update'],
  uses: { orders },
  errors: { shipped: { status: 409, title: 'The order has left' } },
  async before({ id, db, fail }) {
    const [order] = await db.orders.lock(id === null ? [] : [id])
    if (order?.status === 'shipped') fail.shipped()
  },
})

export default backend('shop', {
  parts: { users, products, orders, orderLines, checkout, bestSellers, shippedStays },
})
