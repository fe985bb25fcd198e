/** What a backend says of itself, and the setting that takes it away. */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import shop from '../../../examples/shop/backend.ts'
import { buildModel } from '../../../src/model/build.ts'
import { readConfig } from '../../../src/run/config.ts'
import { createNode } from '../../../src/run/node.ts'
import { migratedDatabase } from '../../support/model.ts'

const model = buildModel(shop)
const { url: databaseUrl } = await migratedDatabase(model)
const secret = 'the secret of a test, which guards nothing at all'
const paths = ['/docs', '/openapi.json', '/collection.json']

async function openNode(docs: string): Promise<string> {
  const settings = { PORT: '0', DOCS: docs, PUBLIC_URL: 'http://localhost:4321' }
  const config = readConfig(settings, 'development', '/nonexistent')
  const node = createNode({ model, config, databaseUrl, secret, observe() {}, routes: [] })
  await node.start()
  after(() => node.stop())
  return `http://127.0.0.1:${node.port}`
}

test('page, document and collection are there, compressed or not', async () => {
  const url = await openNode('on')
  for (const path of paths) {
    for (const coding of ['identity', 'br']) {
      const answer = await fetch(url + path, { headers: { 'accept-encoding': coding } })
      assert.equal(answer.status, 200, path)
      const policy = answer.headers.get('content-security-policy')!
      assert.equal(policy.includes('script-src'), path === '/docs', `${path} ${coding}`)
      assert.ok((await answer.text()).length > 1_000)
    }
  }
  const collection = await (await fetch(`${url}/collection.json`)).text()
  assert.match(collection, /"baseUrl","value":"http:\/\/localhost:4321"/)
  assert.match(await (await fetch(url)).text(), /"docs":"\/docs"/)
})

test('switched off, none is', async () => {
  const url = await openNode('off')
  for (const path of paths) assert.equal((await fetch(url + path)).status, 404, path)
  assert.doesNotMatch(await (await fetch(url)).text(), /docs|openapi/)
})
