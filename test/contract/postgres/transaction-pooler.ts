/** A pooler that gives out another server connection for each transaction. */

import { connect, createServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { listenLocally } from './proxy.ts'

/**
 * What PgBouncer does with `pool_mode = transaction`, for servers that trust us: a client has a
 * server connection from its first message until the server is out of a transaction again, and then
 * it goes to the end of the row.
 */
export async function startTransactionPooler(
  context: TestContext,
  serverUrl: string,
  backends: number,
): Promise<string> {
  const server = new URL(serverUrl)
  const free = await Promise.all(Array.from({ length: backends }, () => openBackend(server)))
  const sockets = new Set<Socket>(free)
  const waiting: ((backend: Socket) => void)[] = []
  const release = (backend: Socket) => {
    const next = waiting.shift()
    if (next === undefined) free.push(backend)
    else next(backend)
  }
  const listener = createServer(client => {
    sockets.add(client)
    client.on('error', () => client.destroy())
    serveClient(client, {
      take: use => {
        const backend = free.shift()
        if (backend === undefined) waiting.push(use)
        else use(backend)
      },
      release,
    })
  })
  server.port = String(await listenLocally(listener))
  context.after(() => {
    for (const socket of sockets) socket.destroy()
    listener.close()
  })
  return server.href
}

interface Backends {
  take(use: (backend: Socket) => void): void
  release(backend: Socket): void
}

// The messages of the protocol that the pooler must know.
const readyForQuery = 0x5a
const idle = 0x49
const terminate = 0x58
/** AuthenticationOk and ReadyForQuery. */
const welcome = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, readyForQuery, 0, 0, 0, 5, idle])

function serveClient(client: Socket, backends: Backends): void {
  let backend: Socket | null = null
  let unsent: Buffer[] = []
  const serve = (taken: Socket) => {
    backend = taken
    const read = messageReader((type, body) => {
      if (type !== readyForQuery || body[0] !== idle) return
      taken.off('data', pass)
      backend = null
      backends.release(taken)
    })
    const pass = (answer: Buffer) => {
      client.write(answer)
      read(answer)
    }
    taken.on('data', pass)
    for (const each of unsent) taken.write(each)
    unsent = []
  }
  const forward = (message: Buffer) => {
    if (message[0] === terminate) client.destroy()
    else if (backend !== null) backend.write(message)
    else if (unsent.push(message) === 1) backends.take(serve)
  }
  client.once('data', () => {
    client.write(welcome)
    client.on('data', forward)
  })
}

/** Splits the server's bytes into messages. */
function messageReader(take: (type: number, body: Buffer) => void): (bytes: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0)
  return bytes => {
    rest = Buffer.concat([rest, bytes])
    while (rest.length >= 5 && rest.length > rest.readUInt32BE(1)) {
      const length = 1 + rest.readUInt32BE(1)
      take(rest[0] ?? 0, rest.subarray(5, length))
      rest = rest.subarray(length)
    }
  }
}

async function openBackend(server: URL): Promise<Socket> {
  const { promise, resolve } = Promise.withResolvers<Socket>()
  const socket = connect(Number(server.port), server.hostname)
  const parameters = `user\0${server.username}\0database\0${server.pathname.slice(1)}\0\0`
  const startup = Buffer.alloc(8 + parameters.length)
  startup.writeUInt32BE(startup.length, 0)
  startup.writeUInt32BE(196_608, 4)
  startup.write(parameters, 8)
  socket.write(startup)
  const read = messageReader(type => {
    if (type !== readyForQuery) return
    socket.removeAllListeners('data')
    resolve(socket)
  })
  socket.on('data', read)
  socket.on('error', () => socket.destroy())
  return promise
}
