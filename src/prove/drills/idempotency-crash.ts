/** Nodes die and connections break between the commit and the answer; clients send again. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { AttackContext } from '../attack.ts'
import { drill } from '../drill.ts'
import { nowMs } from '../http.ts'
import type { Entry } from '../ledger.ts'
import type { ClientWork } from '../load/client.ts'
import { deedsOf, lacksDeed, prove } from '../model/deeds.ts'
import { inputOf } from '../model/values.ts'
import { timelineOf } from '../timeline.ts'
import { writerData, type WriterData, writersMax } from '../writers.ts'

const clients = 24
const pauseMs = 8
const againMs = 100
const attemptsMax = 100
const faultsMax = 20
/** However short the time is: fewer leave too few requests in doubt. */
const faultsMin = 6
/** Of the drill's time. */
const share = 0.6

/** Each change under a key of its own, sent again under it until its answer is certain. */
const insister: ClientWork<WriterData> = async ({ number, data, random, send, stopping }) => {
  for (let turn = 0; !stopping(); turn++) {
    const key = random.word(24)
    const body = inputOf(data.recipe, number + turn * writersMax)
    const headers = { ...data.headers, 'idempotency-key': `"${key}"` }
    for (let attempt = 1; attempt <= attemptsMax; attempt++) {
      const { outcome, status } = await send({ about: key, path: data.path, headers, body })
      const isCertain =
        outcome === 'ok' || (outcome === 'failed' && status !== null && !mayRetry(status))
      if (isCertain) break
      await new Promise(resolve => setTimeout(resolve, againMs))
    }
    await new Promise(resolve => setTimeout(resolve, data.pauseMs))
  }
}

/** Nothing was done, or the first request of the key still runs. */
function mayRetry(status: number): boolean {
  return status === 409 || status === 503
}

export default drill({
  id: 'idempotency-crash',
  group: 'concurrency',
  promise: 'api.idempotent',
  claim: 'A key that is sent again after a crash finds what was done, or does it once',
  explained: {
    does: 'kills workers and cuts connections under a load whose clients send again under the same key until they know; counts keys with two effects, with none, and without an answer',
    bar: 'every key has exactly one effect and gets an answer',
    asks: 'an operation that an account may call: a create, or a command',
    seconds: 20,
  },
  needs: lacksDeed,
  clients: { insister },
  async attack(context) {
    const { service, model, load } = context
    const proven = await prove(service, model, deedsOf(model))
    const data = await writerData(proven, pauseMs)
    const running = load(insister, { clients, data })
    await running.reach(clients * 4)
    const faults = await interrupt(context)
    await running.reach(clients * 2)
    const { entries } = await running.stop()
    const done = await doneAmong(context, entries)
    const keys = [...Map.groupBy(entries, ({ about }) => about).values()]
    const ambiguous = entries.filter(({ outcome }) => outcome === 'unknown')
    return {
      attack: `${faults.length} kills and cuts while ${clients} clients insist on ${proven.deed.name}`,
      size: keys.length,
      // A kill that leaves every client certain has hit nothing.
      inFlight: ambiguous.length,
      figures: {
        keys: keys.length,
        ambiguous: ambiguous.length,
        ambiguousDone: ambiguous.filter(({ trace }) => done.has(trace)).length,
        duplicated: keys.filter(sends => effectsOf(sends, done) > 1).length,
        missing: keys.filter(sends => isAnswered(sends) && effectsOf(sends, done) === 0).length,
        unanswered: keys.filter(sends => !isAnswered(sends)).length,
      },
      timeline: timelineOf(entries, faults),
    }
  },
  judge: ({ duplicated, missing, unanswered }) => [
    ...(duplicated === 0 ? [] : [`${duplicated} keys had two effects`]),
    ...(missing === 0 ? [] : [`${missing} keys were answered and had no effect`]),
    ...(unanswered === 0 ? [] : [`${unanswered} keys never got an answer`]),
  ],
})

function effectsOf(sends: readonly Entry[], done: ReadonlySet<string>): number {
  return sends.filter(({ trace }) => done.has(trace)).length
}

function isAnswered(sends: readonly Entry[]): boolean {
  return sends.some(({ outcome }) => outcome === 'ok')
}

async function doneAmong({ service }: AttackContext, entries: readonly Entry[]) {
  const text = 'select distinct "trace" from "mettle"."events" where "trace" = any($1)'
  const rows = await service.records.query(text, [entries.map(({ trace }) => trace)])
  return new Set(rows.map(([trace]) => String(trace)))
}

/** Serving processes are killed, and between two kills every connection is cut. */
async function interrupt({ service, random, timeMs, progress, signal }: AttackContext) {
  const untilMs = nowMs() + timeMs * share
  const faults: number[] = []
  while (
    faults.length < faultsMax &&
    (faults.length < faultsMin || nowMs() < untilMs) &&
    !signal.aborted
  ) {
    await sleep(random.whole(50, 400))
    const node = random.pick(service.nodes)
    const isCut = faults.length % 2 === 1
    progress(`${faults.length + 1}: ${isCut ? 'cut' : `kill of the worker on ${node.port}`}`)
    faults.push(isCut ? nowMs() : service.faults.killWorker(node))
    if (isCut) service.balancer.cut()
    else await service.heal()
  }
  return faults
}
