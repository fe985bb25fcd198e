/** A follower reads the log while transactions commit late, roll back and overtake each other. */

import { setTimeout as sleep } from 'node:timers/promises'
import { drill } from '../drill.ts'
import type { Followed } from '../followed.ts'
import { deedsOf, lacksDeed, prove } from '../model/deeds.ts'
import { silentCascades } from '../model/cascades.ts'
import type { Records } from '../records.ts'
import { startStragglers } from '../stragglers.ts'
import { settle, writer, writerData } from '../writers.ts'

const clients = 16
const pauseMs = 4
/** Of the drill's time. */
const share = 0.35
/** As long as a few slow transactions take, however short the time is. */
const underWayMsMin = 3_000

export default drill({
  id: 'outbox-gap',
  group: 'delivery',
  promise: 'async.log',
  reach: 'reads',
  claim: 'Every committed change reaches whoever follows the log, and nothing that was rolled back',
  explained: {
    does: "follows the log, with the reader that Mettle's own consumers use, between slow transactions that commit late or roll back; counts events missed, repeated or never committed, acknowledged changes without an event, and rows that went with another, or lost their reference to it, and had none",
    bar: 'what was committed was heard once, in order, and nothing else was',
    asks: 'an operation that an account may call: a create, or a command',
    seconds: 15,
  },
  needs: lacksDeed,
  clients: { writer },
  async attack({ service, model, load, follow, random, timeMs, progress }) {
    const { records } = service
    const proven = await prove(service, model, deedsOf(model))
    const data = await writerData(proven, pauseMs)
    const first = await lastPosition(records)
    const follower = follow(first)
    const stragglers = startStragglers(records, random, `prove-${random.word(12)}`)
    progress(`${clients} clients send ${proven.deed.name} between slow transactions`)
    const running = load(writer, { clients, data })
    await running.reach(clients * 4)
    await sleep(Math.max(underWayMsMin, timeMs * share))
    const ledger = await running.stop()
    const slow = await stragglers.stop()
    const settled = await settle(service, data, ledger)
    const cascades = await silentCascades(service, model)
    const last = await lastPosition(records)
    await follower.upTo(last)
    const committed = await positionsIn(records, first, last)
    const delivered = follower.events.map(({ position }) => position)
    const given = new Set(delivered)
    const traces = new Set(follower.events.map(({ trace }) => trace))
    return {
      attack: `a follower reads while ${clients} clients send ${proven.deed.name} and ${slow.committed + slow.rolledBack} slow transactions end, ${slow.rolledBack} of them rolled back`,
      size: committed.length,
      inFlight: slow.committed,
      figures: {
        committed: committed.length,
        delivered: delivered.length,
        missing: committed.filter(position => !given.has(position)).length,
        twice: delivered.length - given.size,
        neverCommitted: delivered.length - committed.filter(each => given.has(each)).length,
        ackedUnheard: ledger.with('ok').filter(({ trace }) => !traces.has(trace)).length,
        refusedHeard: ledger.with('failed').filter(({ trace }) => traces.has(trace)).length,
        lost: settled.lost,
        cascades: cascades.tried,
        silentCascades: cascades.silent,
        backwards: backwards(follower.events),
      },
    }
  },
  judge: figures => [
    ...(figures.missing === 0
      ? []
      : [`${figures.missing} of ${figures.committed} events were missed`]),
    ...(figures.twice === 0 ? [] : [`${figures.twice} events came twice`]),
    ...(figures.neverCommitted === 0 ? [] : [`${figures.neverCommitted} events never happened`]),
    ...(figures.ackedUnheard === 0
      ? []
      : [`${figures.ackedUnheard} acknowledged changes had no event`]),
    ...(figures.refusedHeard === 0 ? [] : [`${figures.refusedHeard} refused changes had an event`]),
    ...(figures.silentCascades === 0
      ? []
      : [
          `${figures.silentCascades} rows went with another, or lost their reference to it, and had no event`,
        ]),
    ...(figures.backwards === 0 ? [] : [`${figures.backwards} times the order went back`]),
  ],
})

function lastPosition(records: Records): Promise<number> {
  return records.count('select coalesce(max("position"), 0) from "mettle"."events"')
}

async function positionsIn(records: Records, after: number, upTo: number) {
  const text = 'select "position" from "mettle"."events" where "position" > $1 and "position" <= $2'
  const rows = await records.query(text, [String(after), String(upTo)])
  return rows.map(([position]) => Number(position))
}

function backwards(events: readonly Followed[]): number {
  return events.filter(({ position }, at) => position <= (events[at - 1]?.position ?? 0)).length
}
