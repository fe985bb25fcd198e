/** Nodes die and connections break between the commit and the answer; clients send again. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { AttackContext } from '../attack.ts'
import { drill } from '../drill.ts'
import { nowMs } from '../http.ts'
import type { Entry } from '../ledger.ts'
import type { ClientWork } from '../load/client.ts'
import { lacksDeed, proveEachKind } from '../model/deeds.ts'
import { inputOf } from '../model/values.ts'
import type { Service } from '../service.ts'
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
const insister: ClientWork<readonly WriterData[]> = async context => {
  const { number, data, random, send, stopping } = context
  const { path, recipe, pauseMs: restMs, ...own } = data[number]!
  for (let turn = 0; !stopping(); turn++) {
    const key = random.word(24)
    const body = inputOf(recipe, number + turn * writersMax)
    const headers = { ...own.headers, 'idempotency-key': `"${key}"` }
    for (let attempt = 1; attempt <= attemptsMax; attempt++) {
      const reply = await send({ about: key, path, headers, body })
      if (isCertain({ ...reply, retryAfter: reply.headers['retry-after'] !== undefined })) break
      await new Promise(resolve => setTimeout(resolve, againMs))
    }
    await new Promise(resolve => setTimeout(resolve, restMs))
  }
}

/** Else nothing was done, the first request of the key still runs, or nobody knows. */
function isCertain({
  outcome,
  status,
  retryAfter,
}: Pick<Entry, 'outcome' | 'status' | 'retryAfter'>) {
  return outcome === 'ok' || (outcome === 'failed' && status !== null && !retryAfter)
}

export default drill({
  id: 'idempotency-crash',
  group: 'concurrency',
  promise: 'api.idempotent',
  reach: 'kills',
  claim: 'A key that is sent again after a crash finds what was done, or does it once',
  explained: {
    does: 'kills workers and cuts connections under a load of creates and commands, with keys that are recorded slowly, whose clients send again under the same key until they know; counts keys with two effects, with none, and without an answer',
    bar: 'every key has exactly one effect and gets an answer',
    asks: 'an operation that an account may call: a create, or a command',
    seconds: 20,
  },
  needs: lacksDeed,
  clients: { insister },
  async attack(context) {
    const { service, model, load } = context
    const proven = await proveEachKind(service, model)
    // Each client with rows of its own: who waits for another's is not hit by a kill.
    const works = Array.from({ length: clients }, (_, number) => proven[number % proven.length]!)
    const data = await Promise.all(works.map(each => writerData(each, pauseMs)))
    const names = proven.map(({ deed }) => deed.name).join(' and ')
    const { faults, entries } = await recordingSlowly(service, async () => {
      const running = load(insister, { clients, data })
      await running.reach(clients * 4)
      const times = await interrupt(context)
      await running.reach(clients * 2)
      return { faults: times, entries: (await running.stop()).entries }
    })
    const done = await doneAmong(context, entries)
    const keys = [...Map.groupBy(entries, ({ about }) => about).values()]
    const ambiguous = entries.filter(({ outcome }) => outcome === 'unknown')
    return {
      attack: `${faults.length} kills and cuts while ${clients} clients insist on ${names}`,
      size: keys.length,
      // A kill that leaves every client certain has hit nothing.
      inFlight: ambiguous.length,
      figures: {
        keys: keys.length,
        ambiguous: ambiguous.length,
        ambiguousDone: ambiguous.filter(({ trace }) => done.has(trace)).length,
        duplicated: keys.filter(sends => effectsOf(sends, done) > 1).length,
        missing: keys.filter(sends => isAnswered(sends) && effectsOf(sends, done) === 0).length,
        refusedYetDone: keys.filter(sends => !isAnswered(sends) && effectsOf(sends, done) > 0)
          .length,
        unanswered: keys.filter(sends => !sends.some(isCertain)).length,
      },
      timeline: timelineOf(entries, faults),
    }
  },
  judge: ({ duplicated, missing, refusedYetDone, unanswered }) => [
    ...(duplicated === 0 ? [] : [`${duplicated} keys had two effects`]),
    ...(missing === 0 ? [] : [`${missing} keys were answered and had no effect`]),
    ...(refusedYetDone === 0 ? [] : [`${refusedYetDone} keys had an effect and were refused`]),
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

const slowly = 'prove_slowly'
const table = '"mettle"."idempotency"'

/** What a kill must hit lasts longer: the moment between an effect and the record of its key. */
async function recordingSlowly<T>({ superuser }: Service, work: () => Promise<T>): Promise<T> {
  await superuser(async ({ query }) => {
    await query(`create function pg_catalog.${slowly}() returns trigger language plpgsql
      as $$ begin perform pg_sleep(0.03); return null; end $$`)
    await query(`create trigger ${slowly} before insert or update on ${table}
      for each statement execute function pg_catalog.${slowly}()`)
  })
  try {
    return await work()
  } finally {
    await superuser(({ query }) => query(`drop function pg_catalog.${slowly} cascade`))
  }
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
