/** Ports of nodes: free, different, and none that a connection of somebody else could get. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { freePorts } from '../../../src/prove/ports.ts'

test('all differ, and none is one that systems give to outgoing connections', async () => {
  const ports = await freePorts(300)
  assert.equal(new Set(ports).size, 300)
  assert.deepEqual(
    ports.filter(port => port < 20_000 || port >= 32_000),
    [],
  )
})

test('they can be listened on, and the next ones are others', async context => {
  const [first, second] = [await freePorts(20), await freePorts(20)]
  for (const port of first) {
    const server = createServer().listen(port, '127.0.0.1')
    context.after(() => server.close())
    await once(server, 'listening')
  }
  assert.notDeepEqual(first, second)
})
