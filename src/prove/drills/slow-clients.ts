/** Clients that send or read a byte at a time, many of them, beside clients as they should be. */

import { setTimeout as sleep } from 'node:timers/promises'
import { drill } from '../drill.ts'
import { nowMs } from '../http.ts'
import { quantileMs } from '../latency.ts'
import type { ClientWork } from '../load/client.ts'
import { openWire, type Wire } from '../wire.ts'

const slowClients = 300
const visitors = 8
const pauseMs = 10
const aloneMs = 2_000
/** A slow client is to be cut before; the bounds of the engine are below 15 s. */
const heldMsMax = 20_000
const dripMs = 500
/** A few milliseconds become a few more on a busy machine: what is short has not doubled. */
const shortMs = 500
/** One in fifteen reads nothing: each of them costs the machine as much as the buffers hold. */
const ways = [
  'answer',
  ...Array.from({ length: 7 }, () => ['head', 'body'] as const).flat(),
] as const
type Way = (typeof ways)[number]
/** More than the buffers of the system take where nobody reads. */
const unreadBytes = 8 * 2 ** 20

interface Data {
  readonly urls: readonly string[]
  readonly host: string
  /** Answers that are asked for and not read, one behind the other. */
  readonly unread: number
}

/** A client as it should be: reads, and rests a little. */
const visitor: ClientWork<null> = async ({ send, stopping }) => {
  while (!stopping()) {
    await send({ about: 'visitor', path: '/openapi.json' })
    await sleep(pauseMs)
  }
}

/** Holds one connection for as long as it can, or as it wants. */
const dawdler: ClientWork<Data> = async ({ number, data, note, stopping }) => {
  const way = ways[number % ways.length]!
  const wire = await openWire(data.urls[number % data.urls.length]!)
  const sentMs = nowMs()
  await wire.write(begin(way, data))
  if (way === 'answer') wire.pause()
  // Nothing tells who does not read that the connection is gone, except to write.
  while (!wire.isClosed && nowMs() < sentMs + heldMsMax && !stopping()) {
    await Promise.race([sleep(dripMs), wire.closed])
    drip(wire, way)
  }
  note({ about: `${way} ${wire.isClosed ? 'cut' : 'held'}`, sentMs, status: wire.status })
  wire.destroy()
}

function begin(way: Way, { host, unread }: Data): string {
  const get = `GET /openapi.json HTTP/1.1\r\nhost: ${host}\r\n`
  if (way === 'head') return `${get}x-slow: `
  if (way === 'answer') return `${get}\r\n`.repeat(unread)
  return `POST /auth/sign-in HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{`
}

/** The end of a line may stand before any request. */
const drops: Readonly<Record<Way, string>> = { head: 'x', body: ' ', answer: '\r\n' }

function drip(wire: Wire, way: Way): void {
  void wire.write(drops[way])
}

export default drill({
  id: 'slow-clients',
  group: 'exhaustion',
  promise: 'security.exhaust',
  reach: 'burdens',
  claim: 'Slow clients are cut, and nobody waits for them',
  explained: {
    does: 'holds connections that send a head or a body byte by byte, or read nothing, beside clients as they should be; counts connections that are not cut, and how long the others wait',
    bar: 'every slow connection is cut, and others wait at most twice as long as before',
    asks: 'nothing',
    seconds: 20,
  },
  needs: () => null,
  clients: { visitor, dawdler },
  async attack({ service, load, progress }) {
    const visiting = load(visitor, { clients: visitors, data: null })
    await visiting.reach(visitors * 4)
    await sleep(aloneMs)
    progress(`${slowClients} clients take their time`)
    const slowFromMs = nowMs()
    const { text } = await service.send({ path: '/openapi.json' })
    const unread = Math.ceil(unreadBytes / text.length)
    const data: Data = { urls: service.urls, host: new URL(service.url).host, unread }
    const dawdling = load(dawdler, { clients: slowClients, data })
    await dawdling.done
    const slowUntilMs = nowMs()
    await sleep(aloneMs)
    const { entries } = await visiting.stop()
    // Before and afterwards: what others ask of the machine comes and goes.
    const alone = [
      entries.filter(({ endedMs }) => endedMs < slowFromMs),
      entries.filter(({ sentMs }) => sentMs > slowUntilMs),
    ]
    const beside = entries.filter(
      ({ sentMs, endedMs }) => sentMs > slowFromMs && endedMs < slowUntilMs,
    )
    const slow = dawdling.ledger.entries
    const firstEndMs = Math.min(...slow.map(({ endedMs }) => endedMs))
    const held = (way: Way) => slow.filter(({ about }) => about === `${way} held`).length
    const cut = slow.filter(({ about }) => about.endsWith('cut'))
    return {
      attack: `${slow.length} connections that send a head or a body byte by byte, or do not read, beside ${visitors} clients`,
      size: slow.length,
      inFlight: dawdling.ledger.inFlightAt(firstEndMs),
      figures: {
        heldHeads: held('head'),
        heldBodies: held('body'),
        heldAnswers: held('answer'),
        longestHoldMs: quantileMs(cut, 1),
        visits: beside.length,
        failedVisits: entries.filter(({ outcome }) => outcome !== 'ok').length,
        aloneP99Ms: Math.max(...alone.map(some => quantileMs(some, 0.99))),
        besideP99Ms: quantileMs(beside, 0.99),
      },
    }
  },
  judge: ({
    heldHeads,
    heldBodies,
    heldAnswers,
    visits,
    failedVisits,
    aloneP99Ms,
    besideP99Ms,
  }) => [
    ...(heldHeads === 0 ? [] : [`${heldHeads} slow heads held their connection`]),
    ...(heldBodies === 0 ? [] : [`${heldBodies} slow bodies held their connection`]),
    ...(heldAnswers === 0 ? [] : [`${heldAnswers} answers that nobody read held their connection`]),
    ...(visits > 0 ? [] : ['nobody else was answered']),
    ...(failedVisits === 0 ? [] : [`${failedVisits} requests of others failed`]),
    ...(besideP99Ms <= Math.max(2 * aloneP99Ms, shortMs)
      ? []
      : [`others waited ${besideP99Ms} ms, and ${aloneP99Ms} ms before`]),
  ],
})
