/** A keeper that goes, hangs or refuses: limits hold on each machine, at once, and nobody waits. */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { access, backend, command } from 'mettle'

import type { Observation } from '../../../src/base/observe.ts'
import { createFailOver } from '../../../src/engine/limit/fail-over.ts'
import { buildModel } from '../../../src/model/build.ts'
import { readConfig } from '../../../src/run/config.ts'
import { createNode } from '../../../src/run/node.ts'
import type { Json } from '../../support/backend.ts'
import { migratedDatabase } from '../../support/model.ts'
import { startRedis } from '../../support/services.ts'

const quota = 30
const ring = command('ring', { access: access.anyone, run: async () => {} })
const model = buildModel(
  backend('shared', {
    parts: { ring },
    limits: {
      default: { quota: 1_000_000, per: '1d' },
      rings: { quota, per: '1d', by: 'everyone', on: ['ring'] },
    },
  }),
)
const stopping: { stop(): Promise<void> }[] = []
after(() => Promise.all(stopping.map(each => each.stop())))
const { url: databaseUrl } = await migratedDatabase(model)
const redis = await startRedis()

/** Nodes with buckets of their own would each allow the quota. */
async function openNodes(count: number, environment: Readonly<Record<string, string>>) {
  const observations: Observation[] = []
  const observe = (seen: Observation) => void observations.push(seen)
  const config = readConfig({ PORT: '0', ...environment }, 'development', '/nonexistent')
  const secret = 'the secret of a test, which guards nothing at all'
  const nodes = await Promise.all(
    Array.from({ length: count }, async () => {
      const node = createNode({ model, config, databaseUrl, secret, observe, routes: [] })
      stopping.push(node)
      await node.start()
      return node
    }),
  )
  const ask = (at: number, path: string, method = 'GET') =>
    fetch(`http://127.0.0.1:${nodes[at % count]!.port}${path}`, { method })
  /** How many of so many rings at once were allowed; anything but 204 and 429 is a fault. */
  async function burst(requests: number): Promise<number> {
    const asked = Array.from({ length: requests }, (_, at) => ask(at, '/api/v1/ring', 'POST'))
    const statuses = (await Promise.all(asked)).map(({ status }) => status)
    assert.deepEqual(
      statuses.filter(status => status !== 204 && status !== 429),
      [],
    )
    return statuses.filter(status => status === 204).length
  }
  async function health(): Promise<readonly [number, Json]> {
    const answer = await ask(0, '/health/ready')
    return [answer.status, await answer.json()]
  }
  /** When every node has said so. */
  async function until(event: string, times = count): Promise<void> {
    const told = () =>
      observations.filter(seen => seen.kind === 'lifecycle' && seen.event === event).length
    while (told() < times) await sleep(5)
  }
  return { burst, health, until, observations, ask }
}

async function say(line: string): Promise<void> {
  const { port, hostname } = new URL(redis.url)
  const socket = connect(Number(port), hostname)
  socket.end(`${line}\r\n`)
  for await (const _ of socket);
}

const healthy = { accepting: true, database: true, limits: true }

test('three nodes allow exactly the quota between them, through PostgreSQL', async () => {
  const { burst, health } = await openNodes(3, { RATE_LIMIT_STORE: 'postgres' })
  assert.equal(await burst(quota + 20), quota)
  assert.deepEqual(await health(), [200, { status: 'ok', checks: healthy }])
  const { burst: later } = await openNodes(2, { RATE_LIMIT_STORE: 'postgres' })
  assert.equal(await later(5), 0, 'nodes that come later find what was taken')
})

test('through Redis; without it each node counts alone, and together when it is back', async () => {
  const shared = await openNodes(3, { REDIS_URL: redis.url })
  assert.equal(await shared.burst(quota + 20), quota)

  await redis.stop()
  await shared.until('alone')
  // every node has its own full bucket, and no more than that
  assert.equal(await shared.burst(3 * quota + 30), 3 * quota)
  assert.deepEqual(await shared.health(), [
    200,
    { status: 'degraded', checks: { ...healthy, limits: false } },
  ])
  assert.ok(shared.observations.some(({ kind }) => kind === 'limit-alone'))

  await redis.start()
  await shared.until('together', 6)
  assert.equal(await shared.burst(quota + 20), quota, 'an empty Redis knows of nothing')
  assert.deepEqual(await shared.health(), [200, { status: 'ok', checks: healthy }])
})

test('a Redis that hangs or refuses to write costs no request', async () => {
  const shared = await openNodes(1, { REDIS_URL: redis.url })
  await say('FLUSHALL')
  assert.equal(await shared.burst(quota), quota)

  redis.pause()
  assert.equal(await shared.burst(quota + 10), quota, 'those that hung are counted alone')
  assert.ok(!(await shared.health())[1].checks.limits)
  redis.resume()
  await shared.until('together', 2)

  await say('REPLICAOF 127.0.0.1 1')
  assert.equal(await shared.burst(3), 0, 'the nearby bucket is empty already')
  await shared.until('alone', 2)
  await say('REPLICAOF NO ONE')
  await shared.until('together', 3)
  // scripts are forgotten too, and loaded again
  await say('SCRIPT FLUSH')
  await say('FLUSHALL')
  assert.equal(await shared.burst(quota + 5), quota)
})

test('an answer that came in time counts, however busy the process was meanwhile', async context => {
  const echo = spawn('cat')
  context.after(() => echo.kill())
  const timeoutMs = 20
  const failOver = createFailOver({
    keeper: {
      async take() {
        const answer = once(echo.stdout, 'data')
        await new Promise(written => echo.stdin.write('take', written))
        const untilMs = performance.now() + 25 * timeoutMs
        while (performance.now() < untilMs);
        await answer
        return []
      },
    },
    nearby: { take: () => assert.fail('nobody takes') },
    observe: () => {},
    timeoutMs,
  })
  await failOver.start()
  assert.ok(failOver.together)
  await failOver.stop()
})

test('a node starts without Redis, counts alone, and says so', async () => {
  const { burst, health } = await openNodes(1, { REDIS_URL: 'redis://127.0.0.1:1' })
  assert.equal(await burst(quota + 5), quota)
  assert.equal((await health())[1].status, 'degraded')
})

test('a Redis that accepts and says nothing holds up no start; once it speaks, it decides', async () => {
  await say('FLUSHALL')
  const { port, hostname } = new URL(redis.url)
  let accepted = 0
  let speaks = false
  const door = createServer(near => {
    accepted += 1
    near.on('error', () => undefined)
    if (!speaks) return near.resume()
    const far = connect(Number(port), hostname).on('error', () => near.destroy())
    near.pipe(far).pipe(near)
    return near.once('close', () => far.destroy())
  }).listen(0, '127.0.0.1')
  await once(door, 'listening')
  stopping.push({ stop: async () => void door.close() })
  const address = door.address()
  assert.ok(address !== null && typeof address === 'object')
  const silent = await openNodes(1, { REDIS_URL: `redis://127.0.0.1:${address.port}` })
  assert.ok(accepted > 0)
  assert.deepEqual((await silent.health())[1], {
    status: 'degraded',
    checks: { ...healthy, limits: false },
  })
  assert.equal(await silent.burst(quota + 5), quota, 'counted alone')
  speaks = true
  await silent.until('together')
  assert.equal(await silent.burst(quota + 5), quota, 'its buckets are full')
})

test('whoever is refused by the shared buckets is told as by those of one node', async () => {
  await say('FLUSHALL')
  const { burst, ask } = await openNodes(2, { REDIS_URL: redis.url })
  await burst(quota)
  const refused = await ask(1, '/api/v1/ring', 'POST')
  assert.equal(refused.status, 429)
  assert.match(refused.headers.get('ratelimit')!, /"rings";r=0;t=86400$/)
  const body: Json = await refused.json()
  assert.deepEqual(body['violated-policies'], ['rings'])
  const wait = Number(refused.headers.get('retry-after'))
  assert.ok(wait > 0 && wait <= 86_400 / quota)
})
