/**
 * The rival: the same shop written by hand with Fastify and pg, as a careful engineer would: named
 * prepared statements, compiled serialisers, a JWT check with cache, rate limit, security headers
 * and validation. It has no idempotency, no event log, no row policies but the ones written here.
 *
 * Usage: node bench/handwritten/server.ts DATABASE_URL SECRET; prints its port when it is ready.
 */

import helmet from '@fastify/helmet'
import jwt from '@fastify/jwt'
import rateLimit from '@fastify/rate-limit'
import fastify from 'fastify'
import pg from 'pg'
import { orderRoutes } from './orders.ts'
import { productRoutes } from './products.ts'

const [databaseUrl, secret] = process.argv.slice(2)
if (databaseUrl === undefined || secret === undefined) throw new Error('usage: DATABASE_URL SECRET')

// Of 4, 8 and 16 connections 8 and 16 were equally fast here, within the noise; 4 were slower.
const pool = new pg.Pool({ connectionString: databaseUrl, max: 8 })
const app = fastify({ logger: false })

await app.register(helmet)
await app.register(jwt, { secret, verify: { cache: true, cacheTTL: 60_000 } })
await app.register(rateLimit, { max: 1_000_000_000, timeWindow: '1 minute' })
app.addHook('onRequest', async request => {
  await request.jwtVerify()
})
productRoutes(app, pool)
orderRoutes(app, pool)

await app.listen({ host: '127.0.0.1', port: 0 })
const address = app.server.address()
if (address === null || typeof address === 'string') throw new Error('no port')
process.stdout.write(`${address.port}\n`)
process.on('SIGTERM', () => {
  void app.close().then(() => pool.end())
})
