/** Chooses ports where any would do, so that all workers and all later ones have the same. */

import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Config } from './config.ts'

/** The configuration with free ports instead of 0. */
export async function withPorts(config: Config): Promise<Config> {
  const { port, host, adminPort, adminHost, metricsPort, metricsHost } = config
  return Object.freeze({
    ...config,
    port: await chosen(port, host),
    adminPort: adminPort === null ? null : await chosen(adminPort, adminHost),
    metricsPort: metricsPort === null ? null : await chosen(metricsPort, metricsHost),
  })
}

async function chosen(port: number, host: string): Promise<number> {
  if (port !== 0) return port
  const server = createServer().listen(0, host)
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : port
}
