/** Few rows, many who change them on every node, kills between, and a follower of the log. */

import { setTimeout as sleep } from 'node:timers/promises'
import { quoteName } from '../../base/quote.ts'
import type { AttackContext } from '../attack.ts'
import { drill } from '../drill.ts'
import type { Followed } from '../followed.ts'
import type { ClientWork } from '../load/client.ts'
import { atomic, type Bank, lacksBank, openBank, patching, setting } from '../model/bank.ts'

const clients = 24
const rows = 40
const rowsAtOnce = 3
const room = 1_000
const transactionShare = 0.3
const pauseMs = 2
/** Of the drill's time, before and after the kills. */
const share = 0.15

/** Changes one row, or several in a transaction; what fails is followed by another try. */
const changer: ClientWork<Bank> = async ({ data: bank, random, send, stopping }) => {
  while (!stopping()) {
    const value = bank.least + random.whole(1, room)
    const ids = random.shuffled(bank.ids).slice(0, rowsAtOnce)
    const isTransaction = random.next() < transactionShare
    const request = isTransaction
      ? atomic(
          bank,
          ids.map(id => setting(bank, id, value)),
        )
      : patching(bank, ids[0]!, value)
    await send({ about: 'change', ...request })
    await new Promise(resolve => setTimeout(resolve, pauseMs))
  }
}

export default drill({
  id: 'order',
  group: 'delivery',
  promise: 'async.log',
  reach: 'kills',
  claim: 'The events of a row come in the order of its changes, none twice and none left out',
  explained: {
    does: 'changes few rows from many clients, kills a node and the follower of the log on the way; counts events before older ones of their row, repeated and skipped versions',
    bar: 'no event comes before an older one of its row, none twice, none is left out',
    asks: 'a number that somebody may change',
    seconds: 15,
  },
  needs: lacksBank,
  clients: { changer },
  async attack(context) {
    const { service, model, random, load, follow, timeMs } = context
    const { bank, resource } = await openBank(service, model, random, { rows, each: room })
    const first = await lastPosition(context)
    const running = load(changer, { clients, data: bank })
    const before = follow(first)
    await running.reach(clients * 4)
    await sleep(timeMs * share)
    service.faults.killWorker(random.pick(service.nodes))
    before.kill()
    // Whoever reads the log goes on behind the last event that it was given.
    const after = follow(before.events.at(-1)?.position ?? first)
    await service.heal()
    await running.reach(clients * 2)
    await sleep(timeMs * share)
    const ledger = await running.stop()
    await after.upTo(await lastPosition(context))
    const keys = new Set(bank.ids)
    const events = [...before.events, ...after.events].filter(({ key }) => keys.has(key))
    const middle = ledger.entries[Math.floor(ledger.entries.length / 2)]
    return {
      attack: `${clients} clients change ${rows} rows of ${resource.name} on ${service.nodes.length} nodes; a node and the follower are killed on the way`,
      size: events.length,
      inFlight: ledger.inFlightAt(middle?.endedMs ?? 0),
      figures: {
        changes: ledger.with('ok').length,
        events: events.length,
        keys: new Set(events.map(({ key }) => key)).size,
        ...disorder(events),
        unheard: await versionsUnheard(context, resource.table, bank, events),
      },
    }
  },
  judge: ({ events, inversions, repeated, skipped, unheard }) => [
    ...(inversions === 0 ? [] : [`${inversions} of ${events} events came before an older one`]),
    ...(repeated === 0 ? [] : [`${repeated} events came twice`]),
    ...(skipped === 0 ? [] : [`${skipped} versions were skipped`]),
    ...(unheard === 0 ? [] : [`${unheard} rows are newer than what was heard of them`]),
  ],
})

/** Every version of a row comes once, one after the other. */
function disorder(events: readonly Followed[]) {
  const last = new Map<string, number>()
  let [inversions, repeated, skipped] = [0, 0, 0]
  for (const { key, version } of events) {
    const before = last.get(key)
    if (before !== undefined && version < before) inversions += 1
    if (before !== undefined && version === before) repeated += 1
    if (before !== undefined && version > before + 1) skipped += 1
    last.set(key, Math.max(before ?? 0, version))
  }
  return { inversions, repeated, skipped }
}

/** Rows whose version is not that of their last event. */
async function versionsUnheard(
  { service }: AttackContext,
  table: string,
  { ids }: Bank,
  events: readonly Followed[],
): Promise<number> {
  const heard = new Map(events.map(({ key, version }) => [key, version]))
  const text = `select "id", "version" from ${quoteName(table)} where "id" = any($1::uuid[])`
  const stored = await service.records.query(text, [ids])
  return stored.filter(([id, version]) => {
    const last = heard.get(String(id))
    return last !== undefined && last !== Number(version)
  }).length
}

function lastPosition({ service }: AttackContext): Promise<number> {
  return service.records.count('select coalesce(max("position"), 0) from "mettle"."events"')
}
