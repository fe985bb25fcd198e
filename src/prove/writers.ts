/** A load of writes that can be settled afterwards: which of them are in the database, and once. */

import type { Entry, Ledger } from './ledger.ts'
import type { ClientWork } from './load/client.ts'
import type { Proven } from './model/deeds.ts'
import { inputOf, type Recipe } from './model/values.ts'
import { patiently } from './patience.ts'
import type { Service } from './service.ts'

export interface WriterData {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly recipe: Recipe
  /** Between an answer and the next request. */
  readonly pauseMs: number
  /** `orders.created`: what a request leaves in the log, once; null for commands, which vary. */
  readonly leaves: string | null
}

/** Writes until it is told to stop, each request under a key of its own, named `<body> <key>`. */
export const writer: ClientWork<WriterData> = async context => {
  const { number, data, random, send, stopping } = context
  const { path, recipe, headers, pauseMs } = data
  for (let turn = 0; !stopping(); turn++) {
    const at = number + turn * writersMax
    const key = random.word(24)
    const body = inputOf(recipe, at)
    const keyed = { ...headers, 'idempotency-key': `"${key}"` }
    await send({ about: `${at} ${key}`, path, headers: keyed, body })
    await new Promise(resolve => setTimeout(resolve, pauseMs))
  }
}

/** Inputs are dealt out to this many writers, so that none sends another's. */
export const writersMax = 64

export async function writerData(proven: Proven, pauseMs: number): Promise<WriterData> {
  const { kind, path, resource } = proven.deed
  return {
    path,
    headers: await proven.caller.headers(),
    recipe: await proven.recipe(),
    pauseMs,
    leaves: kind === 'create' ? `${resource!.name}.created` : null,
  }
}

/** What became of a load of writes, after the backend had recovered. */
interface Settled {
  readonly acked: number
  /** Acknowledged, and nothing of it is in the database. */
  readonly lost: number
  /** Keys with more than one effect: of one request, or of one that was sent again. */
  readonly duplicated: number
  /** Refused for certain, and done all the same. */
  readonly refusedYetDone: number
  /** Sent, and no answer that said what became of it. */
  readonly ambiguous: number
  /** Of those, how many had been done. */
  readonly ambiguousDone: number
  /** Of those, how many could not be brought to an end by sending them again. */
  readonly unresolved: number
}

const retriedAtOnce = 16

/** Sends everything ambiguous again under its key, then counts by the events of each request. */
export async function settle(service: Service, data: WriterData, ledger: Ledger): Promise<Settled> {
  const acked = ledger.with('ok')
  const ambiguous = ledger.with('unknown')
  const doneBefore = await doneAmong(service, ambiguous)
  const retries = await sendAgain(service, data, ambiguous)
  const refused = ledger.with('failed')
  const doneAfter = await doneAmong(service, retries)
  const twice = ambiguous.filter(
    ({ trace }, at) => doneBefore.has(trace) && doneAfter.has(retries[at]!.trace),
  )
  const doneAcked = await doneAmong(service, acked)
  const inOneRequest = await doneTwiceAmong(service, data, [...acked, ...ambiguous, ...retries])
  return {
    acked: acked.length,
    lost: acked.filter(({ trace }) => !doneAcked.has(trace)).length,
    duplicated: twice.length + inOneRequest,
    refusedYetDone: (await doneAmong(service, refused)).size,
    ambiguous: ambiguous.length,
    ambiguousDone: doneBefore.size,
    unresolved: retries.filter(({ isDone }) => !isDone).length,
  }
}

/** Which of the requests left an event. */
async function doneAmong(
  { records }: Service,
  requests: readonly Pick<Entry, 'trace'>[],
): Promise<ReadonlySet<string>> {
  const text = 'select distinct "trace" from "mettle"."events" where "trace" = any($1)'
  const rows = await records.query(text, [requests.map(({ trace }) => trace)])
  return new Set(rows.map(([trace]) => String(trace)))
}

/** How many of the requests left their event more than once. */
function doneTwiceAmong(
  { records }: Service,
  { leaves }: WriterData,
  requests: readonly Pick<Entry, 'trace'>[],
): Promise<number> {
  const text = `select count(*)::int4 from (
    select from "mettle"."events" where "trace" = any($1) and "type" = $2
    group by "trace" having count(*) > 1) as twice`
  return records.count(text, [requests.map(({ trace }) => trace), leaves])
}

interface Retry {
  readonly trace: string
  readonly isDone: boolean
}

async function sendAgain(
  service: Service,
  { path, headers, recipe }: WriterData,
  entries: readonly Entry[],
): Promise<readonly Retry[]> {
  const retries: Retry[] = []
  for (let from = 0; from < entries.length; from += retriedAtOnce) {
    const some = entries.slice(from, from + retriedAtOnce).map(async ({ about, trace: first }) => {
      const [at = '', key = ''] = about.split(' ')
      const trace = `${first}-again`
      const keyed = { ...headers, 'idempotency-key': `"${key}"`, 'x-request-id': trace }
      const body = inputOf(recipe, Number(at))
      const { outcome } = await patiently(service.send, { path, headers: keyed, body })
      return { trace, isDone: outcome === 'ok' }
    })
    retries.push(...(await Promise.all(some)))
  }
  return retries
}
