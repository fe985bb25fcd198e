/** A wire between adapter and server that a test can cut or freeze. */

import { connect, createServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { listenLocally } from '../../support/listen.ts'

interface Proxy {
  /** The server's URL, through the proxy. */
  readonly url: string
  /** From now on nothing passes, and nobody is told. */
  freeze(): void
  close(): Promise<void>
}

export async function startProxy(context: TestContext, serverUrl: string): Promise<Proxy> {
  const server = new URL(serverUrl)
  const sockets = new Set<Socket>()
  const listener = createServer(near => {
    const far = connect(Number(server.port), server.hostname)
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.pipe(to)
      from.on('error', () => to.destroy())
      from.on('close', () => sockets.delete(from))
    }
  })
  const url = new URL(serverUrl)
  url.port = String(await listenLocally(listener))
  const close = async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise(resolve => listener.close(resolve))
  }
  context.after(close)
  const freeze = () => sockets.forEach(socket => socket.unpipe())
  return { url: url.href, freeze, close }
}
