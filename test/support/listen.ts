/** Servers of tests, on a free port of this machine. */

import type { Server } from 'node:net'

/** Resolves to the free port of 127.0.0.1 that it listens on. */
export async function listenLocally(server: Server): Promise<number> {
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('not listening on a port')
  return address.port
}
