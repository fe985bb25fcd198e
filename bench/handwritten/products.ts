/** W1 point read, W4 insert and W5 guarded stock update of the rival. */

import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type pg from 'pg'
import { byId, newProduct, product, stockChange } from './schemas.ts'

interface ProductRow {
  id: string
  version: number
}

interface Claims {
  sub: string
  roles: string[]
}

const columns = `id, version, created_at as "createdAt", updated_at as "updatedAt", name, price, stock, attributes`

export function productRoutes(app: FastifyInstance, pool: pg.Pool): void {
  app.get<{ Params: { id: string } }>(
    '/products/:id',
    { schema: { params: byId, response: { 200: product } } },
    async (request, reply) => {
      const { rows } = await pool.query<ProductRow>({
        name: 'product',
        text: `select ${columns} from products where id = $1`,
        values: [request.params.id],
      })
      return rows[0] === undefined ? notFound(reply) : tagged(reply, rows[0])
    },
  )

  app.post<{ Body: { name: string; price: string; stock: number; attributes?: object | null } }>(
    '/products',
    { schema: { body: newProduct, response: { 201: product } } },
    async (request, reply) => {
      if (!isStaff(request.user as Claims)) return forbidden(reply)
      const { name, price, stock, attributes } = request.body
      const { rows } = await pool.query<ProductRow>({
        name: 'insert-product',
        text: `insert into products (id, version, created_at, updated_at, name, price, stock, attributes)
               values ($1, 1, now(), now(), $2, $3, $4, $5) returning ${columns}`,
        values: [randomUUID(), name, price, stock, attributes ?? null],
      })
      const row = rows[0]!
      reply.code(201).header('location', `/products/${row.id}`)
      return tagged(reply, row)
    },
  )

  app.patch<{ Params: { id: string }; Body: { stock: number } }>(
    '/products/:id',
    { schema: { params: byId, body: stockChange, response: { 200: product } } },
    async (request, reply) => {
      if (!isStaff(request.user as Claims)) return forbidden(reply)
      const expected = Number(/^"(\d+)"$/.exec(request.headers['if-match'] ?? '')?.[1])
      if (!Number.isInteger(expected)) return reply.code(428).send({ error: 'If-Match is needed' })
      const { rows } = await pool.query<ProductRow>({
        name: 'update-stock',
        text: `update products set stock = $2, version = version + 1, updated_at = now()
               where id = $1 and version = $3 returning ${columns}`,
        values: [request.params.id, request.body.stock, expected],
      })
      if (rows[0] === undefined) return reply.code(412).send({ error: 'stale' })
      return tagged(reply, rows[0])
    },
  )
}

function tagged<Row extends ProductRow>(reply: FastifyReply, row: Row): Row {
  reply.header('etag', `"${row.version}"`)
  return row
}

function isStaff(claims: Claims): boolean {
  return claims.roles.includes('staff')
}

function notFound(reply: FastifyReply): FastifyReply {
  return reply.code(404).send({ error: 'not found' })
}

function forbidden(reply: FastifyReply): FastifyReply {
  return reply.code(403).send({ error: 'forbidden' })
}
