/** Ends a listening server so that no client loses a request over it. */

import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

interface DrainLimits {
  readonly drainNoticeMs: number
  readonly drainUnseenMs: number
  readonly drainMs: number
}

/**
 * Knows the server's connections from now on. The returned function drains it, once its answers say
 * `connection: close`, and resolves when the last connection is closed.
 */
export function prepareDrain(
  server: Server,
  { drainNoticeMs, drainUnseenMs, drainMs }: DrainLimits,
): () => Promise<void> {
  const sockets = new Set<Socket>()
  let allGone: (() => void) | null = null
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => {
      sockets.delete(socket)
      if (sockets.size === 0) allGone?.()
    })
  })

  /**
   * A connection that is closed while its client sends the next request fails that request. So the
   * clients hear of it first, and most connections end by themselves. That none is open just now
   * says nothing of a balancer, which looks now and then and may be about to connect.
   */
  async function notice(): Promise<void> {
    await sleep(drainUnseenMs)
    if (sockets.size === 0) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, drainNoticeMs - drainUnseenMs)
    allGone = resolve
    await promise
    clearTimeout(timer)
  }

  return async () => {
    await notice()
    const closed = new Promise<void>(resolve => server.close(() => resolve()))
    // a client that has only just connected is about to send: it is answered, if it does so soon
    const unused = setTimeout(() => {
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy()
    }, drainNoticeMs)
    const cut = setTimeout(() => server.closeAllConnections(), drainMs)
    await closed
    clearTimeout(unused)
    clearTimeout(cut)
  }
}
