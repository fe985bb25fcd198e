/** Many requests wait for rows that somebody holds locked; others want other rows. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Model } from '../../model/model.ts'
import { drill } from '../drill.ts'
import { nowMs } from '../http.ts'
import { quantileMs } from '../latency.ts'
import type { ClientWork } from '../load/client.ts'
import { holding } from '../locks.ts'
import { countersOf, type Raced, raceOn, wireNumber } from '../model/numbers.ts'
import type { Service } from '../service.ts'
import { timelineOf } from '../timeline.ts'

/** Of one row a node lets one request wait in PostgreSQL: many rows fill its connections. */
const lockedRows = 30
const blockedClients = 60
const visitors = 8
const pauseMs = 10
const aloneMs = 2_000
/** Longer than twice what the engine waits for a lock: those that gave up come again. */
const heldMs = 7_000
/** Of each node. */
const waitersMin = 2
/**
 * What others may wait, or five times what they did before on a machine that is busy itself; never
 * as long as the rows are locked.
 */
const waitMsMax = 1_000
const waitMsTooLong = heldMs / 2
const answerMsMax = 15_000

interface Data {
  readonly paths: readonly string[]
  readonly headers: Readonly<Record<string, string>>
  readonly bodies: readonly unknown[]
  readonly pauseMs: number
}

/** Changes one row again and again, two clients each the same. */
const changer: ClientWork<Data> = async ({ number, data, send, stopping }) => {
  const { paths, headers, bodies } = data
  const path = paths[number % paths.length]!
  for (let turn = 0; !stopping(); turn++) {
    const body = bodies[turn % bodies.length]
    await send({ about: 'change', method: 'PATCH', path, headers, body })
    await sleep(data.pauseMs)
  }
}

/** Half of the requests read, half of them write, each client a row of its own. */
const visitor: ClientWork<Data> = async ({ number, data, send, stopping }) => {
  const { paths, headers, bodies } = data
  const path = paths[number % paths.length]!
  for (let turn = number; !stopping(); turn++) {
    const body = bodies[turn % bodies.length]
    if (turn % 2 === 0) await send({ about: 'read', path, headers })
    else await send({ about: 'write', method: 'PATCH', path, headers, body })
    await sleep(data.pauseMs)
  }
}

export default drill({
  id: 'pool',
  group: 'exhaustion',
  promise: 'data.pool',
  reach: 'plants',
  claim: 'Who waits in the database keeps nobody else waiting',
  explained: {
    does: 'holds 30 rows locked while 60 clients want to change them and others read and change a row of their own; counts how long those wait, and what the first are told',
    bar: 'others wait at most five times as long as before, or 1 s, and those that waited for a lock are told so within 15 s',
    asks: 'a number that somebody may change',
    seconds: 15,
  },
  needs: model =>
    countersOf(model).length > 0 ? null : 'no resource has a number that somebody may change',
  clients: { changer, visitor },
  async attack({ service, model, load, progress }) {
    const own = await raceMany(service, model, visitors)
    const contested = await raceMany(service, model, lockedRows)
    const visiting = load(visitor, { clients: visitors, data: await dataOf(own) })
    await visiting.reach(visitors * 4)
    await sleep(aloneMs)
    const aloneUntilMs = nowMs()
    const { resource } = contested[0]!.counter
    const changing = load(changer, { clients: blockedClients, data: await dataOf(contested) })
    await changing.reach(blockedClients)
    progress(
      `${lockedRows} rows are locked for ${heldMs} ms while ${blockedClients} clients want them`,
    )
    const heldFromMs = nowMs()
    const [first = '', ...rest] = contested.map(({ id }) => id)
    await holding(service.records, resource, first, async ({ take, waiters }) => {
      for (const id of rest) await take(id)
      await waiters(waitersMin * service.nodes.length)
      await sleep(heldMs)
    })
    const heldUntilMs = nowMs()
    await changing.reach(blockedClients)
    const blocked = await changing.stop()
    const others = (await visiting.stop()).entries
    const alone = others.filter(({ endedMs }) => endedMs < aloneUntilMs)
    const beside = others.filter(({ sentMs }) => sentMs > heldFromMs && sentMs < heldUntilMs)
    const unsaid = blocked.entries.filter(({ status }) => status === null || status === 500)
    return {
      attack: `${lockedRows} rows of ${resource.name} locked for ${heldMs} ms while ${blockedClients} clients change them and ${visitors} others read and change one each`,
      size: beside.length,
      inFlight: blocked.inFlightAt((heldFromMs + heldUntilMs) / 2),
      figures: {
        others: beside.length,
        othersFailed: beside.filter(({ outcome }) => outcome !== 'ok').length,
        aloneP99Ms: quantileMs(alone, 0.99),
        besideP99Ms: quantileMs(beside, 0.99),
        blocked: blocked.entries.length,
        blockedDone: blocked.with('ok').length,
        blockedUnsaid: unsaid.length,
        longestBlockedMs: quantileMs(blocked.entries, 1),
      },
      timeline: timelineOf(others, [heldFromMs, heldUntilMs]),
    }
  },
  judge: ({ othersFailed, aloneP99Ms, besideP99Ms, blockedUnsaid, longestBlockedMs }) => [
    ...(othersFailed === 0 ? [] : [`${othersFailed} requests for another row failed`]),
    ...(besideP99Ms <= Math.min(waitMsTooLong, Math.max(waitMsMax, 5 * aloneP99Ms))
      ? []
      : [`requests for another row took ${besideP99Ms} ms, and ${aloneP99Ms} ms before`]),
    ...(blockedUnsaid === 0
      ? []
      : [`${blockedUnsaid} requests for a locked row were not told why`]),
    ...(longestBlockedMs <= answerMsMax
      ? []
      : [`a request for a locked row was answered after ${longestBlockedMs} ms`]),
  ],
})

const bodiesOfEach = 50

/** All of one resource. */
async function raceMany(service: Service, model: Model, count: number): Promise<readonly Raced[]> {
  const first = await raceOn(service, model, countersOf(model))
  const all = [first]
  while (all.length < count) all.push(await raceOn(service, model, [first.counter]))
  return all
}

async function dataOf(rows: readonly Raced[]): Promise<Data> {
  const { counter, caller, value } = rows[0]!
  const { field } = counter
  const bodies = Array.from({ length: bodiesOfEach }, (_, at) => {
    return { [field.name]: wireNumber(field, value + at) }
  })
  return { paths: rows.map(({ path }) => path), headers: await caller.headers(), bodies, pauseMs }
}
