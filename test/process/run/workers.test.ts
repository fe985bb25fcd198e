/** Several workers are one server: one limit, one scrape, one sign-in, no gap when they change. */

import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from 'node:net'
import { test } from 'node:test'
import { limits } from '../../../src/base/limits.ts'
import { isAlive } from '../../support/clearance.ts'
import { ask, eventually } from '../../support/running.ts'
import { production, startLoad } from './production.ts'

const { start } = await production()

/** The value of a series; every label given must be there. */
function series(text: string, name: string, labels: Readonly<Record<string, string>>): number {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
  const lines = text.split('\n').filter(line => line.startsWith(`${name}{`))
  const found = lines.filter(line => wanted.every(label => line.includes(label)))
  return found.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}

const requests = 'mettle_request_duration_seconds_count'

test('a burst of N + 50 gets N answers, whoever of the workers is asked', async () => {
  const quota = 20
  const running = start({ RATE_LIMIT: String(quota) })
  const url = await running.url
  const beganMs = performance.now()
  const burst = Array.from({ length: quota + 50 }, () => ask(`${url}/api/v1/notes`))
  const statuses = (await Promise.all(burst)).map(({ status }) => status)
  // The bucket refills while the burst lasts: a token each window / quota.
  const refilled = ((performance.now() - beganMs) / 1_000 / limits.rateWindowSeconds) * quota
  const allowed = statuses.filter(status => status === 200).length
  assert.ok(allowed >= quota && allowed <= quota + Math.floor(refilled), `${allowed} allowed`)
  assert.equal(statuses.filter(status => status === 429).length, statuses.length - allowed)
  const { text } = await ask(`${url}/metrics`)
  const denied = series(text, 'mettle_rate_limit_denied_total', { policy: 'default' })
  assert.equal(denied, statuses.length - allowed)
  await running.stop()
})

test('health and metrics on ports of their own are those of all workers', async () => {
  const running = start({ ADMIN_PORT: '0', METRICS_PORT: '0', ADMIN_HOST: 'localhost' })
  const url = await running.url
  const [, health = ''] = await running.until(/Health +(http\S+)/)
  const [, metrics = ''] = await running.until(/Metrics +(http\S+)/)
  assert.equal((await ask(health)).status, 200)
  for (const path of ['/health/ready', '/metrics']) {
    assert.equal((await ask(`${url}${path}`)).status, 404)
  }
  const lists = Array.from({ length: 20 }, () => ask(`${url}/api/v1/notes`))
  await Promise.all(lists)
  const { text } = await ask(metrics)
  assert.equal(series(text, requests, { operation: 'notes.list', status: '200' }), 20)
  await running.stop()
})

test('SIGHUP replaces the workers and no request fails; the scrape counts all of them', async () => {
  const running = start()
  const url = await running.url
  const clients = 8
  const load = startLoad(url, clients)
  await load.reach(300)
  const before = new Set(load.tally.pids)
  process.kill(running.pid, 'SIGHUP')
  await running.until(/notes was reloaded/)
  await eventually(
    async () => [...before].filter(isAlive),
    alive => alive.length === 0,
  )
  // what the last of them answered is with the clients
  await load.reach(clients)
  load.tally.pids.clear()
  await load.reach(300)
  const { pids, answers, lost, refused } = await load.stop()
  assert.deepEqual(lost, [])
  assert.equal(refused, 0)
  assert.deepEqual([...answers.keys()], [200])
  assert.equal(before.size, 2)
  assert.equal(pids.size, 2)
  assert.deepEqual(
    [...pids].filter(pid => before.has(pid)),
    [],
  )

  const { text } = await ask(`${url}/metrics`)
  const labels = { operation: 'worker', status: '200' }
  assert.equal(series(text, requests, labels), answers.get(200))
  for (const line of text.split('\n').filter(each => each.startsWith('# TYPE mettle_'))) {
    const [, , name, type] = line.split(' ')
    assert.match(text, new RegExp(`# HELP ${name} [A-Z].*\\.\n`))
    assert.equal(name!.endsWith('_total'), type === 'counter', line)
  }
  await running.stop()
})

test('SIGTERM under load: readiness fails first, what was sent is answered, then it ends with 0', async () => {
  const running = start()
  const url = await running.url
  const load = startLoad(url, 8)
  await load.reach(300)
  // while a connection is open the drain gives its whole notice
  const idle = [1, 2, 3, 4].map(() => connect(Number(new URL(url).port), '127.0.0.1'))
  const notReady = notReadyButAlive(url)
  const ended = running.stop('SIGTERM')
  // a balancer sends no more from here on
  await Promise.all([notReady, running.until(/Stopping/)])
  const { answers, lost } = await load.stop()
  for (const socket of idle) socket.destroy()
  assert.deepEqual(lost, [])
  assert.deepEqual([...answers.keys()], [200])
  assert.equal(await ended, 0)
})

/** Resolves once readiness fails while liveness holds; begun before the drain, it sees it. */
async function notReadyButAlive(url: string): Promise<void> {
  for (;;) {
    const probes = ['ready', 'live'].map(name => ask(`${url}/health/${name}`))
    const [ready, live] = await Promise.all(probes)
    assert.equal(live!.status, 200)
    if (ready!.status === 503) {
      assert.equal(ready!.json.checks.accepting, false)
      return
    }
    await sleep(10)
  }
}

test('a session is valid on every worker, and after its bound on none', async () => {
  const running = start()
  const url = await running.url
  const login = { email: 'ada@example.com', password: 'correct horse battery' }
  const { headers } = await ask(`${url}/auth/sign-up`, { body: login })
  const cookie = headers.getSetCookie()[0]!.split(';')[0]!
  const everywhere = async () => {
    const asked = Array.from({ length: 20 }, () => ask(`${url}/auth/me`, { cookie }))
    return new Set((await Promise.all(asked)).map(({ status }) => status))
  }
  assert.deepEqual(await everywhere(), new Set([200]))
  assert.equal((await ask(`${url}/auth/sign-out`, { method: 'POST', cookie })).status, 204)
  await sleep(limits.sessionCacheMs)
  assert.deepEqual(await everywhere(), new Set([401]))
  await running.stop()
})

test('a worker outlives a call that a command forgot to await', async () => {
  const running = start({ WORKERS: '1' })
  const url = await running.url
  const pidOf = async (command: string) =>
    JSON.parse((await ask(`${url}/api/v1/${command}`, { method: 'POST' })).text).pid
  const pid = await pidOf('forgetful')
  await running.until(/run.not-found|has no row/)
  await sleep(limits.drainNoticeMs)
  assert.equal(await pidOf('worker'), pid)
  await running.stop()
})
