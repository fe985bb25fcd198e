/** Ports for servers of a run that cannot choose one themselves. */

import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'

/**
 * Below those that systems give to outgoing connections (Linux from 32768, others from 49152): else
 * a connection of anybody's takes the port of a server that has not started yet, or was killed.
 */
const lowest = 20_000
const beyond = 32_000
const triesMax = 1_000

/** Free a moment ago, all different. By chance, not by the seed: runs at the same time differ. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const probes = new Map<number, Server>()
  try {
    for (let tries = 0; probes.size < count; tries++) {
      if (tries === triesMax) throw new Error(`no port from ${lowest} to ${beyond - 1} is free`)
      const port = randomInt(lowest, beyond)
      const probe = await listening(port)
      if (probe !== null) probes.set(port, probe)
    }
    return [...probes.keys()]
  } finally {
    await Promise.all([...probes.values()].map(probe => once(probe.close(), 'close')))
  }
}

/** Null: somebody listens there. */
function listening(port: number): Promise<Server | null> {
  return new Promise(resolve => {
    const probe = createServer()
    probe.once('error', () => resolve(null))
    probe.listen(port, '127.0.0.1', () => resolve(probe))
  })
}
