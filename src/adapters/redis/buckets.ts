/** Buckets in Redis: exact over all machines that share it, one round trip a batch. */

import type { Redis } from 'ioredis'

import type { LongLived } from '../../base/lifecycle.ts'
import { costOf, readOutcomes } from '../../ports/buckets.ts'
import type { SharedBuckets, TakeBatch } from '../../ports/buckets.ts'
import { takeScript } from './take.ts'

interface RedisBucketsOptions {
  /** `redis://user:password@host:6379/0`, or `rediss:` with TLS. */
  readonly url: string
  /** Tells the buckets of several backends in one Redis apart. */
  readonly name: string
}

interface RedisBuckets extends SharedBuckets, LongLived {}

/**
 * Connects at `start`, which resolves when there is a connection or `silenceMsMax` have passed: it
 * is tried again for ever. Nothing is queued meanwhile and nothing is sent twice: a take that
 * cannot be sent rejects at once. `ioredis` is an optional peer: `start` rejects where it is not
 * there.
 */
export function redisBuckets({ url, name }: RedisBucketsOptions): RedisBuckets {
  // Everything of one backend in one slot, as a cluster wants it.
  const prefix = `{mettle:${name}}:limits:`
  let redis: Redis | null = null
  /** Why there is no connection, for whoever is told that. */
  let lost: Error | null = null

  return {
    async start() {
      const ioredis = await import('ioredis')
      redis = new ioredis.Redis(url, {
        lazyConnect: true,
        enableOfflineQueue: false,
        autoResendUnfulfilledCommands: false,
        maxRetriesPerRequest: 0,
        socketTimeout: silenceMsMax,
        connectTimeout: silenceMsMax,
        retryStrategy: attempt => Math.min(attempt * reconnectMsMin, reconnectMsMax),
        // a replica that was the primary before: the address may lead elsewhere now
        reconnectOnError: error => error.message.startsWith('READONLY'),
      })
      redis.on('error', (error: Error) => (lost = error))
      const connected = redis.connect().catch(() => undefined)
      const late = Promise.withResolvers<void>()
      const timer = setTimeout(late.resolve, silenceMsMax)
      await Promise.race([connected, late.promise]).finally(() => clearTimeout(timer))
    },
    async stop() {
      redis?.disconnect()
      redis = null
    },
    async take(batch) {
      if (redis?.status !== 'ready') throw lost ?? new Error('Redis is not connected')
      const answer = await run(redis, prefix, batch)
      if (!Array.isArray(answer)) throw new TypeError('Redis answered something else')
      return readOutcomes(batch, answer.map(Number))
    },
  }
}

const reconnectMsMin = 50
const reconnectMsMax = 1_000
/** So long without an answer, and the connection is renewed; whoever asks waits as he likes. */
const silenceMsMax = 1_000

async function run(redis: Redis, prefix: string, batch: TakeBatch): Promise<unknown> {
  const { buckets, groups } = batch
  const words = [
    ...buckets.map(({ key }) => prefix + key),
    ...buckets.flatMap(form => [form.quota, costOf(form)]),
    ...groups.flatMap(({ requests, buckets: places }) => [
      requests,
      places.length,
      ...places.map(place => place + 1),
    ]),
  ]
  try {
    return await redis.evalsha(takeScript.sha, buckets.length, ...words)
  } catch (error) {
    const isUnknown = error instanceof Error && error.message.startsWith('NOSCRIPT')
    if (!isUnknown) throw error
    return redis.eval(takeScript.text, buckets.length, ...words)
  }
}
