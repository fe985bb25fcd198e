/** kill -9 of nodes and of their workers at random moments, under a load of writes. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { AttackContext } from '../attack.ts'
import { drill } from '../drill.ts'
import { nowMs } from '../http.ts'
import { deedsOf, lacksDeed, prove } from '../model/deeds.ts'
import { timelineOf } from '../timeline.ts'
import { settle, writer, writerData } from '../writers.ts'

const clients = 24
const pauseMs = 8
const killsMax = 20
const recoveryMsMax = 2_000
/** Of the drill's time; the rest is for settling. */
const killingShare = 0.7

export default drill({
  id: 'kill-node',
  group: 'crash',
  promise: 'data.acid',
  reach: 'kills',
  claim: 'kill -9 of any node loses nothing acknowledged, and the service is back at once',
  explained: {
    does: 'kills nodes and their workers, `kill -9`, at random moments under a load of writes; looks up every write by its event; counts what was acknowledged and is lost, keys with two effects, and how long until the next write is done',
    bar: 'nothing acknowledged is lost, no key has two effects, and the next write is done within 2 s',
    asks: 'an operation that an account may call: a create, or a command',
    seconds: 16,
  },
  needs: lacksDeed,
  clients: { writer },
  async attack(context) {
    const { service, model, load } = context
    const proven = await prove(service, model, deedsOf(model))
    const data = await writerData(proven, pauseMs)
    const running = load(writer, { clients, data })
    await running.reach(clients * 4)
    const kills = await kill(context)
    await running.reach(clients)
    const ledger = await running.stop()
    await service.heal()
    const settled = await settle(service, data, ledger)
    const recoveries = kills.map(atMs => ledger.recoveryMs(atMs) ?? Infinity)
    return {
      attack: `${kills.length} kills at random moments while ${clients} clients send ${proven.deed.name}`,
      size: kills.length,
      inFlight: kills.reduce((sum, atMs) => sum + ledger.inFlightAt(atMs), 0),
      figures: { ...settled, recoveryMs: Math.max(...recoveries) },
      timeline: timelineOf(ledger.entries, kills),
    }
  },
  judge: ({ lost, duplicated, refusedYetDone, unresolved, recoveryMs }) => [
    ...(lost === 0 ? [] : [`${lost} acknowledged writes are lost`]),
    ...(duplicated === 0 ? [] : [`${duplicated} keys had two effects`]),
    ...(refusedYetDone === 0 ? [] : [`${refusedYetDone} refused writes were done`]),
    ...(unresolved === 0 ? [] : [`${unresolved} writes could not be sent again`]),
    ...(recoveryMs <= recoveryMsMax ? [] : [`it took ${recoveryMs} ms to come back`]),
  ],
})

/** One node after the other, whole or only what serves; others serve meanwhile. */
async function kill({ service, random, timeMs, progress, signal }: AttackContext) {
  const untilMs = nowMs() + timeMs * killingShare
  const kills: number[] = []
  while (kills.length < killsMax && (kills.length === 0 || nowMs() < untilMs) && !signal.aborted) {
    await sleep(random.whole(50, 500))
    const node = random.pick(service.nodes)
    const isWhole = random.next() < 0.5
    progress(`kill ${kills.length + 1}: ${isWhole ? 'a node' : 'a worker'} on port ${node.port}`)
    if (isWhole) kills.push(await service.faults.killNode(node))
    else kills.push(service.faults.killWorker(node))
    await service.heal()
  }
  return kills
}
