/** Transactions that want the same rows in crossing orders, and circles that the runner closes. */

import type { AttackContext } from '../attack.ts'
import { drill } from '../drill.ts'
import type { Reply } from '../http.ts'
import type { ClientWork } from '../load/client.ts'
import { holding } from '../locks.ts'
import type { ResourceModel } from '../../model/model.ts'
import { atomic, type Bank, lacksBank, openBank, patching, setting } from '../model/bank.ts'

const clients = 32
const rows = 4
const rowsOfEach = 3
const room = 1_000
const circles = 5
/** Of the drill's time. */
const share = 0.3
/** A transaction is tried a few times; where more than this share is refused nobody is served. */
const refusedShareMax = 0.25

/** Every fourth client wants one hot row; the others several, each time in another order. */
const crosser: ClientWork<Bank> = async ({ number, data: bank, random, send, stopping }) => {
  while (!stopping()) {
    const value = bank.least + random.whole(1, room)
    if (number % 4 === 0) await send({ about: 'hot', ...patching(bank, bank.ids[0]!, value) })
    else {
      const ids = random.shuffled(bank.ids).slice(0, rowsOfEach)
      const changes = ids.map(id => setting(bank, id, value))
      await send({ about: 'crossing', ...atomic(bank, changes) })
    }
  }
}

export default drill({
  id: 'deadlock',
  group: 'concurrency',
  promise: 'data.lock',
  reach: 'plants',
  claim: 'Locks that cross are sorted out by short retries, and nobody gets an error of the server',
  explained: {
    does: 'closes circles of locks around transactions of the backend, then lets 32 clients change the same rows in crossing orders; counts errors of the server and transactions that were not tried again',
    bar: 'all circles end with the transaction done, none with an error of the server, and at most 25 % of the crossing ones are refused',
    asks: 'a number that somebody may change',
    seconds: 6,
  },
  needs: lacksBank,
  clients: { crosser },
  async attack(context) {
    const { service, model, random, load, timeMs, progress } = context
    const { bank, resource } = await openBank(service, model, random, { rows, each: room })
    progress(`${circles} circles`)
    const closed = await closeCircles(context, bank, resource)
    progress(`${clients} clients change ${rowsOfEach} of ${rows} rows each`)
    const running = load(crosser, { clients, data: bank })
    await running.reach(clients)
    await new Promise(resolve => setTimeout(resolve, timeMs * share))
    const { entries } = await running.stop()
    const crossing = entries.filter(({ about }) => about === 'crossing')
    const refused = crossing.filter(({ outcome }) => outcome !== 'ok').length
    const statuses = [...entries, ...closed].map(({ status }) => status)
    const times = entries.map(({ sentMs, endedMs }) => endedMs - sentMs).toSorted((a, b) => a - b)
    return {
      attack: `${circles} circles closed by the runner; ${clients} clients change ${rowsOfEach} of ${rows} rows of ${resource.name} each, in crossing orders`,
      size: crossing.length,
      // Those that PostgreSQL broke by ending the transaction of the backend.
      inFlight: closed.length,
      figures: {
        deadlocks: closed.length,
        doneInTheEnd: closed.filter(({ outcome }) => outcome === 'ok').length,
        crossed: crossing.length - refused,
        hot: entries.filter(({ about, outcome }) => about === 'hot' && outcome === 'ok').length,
        busy409: statuses.filter(status => status === 409).length,
        serverErrors: statuses.filter(status => status === null || status >= 500).length,
        refusedPercent: (100 * refused) / Math.max(1, crossing.length),
        p99Ms: Math.round(times[Math.floor(times.length * 0.99)] ?? 0),
      },
    }
  },
  judge: ({ deadlocks, doneInTheEnd, crossed, hot, serverErrors, refusedPercent }) => [
    ...(doneInTheEnd === deadlocks ? [] : [`${deadlocks - doneInTheEnd} were not tried again`]),
    ...(serverErrors === 0 ? [] : [`${serverErrors} answers were errors of the server`]),
    ...(crossed > 0 && hot > 0 ? [] : ['nobody got through']),
    ...(refusedPercent <= refusedShareMax * 100
      ? []
      : [`${Math.round(refusedPercent)} % of the transactions were refused`]),
  ],
})

/**
 * The backend holds a row and waits for one that the runner holds, who then asks for the first.
 * Whoever waited longer finds the circle, which is the backend. Resolves to its answers.
 */
async function closeCircles(
  { service }: AttackContext,
  bank: Bank,
  resource: ResourceModel,
): Promise<readonly Reply[]> {
  const [first, second] = bank.ids
  const closed: Reply[] = []
  for (let circle = 0; circle < circles; circle++) {
    const changes = [first!, second!].map(id => setting(bank, id, bank.least + circle))
    const { isVictim, sent } = await holding(service.records, resource, second!, async held => {
      const reply = service.send(atomic(bank, changes))
      await held.waiters(1)
      return { isVictim: await held.take(first!), sent: { reply } }
    })
    const reply = await sent.reply
    if (isVictim) closed.push(reply)
  }
  return closed
}
