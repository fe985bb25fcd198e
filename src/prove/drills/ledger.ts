/** What the nodes count of a load, beside what the load counted itself. */

import { setTimeout as sleep } from 'node:timers/promises'
import { apiPath } from '../../model/names.ts'
import type { AttackContext } from '../attack.ts'
import { drill } from '../drill.ts'
import { createSender } from '../http.ts'
import type { Ledger } from '../ledger.ts'
import type { ClientWork } from '../load/client.ts'
import { deedsOf, lacksDeed, prove } from '../model/deeds.ts'
import { inputOf, type Recipe } from '../model/values.ts'
import { readScrape, sampleKey } from '../scrape.ts'
import { writersMax } from '../writers.ts'

const clients = 24
const roundsOfEach = 40
const agreeMsMax = 10_000
const lookMs = 200

interface Errand {
  /** As metrics call the operation. */
  readonly operation: string
  readonly path: string
  /** Null: a read. A recipe: an input that is taken. */
  readonly body: 'none' | 'wrong' | Recipe
}

interface Data {
  readonly headers: Readonly<Record<string, string>>
  readonly errands: readonly Errand[]
}

/** Goes through all errands again and again: what is done, refused, and not there. */
const runner: ClientWork<Data> = async ({ number, data, send, stopping }) => {
  const { headers, errands } = data
  for (let round = 0; round < roundsOfEach && !stopping(); round++) {
    for (const { operation, path, body } of errands) {
      const about = operation
      if (body === 'none') await send({ about, path, headers })
      else if (body === 'wrong') await send({ about, path, headers, body: [] })
      else {
        const input = inputOf(body, number + round * writersMax)
        await send({ about, path, headers, body: input })
      }
    }
  }
}

export default drill({
  id: 'ledger',
  group: 'observability',
  promise: 'operate.metrics',
  reach: 'kills',
  claim: 'Metrics say what really happened: every request once, by operation, status and code',
  explained: {
    does: 'a load of writes, reads and refusals; compares what every counter of requests and problems went up by, over all nodes, with what the clients counted, and reads the text as Prometheus does',
    bar: 'every counter rose by exactly what the clients saw',
    asks: 'an operation that an account may call: a create, or a command',
    seconds: 8,
  },
  needs: lacksDeed,
  clients: { runner },
  async attack(context) {
    const { service, model, load, progress } = context
    const proven = await prove(service, model, deedsOf(model))
    const { deed } = proven
    const recipe = await proven.recipe()
    const errands = errandsOf(context, { operation: deed.name, path: deed.path, body: recipe })
    const headers = await proven.caller.headers()
    const before = await scrapeAll(context)
    progress(`${clients} clients, and what the nodes say of them`)
    const { ledger, done } = load(runner, { clients, data: { headers, errands } })
    await done
    const unanswered = ledger.entries.filter(({ status }) => status === null).length
    if (unanswered > 0) throw new Error(`${unanswered} requests had no answer to compare`)
    const expected = countsOf(ledger)
    const after = await untilAgreed(context, before.samples, expected)
    const wrong = differences(before.samples, after.samples, expected)
    const [first] = ledger.entries
    const clientMs = ledger.entries.reduce((sum, { sentMs, endedMs }) => sum + endedMs - sentMs, 0)
    return {
      attack: `${ledger.entries.length} requests by ${clients} clients to ${service.nodes.length} nodes: ${deed.name}, reads, refusals`,
      size: ledger.entries.length,
      inFlight: first === undefined ? 0 : ledger.inFlightAt(first.endedMs),
      figures: {
        requests: ledger.entries.length,
        counters: expected.size,
        different: wrong.length,
        faults: after.faults.length,
        serverSeconds: Math.round(secondsBetween(before.samples, after.samples, errands)),
        clientSeconds: Math.round(clientMs / 1_000),
        found: [...wrong, ...after.faults].slice(0, 3).join('; ') || 'nothing',
      },
    }
  },
  judge: ({ different, faults, serverSeconds, clientSeconds, found }) => [
    ...(different === 0 ? [] : [`${different} counters differ from what happened: ${found}`]),
    ...(faults === 0 ? [] : [`${faults} faults in the text of the metrics: ${found}`]),
    ...(serverSeconds <= clientSeconds + 1
      ? []
      : [`the nodes say ${serverSeconds} s where clients waited ${clientSeconds} s`]),
  ],
})

function errandsOf({ model }: AttackContext, deed: Errand): readonly Errand[] {
  const nowhere = '00000000-0000-7000-8000-000000000000'
  const reads = [...model.resources.keys()].flatMap((name): Errand[] => [
    { operation: `${name}.list`, path: `${apiPath}/${name}?limit=1`, body: 'none' },
    { operation: `${name}.read`, path: `${apiPath}/${name}/${nowhere}`, body: 'none' },
  ])
  return [
    deed,
    ...reads,
    { ...deed, body: 'wrong' },
    { operation: 'none', path: '/nowhere', body: 'none' },
  ]
}

/** What the counters must have gone up by: requests by operation and status, problems by code. */
function countsOf({ entries }: Ledger): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  const add = (key: string) => counts.set(key, (counts.get(key) ?? 0) + 1)
  for (const { about: operation, status, code } of entries) {
    if (status === null) continue
    add(`${operation} ${status}`)
    if (code !== null) add(sampleKey('mettle_problems_total', { code }))
  }
  return counts
}

/** The sum over all nodes, each asked directly; requests by operation and status. */
async function scrapeAll({ service }: AttackContext) {
  const samples = new Map<string, number>()
  const faults: string[] = []
  for (const url of service.urls) {
    const { send, close } = createSender({ url })
    const { status, text } = await send({ path: '/metrics' }).finally(close)
    if (status !== 200) throw new Error(`/metrics was answered ${status}`)
    const scraped = readScrape(text)
    faults.push(...scraped.faults)
    for (const [key, value] of scraped.samples) {
      const short = requestKey(key)
      samples.set(short, (samples.get(short) ?? 0) + value)
    }
  }
  return { samples, faults }
}

const requestCount =
  /^mettle_request_duration_seconds_(count|sum)\{operation="(.*?)",status="(\d+)"/

function requestKey(key: string): string {
  const [, what, operation, status] = requestCount.exec(key) ?? []
  if (what === undefined) return key
  return what === 'count' ? `${operation} ${status}` : `${operation} ${status} seconds`
}

type Counted = ReadonlyMap<string, number>

function differences(before: Counted, after: Counted, expected: Counted): readonly string[] {
  const grown = (key: string) => (after.get(key) ?? 0) - (before.get(key) ?? 0)
  const operations = new Set([...expected.keys()].map(key => key.replace(/ \d+$/, ' ')))
  const unexpected = [...after.keys()].filter(
    key =>
      !expected.has(key) &&
      grown(key) !== 0 &&
      / \d+$/.test(key) &&
      operations.has(key.replace(/ \d+$/, ' ')),
  )
  return [...expected.keys(), ...unexpected]
    .filter(key => grown(key) !== (expected.get(key) ?? 0))
    .map(key => `${key} went up by ${grown(key)}, not ${expected.get(key) ?? 0}`)
}

/** A node may still be writing down the last answers. */
async function untilAgreed(context: AttackContext, before: Counted, expected: Counted) {
  const untilMs = performance.now() + agreeMsMax
  for (;;) {
    const after = await scrapeAll(context)
    const agreed = differences(before, after.samples, expected).length === 0
    if (agreed || performance.now() > untilMs) return after
    await sleep(lookMs)
  }
}

function secondsBetween(before: Counted, after: Counted, errands: readonly Errand[]): number {
  const operations = new Set(errands.map(({ operation }) => operation))
  return [...after].reduce((sum, [key, value]) => {
    const [, operation] = /^(.*) \d+ seconds$/.exec(key) ?? []
    return operations.has(operation ?? '') ? sum + value - (before.get(key) ?? 0) : sum
  }, 0)
}
