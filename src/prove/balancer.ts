/**
 * A small TCP balancer in front of the nodes: asks each whether it is ready, and can delay, cut and
 * half-close what passes.
 */

import { request } from 'node:http'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Balancer {
  readonly port: number
  /** Every chunk waits this long on its way to a node. */
  delay(ms: number): void
  /** Resets every connection that passes now; resolves to how many there were. */
  cut(): number
  /** Ends the clients' direction of every connection; answers still come back. */
  halfClose(): number
  /** Ports of the nodes that said they were ready at the last look. */
  ready(): readonly number[]
  close(): Promise<void>
}

const lookMs = 100
const lookMsMax = 1_000

interface Link {
  readonly client: Socket
  readonly node: Socket
}

/** `ports` are of nodes on 127.0.0.1. A connection goes to the next one that is ready. */
export async function openBalancer(ports: readonly number[]): Promise<Balancer> {
  const links = new Set<Link>()
  const ready = new Set<number>()
  const closing = new AbortController()
  let turn = 0
  let delayMs = 0

  /** Those that are ready come first: while none is, any may have become it since the last look. */
  function candidates(): number[] {
    turn += 1
    const turned = [...ports.slice(turn % ports.length), ...ports.slice(0, turn % ports.length)]
    return [...turned.filter(port => ready.has(port)), ...turned.filter(port => !ready.has(port))]
  }

  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, client => {
    client.on('error', () => client.destroy())
    void admit(client)
  })

  async function admit(client: Socket): Promise<void> {
    const node = await reach(candidates())
    if (node === null) {
      client.resetAndDestroy()
      return
    }
    const link = { client, node }
    links.add(link)
    for (const side of [client, node]) side.once('close', () => links.delete(link))
    join(client, node, () => delayMs)
    join(node, client, () => 0)
    client.resume()
  }

  await listening(server)
  const looking = look(ports, ready, closing.signal)
  return {
    port: portOf(server),
    delay: ms => (delayMs = ms),
    cut() {
      for (const { client, node } of links) {
        client.resetAndDestroy()
        node.resetAndDestroy()
      }
      return links.size
    },
    halfClose() {
      for (const { node } of links) node.end()
      return links.size
    },
    ready: () => ports.filter(port => ready.has(port)),
    async close() {
      closing.abort()
      for (const { client, node } of links) for (const side of [client, node]) side.destroy()
      await Promise.all([looking, new Promise(resolve => server.close(resolve))])
    },
  }
}

/** The first that takes the connection. */
async function reach(ports: readonly number[]): Promise<Socket | null> {
  for (const port of ports) {
    const node = await attempt(port)
    if (node !== null) return node
  }
  return null
}

function attempt(port: number): Promise<Socket | null> {
  return new Promise(resolve => {
    const node = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    node.once('connect', () => resolve(node))
    node.on('error', () => {
      node.destroy()
      resolve(null)
    })
  })
}

/** One direction. What breaks on one side breaks on the other: nobody waits for the dead. */
function join(from: Socket, to: Socket, delayMs: () => number): void {
  const pass = (act: () => void) => {
    const ms = delayMs()
    if (ms === 0) act()
    else setTimeout(act, ms)
  }
  from.on('data', (chunk: Buffer) =>
    pass(() => {
      // who does not read holds back who writes, as without a balancer
      if (to.writable && !to.write(chunk)) from.pause()
    }),
  )
  to.on('drain', () => from.resume())
  from.once('end', () => pass(() => to.end()))
  from.once('close', hadError => {
    if (hadError || !from.readableEnded) to.resetAndDestroy()
  })
}

async function look(
  ports: readonly number[],
  ready: Set<number>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await Promise.all(
      ports.map(async port => {
        if (await isReady(port, signal)) ready.add(port)
        else ready.delete(port)
      }),
    )
    await sleep(lookMs, null, { signal }).catch(() => null)
  }
}

function isReady(port: number, signal: AbortSignal): Promise<boolean> {
  return new Promise(resolve => {
    const asked = request(
      { host: '127.0.0.1', port, path: '/health/ready', agent: false, timeout: lookMsMax, signal },
      response => {
        response.resume()
        resolve(response.statusCode === 200)
      },
    )
    asked.once('timeout', () => asked.destroy())
    asked.once('error', () => resolve(false))
    asked.end()
  })
}

function listening(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
