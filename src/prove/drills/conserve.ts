/** Numbers are moved from row to row while nodes and the database are killed, and added up. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { AttackContext } from '../attack.ts'
import { drill } from '../drill.ts'
import { nowMs } from '../http.ts'
import type { ClientWork } from '../load/client.ts'
import {
  atomic,
  type Bank,
  holdingsIn,
  lacksBank,
  listOf,
  openBank,
  setting,
} from '../model/bank.ts'
import { timelineOf } from '../timeline.ts'

const clients = 16
const rows = 16
const each = 1_000
const pauseMs = 4
const faultsMax = 8
/** Of the drill's time. */
const faultsShare = 0.5
const databaseEvery = 4

/** Every fourth client adds up what there is; the others move it. */
const mover: ClientWork<Bank> = async ({ number, data: bank, random, send, stopping, tell }) => {
  while (!stopping()) {
    const read = await send({ about: 'sum', ...listOf(bank) })
    const held = holdingsIn(bank, read)
    if (read.outcome === 'ok') tell(held.reduce((sum, { value }) => sum + value, 0))
    if (number % 4 !== 0 && held.length > 1) {
      const [from, to] = random.shuffled(held)
      const amount = random.whole(1, 9)
      if (from!.value - amount < bank.least) continue
      const moves = [
        { ...from!, value: from!.value - amount },
        { ...to!, value: to!.value + amount },
      ]
      // In one order, so that no two of them wait for each other.
      const ordered = moves.toSorted((left, right) => (left.id < right.id ? -1 : 1))
      const changes = ordered.map(({ id, value, version }) => setting(bank, id, value, version))
      await send({ about: 'move', ...atomic(bank, changes) })
    }
    await new Promise(resolve => setTimeout(resolve, pauseMs))
  }
}

export default drill({
  id: 'conserve',
  group: 'concurrency',
  promise: 'data.acid',
  reach: 'kills',
  claim:
    'What transactions move from row to row is never more or less, at no moment and after no crash',
  explained: {
    does: 'moves numbers between rows in transactions while nodes and PostgreSQL are killed; counts every sum, read all the time in one list, that is not what there was',
    bar: 'every sum is what there was at first',
    asks: 'a number that somebody may change',
    seconds: 20,
  },
  needs: lacksBank,
  clients: { mover },
  async attack(context) {
    const { service, model, random, load } = context
    const { bank } = await openBank(service, model, random, { rows, each })
    const expected = rows * (bank.least + each)
    const running = load(mover, { clients, data: bank })
    await running.reach(clients * 4)
    const faults = await disturb(context)
    await running.reach(clients * 4)
    const ledger = await running.stop()
    await service.heal()
    const last = holdingsIn(bank, await service.send(listOf(bank)))
    const sums = [...running.facts, last.reduce((sum, { value }) => sum + value, 0)]
    const moves = ledger.entries.filter(({ about }) => about === 'move')
    const moved = moves.filter(({ outcome }) => outcome === 'ok').length
    return {
      attack: `${clients} clients move ${bank.resource}.${bank.field} between ${rows} rows during ${faults.length} kills`,
      size: Math.min(moved, sums.length),
      inFlight: faults.reduce((sum, atMs) => sum + ledger.inFlightAt(atMs), 0),
      figures: {
        moved,
        refused: moves.filter(({ outcome }) => outcome === 'failed').length,
        unknown: moves.filter(({ outcome }) => outcome === 'unknown').length,
        sums: sums.length,
        deviations: sums.filter(sum => sum !== expected).length,
      },
      timeline: timelineOf(ledger.entries, faults),
    }
  },
  judge: ({ sums, deviations }) =>
    deviations === 0 ? [] : [`${deviations} of ${sums} sums are not what there was`],
})

/** Serving processes and nodes are killed in turn with chance, now and then PostgreSQL itself. */
async function disturb({ service, random, timeMs, progress, signal }: AttackContext) {
  const untilMs = nowMs() + timeMs * faultsShare
  const faults: number[] = []
  while (faults.length < faultsMax && !signal.aborted && (faults.length < 2 || nowMs() < untilMs)) {
    await sleep(random.whole(100, 500))
    const node = random.pick(service.nodes)
    const isDatabase = faults.length % databaseEvery === 1
    progress(`kill ${faults.length + 1}: ${isDatabase ? 'PostgreSQL' : `the node on ${node.port}`}`)
    if (isDatabase) faults.push(service.faults.killDatabase())
    else faults.push(await service.faults.killNode(node))
    await service.heal()
  }
  return faults
}
