/** A connection on which a client does what no library would: byte by byte, or never to the end. */

import { connect, type Socket } from 'node:net'

export interface Wire {
  /** Resolves when there is room for more, and at once when the connection is closed. */
  write(bytes: string | Uint8Array): Promise<void>
  /** Of the first answer; null while there is none. */
  readonly status: number | null
  readonly isClosed: boolean
  /** Resolves when the other side has ended or cut the connection, or `destroy` did. */
  readonly closed: Promise<void>
  /** Reads no more: what comes stays with the sender. */
  pause(): void
  destroy(): void
}

/** Resolves when it is connected. Rejects when nobody takes the connection. */
export async function openWire(url: string): Promise<Wire> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), noDelay: true })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  return follow(socket)
}

const statusLine = /^HTTP\/1\.1 (\d{3})/

function follow(socket: Socket): Wire {
  let head = ''
  const closed = new Promise<void>(resolve => {
    socket.once('close', () => resolve())
    socket.once('end', () => resolve())
  })
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk: Buffer) => {
    if (head.length < 12) head += chunk.toString('latin1')
  })
  return {
    async write(bytes) {
      if (!socket.writable || socket.write(bytes)) return
      const roomy = new Promise<void>(resolve => socket.once('drain', resolve))
      await Promise.race([roomy, closed])
    },
    get status() {
      const found = statusLine.exec(head)?.[1]
      return found === undefined ? null : Number(found)
    },
    get isClosed() {
      return socket.readableEnded || socket.destroyed
    },
    closed,
    pause: () => socket.pause(),
    destroy: () => socket.destroy(),
  }
}
