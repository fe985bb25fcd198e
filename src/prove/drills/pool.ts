/** Many requests wait for a row that somebody holds locked; others want other rows. */

import { setTimeout as sleep } from 'node:timers/promises'
import { drill } from '../drill.ts'
import { nowMs } from '../http.ts'
import { quantileMs } from '../latency.ts'
import type { ClientWork } from '../load/client.ts'
import { holding } from '../locks.ts'
import { countersOf, type Raced, raceOn, wireNumber } from '../model/numbers.ts'
import { timelineOf } from '../timeline.ts'

const blockedClients = 60
const visitors = 8
const pauseMs = 10
const aloneMs = 2_000
/** Longer than twice what the engine waits for a lock: those that gave up come again. */
const heldMs = 7_000
const waitersMin = 4
/**
 * What others may wait, or five times what they did before on a machine that is busy itself; never
 * as long as the row is locked.
 */
const waitMsMax = 1_000
const waitMsTooLong = heldMs / 2
const answerMsMax = 15_000

interface Data {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly bodies: readonly unknown[]
  readonly pauseMs: number
}

/** Changes one row again and again. */
const changer: ClientWork<Data> = async ({ data, send, stopping }) => {
  const { path, headers, bodies } = data
  for (let turn = 0; !stopping(); turn++) {
    const body = bodies[turn % bodies.length]
    await send({ about: 'change', method: 'PATCH', path, headers, body })
    await sleep(data.pauseMs)
  }
}

/** Half of the requests read, half of them write. */
const visitor: ClientWork<Data> = async ({ number, data, send, stopping }) => {
  const { path, headers, bodies } = data
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
  claim: 'Who waits in the database keeps nobody else waiting',
  needs: model =>
    countersOf(model).length > 0 ? null : 'no resource has a number that somebody may change',
  clients: { changer, visitor },
  async attack({ service, model, load, progress }) {
    const counters = countersOf(model)
    const contested = await raceOn(service, model, counters)
    const other = await raceOn(service, model, counters)
    const visiting = load(visitor, { clients: visitors, data: await dataOf(other) })
    await visiting.reach(visitors * 4)
    await sleep(aloneMs)
    const aloneUntilMs = nowMs()
    const { resource } = contested.counter
    const changing = load(changer, { clients: blockedClients, data: await dataOf(contested) })
    await changing.reach(blockedClients)
    progress(`a row is locked for ${heldMs} ms, and ${blockedClients} clients want to change it`)
    const heldFromMs = nowMs()
    await holding(service.records, resource, contested.id, async ({ waiters }) => {
      await waiters(waitersMin)
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
      attack: `a row of ${resource.name} locked for ${heldMs} ms while ${blockedClients} clients change it and ${visitors} others read and change another one`,
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
    ...(blockedUnsaid === 0 ? [] : [`${blockedUnsaid} requests for the row were not told why`]),
    ...(longestBlockedMs <= answerMsMax
      ? []
      : [`a request for the row was answered after ${longestBlockedMs} ms`]),
  ],
})

const bodiesOfEach = 50

async function dataOf({ counter, caller, path, value }: Raced): Promise<Data> {
  const { field } = counter
  const bodies = Array.from({ length: bodiesOfEach }, (_, at) => {
    return { [field.name]: wireNumber(field, value + at) }
  })
  return { path, headers: await caller.headers(), bodies, pauseMs }
}
