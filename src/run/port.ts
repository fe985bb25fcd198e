/** Chooses a port where any would do, so that all workers and all later ones have the same. */

import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Config } from './config.ts'

/** The configuration with a free port instead of 0. */
export async function withPort(config: Config): Promise<Config> {
  if (config.port !== 0) return config
  const server = createServer().listen(0, config.host)
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null
    ? Object.freeze({ ...config, port: address.port })
    : config
}
