/** Every node is drained and started again, in turn, while clients read and write. */

import { drill } from '../drill.ts'
import { nowMs } from '../http.ts'
import type { Entry } from '../ledger.ts'
import type { ClientWork } from '../load/client.ts'
import { deedsOf, lacksDeed, prove } from '../model/deeds.ts'
import { inputOf } from '../model/values.ts'
import { timelineOf } from '../timeline.ts'
import { writerData, type WriterData, writersMax } from '../writers.ts'

const clients = 24
const pauseMs = 5
const rounds = 2

/** Half of the requests write, half of them read; half of the clients keep their connection. */
const visitor: ClientWork<WriterData> = async ({ number, data, send, stopping }) => {
  const { path, headers, recipe, pauseMs: restMs } = data
  for (let turn = 0; !stopping(); turn++) {
    const body = inputOf(recipe, number + turn * writersMax)
    if (turn % 2 === 0) await send({ about: 'write', path, headers, body })
    else await send({ about: 'read', path: '/openapi.json', headers })
    await new Promise(resolve => setTimeout(resolve, restMs))
  }
}

export default drill({
  id: 'rolling',
  group: 'release',
  promise: 'operate.deploy',
  reach: 'kills',
  claim: 'A rolling restart fails no request',
  explained: {
    does: 'drains every node and starts it again, twice in turn, while clients read and write on kept and on fresh connections; counts requests that failed',
    bar: 'no request fails',
    asks: 'an operation that an account may call: a create, or a command',
    seconds: 12,
  },
  needs: lacksDeed,
  clients: { visitor },
  async attack({ service, model, load, progress }) {
    const { nodes } = service
    const proven = await prove(service, model, deedsOf(model))
    const data = await writerData(proven, pauseMs)
    const running = load(visitor, { clients, data, fresh: true })
    await running.reach(clients * 4)
    const stops: number[] = []
    const drainsMs: number[] = []
    for (let round = 1; round <= rounds; round++) {
      for (const node of nodes) {
        progress(`round ${round}: restarting the node on port ${node.port}`)
        const atMs = nowMs()
        stops.push(atMs)
        await node.drain()
        drainsMs.push(Math.round(nowMs() - atMs))
        await service.heal()
      }
    }
    await running.reach(clients * 2)
    const ledger = await running.stop()
    const { entries } = ledger
    const failed = entries.filter(({ outcome, status }) => outcome !== 'ok' && status !== 409)
    return {
      attack: `${stops.length} nodes drained and started again while ${clients} clients read and send ${proven.deed.name}`,
      size: entries.length,
      inFlight: stops.reduce((sum, atMs) => sum + ledger.inFlightAt(atMs), 0),
      figures: {
        requests: entries.length,
        failed: failed.length,
        withoutAnswer: failed.filter(({ status }) => status === null).length,
        restarts: stops.length,
        shortestDrainMs: Math.min(...drainsMs),
        longestDrainMs: Math.max(...drainsMs),
        found:
          failed
            .slice(0, 5)
            .map(entry => describe(entry, stops))
            .join(', ') || 'nothing',
      },
      timeline: timelineOf(entries, stops),
    }
  },
  judge: ({ failed, requests, found }) =>
    failed === 0 ? [] : [`${failed} of ${requests} requests failed: ${found}`],
})

/** What failed, on which kind of connection, and how long after the last stop it was sent. */
function describe(entry: Entry, stops: readonly number[]): string {
  const { about, client, code, status, sentMs, endedMs } = entry
  const lastMs = stops.findLast(atMs => atMs < sentMs) ?? sentMs
  const connection = client % 2 === 1 ? 'fresh' : 'kept'
  const when = `sent ${Math.round(sentMs - lastMs)} ms after a stop`
  return `${about} on a ${connection} connection, ${when}: ${code ?? status} after ${Math.round(endedMs - sentMs)} ms`
}
