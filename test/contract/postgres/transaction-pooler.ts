/** A pooler that gives out another server connection for each transaction. */

import { createServer, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TestContext } from 'node:test'
import { Client } from 'pg'
import { listenLocally } from '../../support/listen.ts'

/**
 * What PgBouncer does with `pool_mode = transaction`, and no password: a client has a
 * server connection from its first message until the server is out of a transaction again, and then
 * it goes to the end of the row.
 */
export async function startTransactionPooler(
  context: TestContext,
  serverUrl: string,
  backends: number,
): Promise<string> {
  const server = new URL(serverUrl)
  const free = await Promise.all(Array.from({ length: backends }, () => openBackend(serverUrl)))
  const sockets = new Set<Duplex>(free)
  const waiting: ((backend: Duplex) => void)[] = []
  const release = (backend: Duplex) => {
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
  take(use: (backend: Duplex) => void): void
  release(backend: Duplex): void
}

// The messages of the protocol that the pooler must know.
const readyForQuery = 0x5a
const idle = 0x49
const terminate = 0x58
/** AuthenticationOk and ReadyForQuery. */
const welcome = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, readyForQuery, 0, 0, 0, 5, idle])

function serveClient(client: Socket, backends: Backends): void {
  let backend: Duplex | null = null
  let unsent: Buffer[] = []
  const serve = (taken: Duplex) => {
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

/** Lets `pg` sign in, and takes the wire from it. */
async function openBackend(serverUrl: string): Promise<Duplex> {
  const client = new Client({ connectionString: serverUrl })
  client.on('error', () => {})
  await client.connect()
  return client.connection.stream.removeAllListeners('data')
}
