/** Every keeper of buckets is SharedBuckets: of this process, its supervisor, PostgreSQL, Redis. */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { backend } from 'mettle'

import { redisBuckets } from '../../../src/adapters/redis/buckets.ts'
import { createBuckets } from '../../../src/engine/limit/bucket.ts'
import { databaseBuckets, forgettingBuckets } from '../../../src/engine/limit/database-buckets.ts'
import {
  type Channel,
  connectBuckets,
  serveBuckets,
} from '../../../src/engine/limit/shared-buckets.ts'
import { buildModel } from '../../../src/model/build.ts'
import type { SharedBuckets } from '../../../src/ports/buckets.ts'
import { postgresDatabase } from '../../../src/adapters/postgres/database.ts'
import { migratedDatabase, systemClock as clock } from '../../support/model.ts'
import { startRedis } from '../../support/services.ts'
import { bucketsConformance } from './buckets-conformance.ts'

// Everything starts before the first test is declared: what a file must end is known then.
const stopping: { stop(): Promise<void> }[] = []
after(() => Promise.all(stopping.map(each => each.stop())))
const { database, url } = await migratedDatabase(buildModel(backend('limited', { parts: {} })))
const redis = await startRedis()

async function openDatabase(): Promise<SharedBuckets> {
  const more = postgresDatabase({ url, clock, observe: () => {}, durability: 'reported' })
  stopping.push(more)
  await more.start()
  return databaseBuckets(more)
}
async function openRedis(name: string): Promise<SharedBuckets> {
  const buckets = redisBuckets({ url: redis.url, name })
  stopping.push(buckets)
  await buckets.start()
  return buckets
}
/** Many batches at once, as of many machines: in a lane one would wait for the other. */
const crowd = databaseBuckets({ run: statement => database.run(statement, 'pool') })
const databases = [crowd, crowd, await openDatabase(), await openDatabase()]
const clients = [await openRedis('shop'), await openRedis('shop')]
const oneRequest = { buckets: [0], requests: 1 }

const memory = createBuckets({ clock })
bucketsConformance('memory', [{ take: async batch => memory.takeBatch(batch) }])

function channelOf(port: MessagePort): Channel {
  return {
    send: message => port.postMessage(message),
    listen: listener => port.on('message', listener),
    closed: listener => port.once('close', listener),
  }
}

const owner = createBuckets({ clock })
function openWorker(): SharedBuckets {
  const { port1, port2 } = new MessageChannel()
  after(() => port1.close())
  serveBuckets(owner, channelOf(port1))
  return connectBuckets(channelOf(port2))
}
bucketsConformance('supervisor', [openWorker(), openWorker(), openWorker()])

bucketsConformance('PostgreSQL', databases)

bucketsConformance('Redis', clients)

test('PostgreSQL: full buckets are forgotten, others are not', async () => {
  const take = (key: string, windowSeconds: number) =>
    databaseBuckets(database).take({
      buckets: [{ key, quota: 1_000, windowSeconds }],
      groups: [oneRequest],
    })
  await Promise.all([take('full again', 1), take('taken from', 86_400)])
  const chore = forgettingBuckets(database)
  const text = `select "key" from "mettle"."buckets" where "key" in ('full again', 'taken from')`
  const keys = async () => (await database.run({ text, values: [] }, 'pool')).map(([key]) => key)
  while ((await keys()).length > 1) await chore.run(new AbortController().signal)
  assert.deepEqual(await keys(), ['taken from'])
})

test('Redis: backends that share one do not share buckets', async () => {
  const one = { buckets: [{ key: 'k', quota: 1, windowSeconds: 86_400 }], groups: [oneRequest] }
  const allowed = async (keeper: SharedBuckets) => (await keeper.take(one))[0]!.allowed
  const [shop, shopToo, library] = await Promise.all(['a', 'a', 'b'].map(openRedis))
  assert.deepEqual(
    [await allowed(shop!), await allowed(shopToo!), await allowed(library!)],
    [1, 0, 1],
  )
})
