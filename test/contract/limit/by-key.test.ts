/** A limit by key: each API key has its own, exact over nodes, and nobody else is told of it. */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { access, backend, field, identity, resource } from 'mettle'

import { buildModel } from '../../../src/model/build.ts'
import { readConfig } from '../../../src/run/config.ts'
import { createNode, type Node } from '../../../src/run/node.ts'
import { migratedDatabase } from '../../support/model.ts'

const users = identity({ fields: {}, signUp: 'open' })
const notes = resource('notes', {
  fields: { text: field.text() },
  access: { read: access.anyone },
})
const model = buildModel(
  backend('keyed', {
    parts: { users, notes },
    limits: { integrations: { quota: 10, per: '1d', by: 'key' } },
  }),
)
const { url: databaseUrl } = await migratedDatabase(model)

async function open(): Promise<Node> {
  const environment = { PORT: '0', RATE_LIMIT_STORE: 'postgres' }
  const config = readConfig(environment, 'development', '/nonexistent')
  const secret = 'the secret of a test, which guards nothing at all'
  const node = createNode({ model, config, databaseUrl, secret, observe() {}, routes: [] })
  await node.start()
  after(() => node.stop())
  return node
}

const nodes = [await open(), await open()]
const identityOfNode = nodes[0]!.identity!
const email = 'robot@example.com'
await identityOfNode.createServiceUser({ email }, [])

async function keyOf(name: string): Promise<string> {
  return (await identityOfNode.forOperator.createApiKey(email, { name })).key
}

async function ask(at: number, key: string | null, path = '/api/v1/notes') {
  const headers = key === null ? {} : { authorization: `Bearer ${key}` }
  const { port } = nodes[at % nodes.length]!
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers })
  await answer.arrayBuffer()
  return { status: answer.status, policy: answer.headers.get('ratelimit-policy') }
}

test('each key has exactly its quota over both nodes, whoever else asks', async () => {
  const [one, two] = [await keyOf('one'), await keyOf('two')]
  const burst = async (key: string | null) => {
    const answers = await Promise.all(Array.from({ length: 24 }, (_, at) => ask(at, key)))
    return answers.filter(({ status }) => status === 200).length
  }
  assert.deepEqual(await Promise.all([burst(one), burst(two), burst(null)]), [10, 10, 24])
  const { status, policy } = await ask(0, one)
  assert.deepEqual([status, policy], [429, '"default";q=6000;w=60, "integrations";q=10;w=86400'])
  assert.equal((await ask(1, null)).policy, '"default";q=6000;w=60')
})

test('what is asked of an account with a key counts as well', async () => {
  const key = await keyOf('three')
  const told = await ask(0, key, '/auth/me')
  assert.deepEqual(told, {
    status: 200,
    policy: '"default";q=6000;w=60, "integrations";q=10;w=86400',
  })
})
