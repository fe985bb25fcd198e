/** The balancer before nodes: whom it asks, what it passes on, and the faults that it makes. */

import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import { connect, createServer as createTcpServer } from 'node:net'
import { after, test, type TestContext } from 'node:test'
import { once } from 'node:events'
import { type Balancer, openBalancer } from '../../../src/prove/balancer.ts'
import { createSender } from '../../../src/prove/http.ts'
import { listenLocally } from '../../support/listen.ts'
import { eventually } from '../../support/running.ts'

interface Fake {
  readonly port: number
  readonly server: Server
  ready: boolean
}

/** A node that answers its name, and says of itself what the test wants. */
async function fakeNode(name: string): Promise<Fake> {
  const server = createServer((request, response) => {
    if (request.url === '/health/ready') response.statusCode = fake.ready ? 200 : 503
    response.end(name)
  })
  const port = await listenLocally(server)
  const fake: Fake = { port, server, ready: true }
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  return fake
}

async function balance(context: TestContext, nodes: readonly Fake[]): Promise<Balancer> {
  const balancer = await openBalancer(nodes.map(({ port }) => port))
  context.after(() => balancer.close())
  await eventually(
    async () => balancer.ready().length,
    count => count === nodes.filter(({ ready }) => ready).length,
  )
  return balancer
}

function ask(context: TestContext, { port }: Balancer) {
  const sender = createSender({ url: `http://127.0.0.1:${port}`, keepAlive: false })
  context.after(() => sender.close())
  return async () => sender.send({ path: '/' })
}

test('takes turns among the nodes that are ready', async context => {
  const nodes = [await fakeNode('one'), await fakeNode('two')]
  const balancer = await balance(context, nodes)
  const send = ask(context, balancer)
  const names = await Promise.all([send(), send(), send(), send()])
  assert.deepEqual(names.map(({ text }) => text).toSorted(), ['one', 'one', 'two', 'two'])
  nodes[0]!.ready = false
  await eventually(
    async () => balancer.ready(),
    ready => ready.length === 1,
  )
  for (let count = 0; count < 4; count++) assert.equal((await send()).text, 'two')
})

test('asks the next node where one does not take the connection', async context => {
  const nodes = [await fakeNode('one'), await fakeNode('two')]
  const balancer = await balance(context, nodes)
  nodes[0]!.server.close()
  const send = ask(context, balancer)
  for (let count = 0; count < 4; count++) assert.equal((await send()).text, 'two')
})

test('a request whose node dies is told so at once, with an unknown outcome', async context => {
  const node = await fakeNode('one')
  const balancer = await balance(context, [node])
  node.server.removeAllListeners('request')
  node.server.on('request', request => request.socket.destroy())
  const reply = await ask(context, balancer)()
  assert.equal(reply.outcome, 'unknown')
  assert.equal(reply.status, null)
})

test('delays, and cuts what passes', async context => {
  const balancer = await balance(context, [await fakeNode('one')])
  const send = ask(context, balancer)
  balancer.delay(80)
  const slow = await send()
  assert.ok(slow.endedMs - slow.sentMs >= 80)
  await eventually(
    async () => balancer.cut(),
    count => count === 0,
  )
  balancer.delay(5_000)
  const waiting = send()
  await eventually(
    async () => balancer.cut(),
    count => count > 0,
  )
  assert.equal((await waiting).outcome, 'unknown')
})

test('half-closes: the end comes through, and the answer still comes back', async context => {
  const server = createTcpServer({ allowHalfOpen: true }, socket => {
    socket.on('error', () => {})
    socket.on('data', () => {})
    socket.once('end', () => socket.end('late'))
  })
  const port = await listenLocally(server)
  context.after(() => server.close())
  const balancer = await openBalancer([port])
  context.after(() => balancer.close())
  const client = connect(balancer.port, '127.0.0.1')
  client.setEncoding('utf8')
  client.write('hello')
  await eventually(
    async () => balancer.halfClose(),
    count => count > 0,
  )
  const [answer] = await once(client, 'data')
  assert.equal(answer, 'late')
})

test('holds a node back whose client does not read', async context => {
  const much = 2 ** 28
  let sent = 0
  const chunk = Buffer.alloc(2 ** 20)
  const server = createTcpServer(socket => {
    socket.on('error', () => {})
    const send = () => {
      while (sent < much) {
        sent += chunk.length
        if (!socket.write(chunk)) return
      }
    }
    socket.on('drain', send)
    // the balancer's own looks ask for something else
    socket.on('data', asked => asked.toString() === 'much' && send())
  })
  const port = await listenLocally(server)
  context.after(() => server.close())
  const balancer = await openBalancer([port])
  context.after(() => balancer.close())
  const client = connect(balancer.port, '127.0.0.1').pause()
  context.after(() => client.destroy())
  client.write('much')
  // until nothing more is taken
  let before = -1
  await eventually(
    async () => {
      const grown = sent > before
      before = sent
      await new Promise(resolve => setTimeout(resolve, 200))
      return grown
    },
    grown => !grown && sent > 0,
  )
  assert.ok(sent < much / 4, `${sent} bytes stand in the balancer`)
})
