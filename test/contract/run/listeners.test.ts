/** Health and metrics apart from the public, and who may come in where. */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { access, backend, field, resource } from 'mettle'

import { buildModel } from '../../../src/model/build.ts'
import { readConfig } from '../../../src/run/config.ts'
import { metricsReaders } from '../../../src/run/listeners.ts'
import { metricsRoute } from '../../../src/run/metrics-route.ts'
import { createNode } from '../../../src/run/node.ts'
import { migratedDatabase } from '../../support/model.ts'

const notes = resource('notes', {
  fields: { text: field.text() },
  access: { read: access.anyone },
})
const model = buildModel(backend('doors', { parts: { notes } }))
const stopping: { stop(): Promise<void> }[] = []
after(() => Promise.all(stopping.map(each => each.stop())))
const { url: databaseUrl } = await migratedDatabase(model)

async function open(environment: Readonly<Record<string, string>>) {
  const config = readConfig({ PORT: '0', ...environment }, 'development', '/nonexistent')
  const secret = 'the secret of a test, which guards nothing at all'
  const routes = [metricsRoute(() => Promise.resolve('figures'), metricsReaders(config))]
  const node = createNode({ model, config, databaseUrl, secret, observe() {}, routes })
  stopping.push(node)
  await node.start()
  return node
}

type Node = Awaited<ReturnType<typeof open>>
const paths = ['/api/v1/notes', '/health/ready', '/metrics']

/** The statuses of `paths` at each of the listeners, null where there is none. */
async function statuses(node: Node, headers: Readonly<Record<string, string>> = {}) {
  const at = async (name: 'public' | 'admin' | 'metrics') => {
    const port = node.portOf(name)
    if (port === null) return null
    const answers = paths.map(path => fetch(`http://127.0.0.1:${port}${path}`, { headers }))
    return (await Promise.all(answers)).map(({ status }) => status)
  }
  return [await at('public'), await at('admin'), await at('metrics')]
}

test('unless told, one port answers everything', async () => {
  assert.deepEqual(await statuses(await open({})), [[200, 200, 200], null, null])
})

test('an admin port takes health and metrics away from the public', async () => {
  const apart = await open({ ADMIN_PORT: '0' })
  assert.deepEqual(await statuses(apart), [[200, 404, 404], [404, 200, 200], null])
})

test('a metrics port takes the metrics, and each of three has its own', async () => {
  const metrics = await open({ METRICS_PORT: '0' })
  assert.deepEqual(await statuses(metrics), [[200, 200, 404], null, [404, 404, 200]])
  const three = await open({ ADMIN_PORT: '0', METRICS_PORT: '0' })
  assert.deepEqual(await statuses(three), [
    [200, 404, 404],
    [404, 200, 404],
    [404, 404, 200],
  ])
})

test('each listener admits its own networks, by the address that can be believed', async () => {
  const node = await open({
    ADMIN_PORT: '0',
    TRUSTED_PROXIES: '127.0.0.1',
    DENIED_NETWORKS: '203.0.113.0/24',
    ADMIN_ALLOWED_NETWORKS: '10.0.0.0/8',
  })
  const from = (address: string) => statuses(node, { 'x-forwarded-for': address })
  assert.deepEqual(await from('203.0.113.7'), [[403, 403, 403], [403, 403, 403], null])
  assert.deepEqual(await from('198.51.100.7'), [[200, 404, 404], [403, 403, 403], null])
  // whom the list names needs no token for the metrics
  assert.deepEqual(await from('10.1.2.3'), [[200, 404, 404], [404, 200, 200], null])
  // what a client writes himself stands left of what the proxy adds
  assert.deepEqual(await from('10.1.2.3, 203.0.113.7'), [[403, 403, 403], [403, 403, 403], null])
  const refused = await fetch(`http://127.0.0.1:${node.port}/`, {
    headers: { 'x-forwarded-for': '203.0.113.7' },
  })
  assert.equal(((await refused.json()) as { code: string }).code, 'wire.foreign-network')
  assert.ok(refused.headers.get('x-content-type-options'))
})

test('while the public listener drains, the admin port says that it does', async () => {
  const node = await open({ ADMIN_PORT: '0' })
  const idle = await fetch(`http://127.0.0.1:${node.port}/api/v1/notes`)
  assert.equal(idle.status, 200)
  const ready = `http://127.0.0.1:${node.portOf('admin')}/health/ready`
  const live = `http://127.0.0.1:${node.portOf('admin')}/health/live`
  const before = await fetch(ready)
  assert.equal(before.status, 200)
  const stopped = node.stop()
  assert.equal((await fetch(ready)).status, 503)
  assert.equal((await fetch(live)).status, 200)
  await stopped
  await assert.rejects(fetch(live))
})
