/** W2 a user's newest orders and W3 an order with lines and products of the rival. */

import type { FastifyInstance } from 'fastify'
import type pg from 'pg'
import { byId, listQuery, orderList, orderTree } from './schemas.ts'

interface OrderRow {
  id: string
  version: number
  createdAt: Date
}

interface Claims {
  sub: string
  roles: string[]
}

const orderColumns = `o.id, o.version, o.created_at as "createdAt", o.updated_at as "updatedAt",
  o.customer_id as customer, o.status, o.total`

const tree = `
  select ${orderColumns}, coalesce(l.lines, '[]'::json) as lines
  from orders o
  left join lateral (
    select json_agg(json_build_object('id', l.id, 'version', l.version, 'createdAt', l.created_at,
      'updatedAt', l.updated_at, 'order', l.order_id, 'quantity', l.quantity,
      'price', l.price::text,
      'product', json_build_object('id', p.id, 'version', p.version, 'createdAt', p.created_at,
        'updatedAt', p.updated_at, 'name', p.name, 'price', p.price::text, 'stock', p.stock,
        'attributes', p.attributes)) order by l.id) as lines
    from order_lines l join products p on p.id = l.product_id
    where l.order_id = o.id
  ) l on true
  where o.id = $1 and (o.customer_id = $2 or $3)`

export function orderRoutes(app: FastifyInstance, pool: pg.Pool): void {
  app.get<{ Params: { id: string }; Querystring: { limit: number; after?: string } }>(
    '/users/:id/orders',
    { schema: { params: byId, querystring: listQuery, response: { 200: orderList } } },
    async (request, reply) => {
      const { sub, roles } = request.user as Claims
      if (sub !== request.params.id && !roles.includes('staff')) {
        return reply.code(403).send({ error: 'forbidden' })
      }
      const { limit, after } = request.query
      const { rows } = await pool.query<OrderRow>({
        name: 'orders',
        text: `select ${orderColumns} from orders o
               where o.customer_id = $1 and o.created_at < coalesce($3::timestamptz, 'infinity')
               order by o.created_at desc, o.id desc limit $2`,
        values: [request.params.id, limit + 1, after ?? null],
      })
      const data = rows.slice(0, limit)
      const next = rows.length > limit ? data[data.length - 1]!.createdAt.toISOString() : null
      return { data, next }
    },
  )

  app.get<{ Params: { id: string } }>(
    '/orders/:id',
    { schema: { params: byId, response: { 200: orderTree } } },
    async (request, reply) => {
      const { sub, roles } = request.user as Claims
      const { rows } = await pool.query<OrderRow>({
        name: 'order',
        text: tree,
        values: [request.params.id, sub, roles.includes('staff')],
      })
      if (rows[0] === undefined) return reply.code(404).send({ error: 'not found' })
      reply.header('etag', `"${rows[0].version}"`)
      return rows[0]
    },
  )
}
