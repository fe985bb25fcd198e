/** Requests that are too large, each in its own way, many at once. */

import { setImmediate as otherWork, setTimeout as sleep } from 'node:timers/promises'
import type { AttackContext } from '../attack.ts'
import { drill } from '../drill.ts'
import { nowMs } from '../http.ts'
import type { ClientWork } from '../load/client.ts'
import { deedsOf, lacksDeed, prove } from '../model/deeds.ts'
import { type Assault, assaultsOf } from '../model/assaults.ts'
import { childrenOf, residentBytes } from '../processes.ts'
import { openWire } from '../wire.ts'

const none = 'none'
const clientsOfEach = 4
const answerMsMax = 12_000
const lookMs = 50
/**
 * Of one node: room for bodies that are read at the same time, and for what the JavaScript engine
 * has not given back yet. Much more than that is sent to it.
 */
const growthBytesMax = 160 * 2 ** 20
/** A body or a pattern that is worked on for long stops everybody; a busy machine does not. */
const waitMsMax = 2_000

interface Data {
  readonly urls: readonly string[]
  readonly assaults: readonly Assault[]
}

/** Every client goes through the same list, so that the same comes from all at once. */
const giant: ClientWork<Data> = async ({ number, data, stopping, note, tell }) => {
  const url = data.urls[number % data.urls.length]!
  for (const assault of data.assaults) {
    if (stopping()) return
    const sentMs = nowMs()
    const { status, sentBytes } = await assail(url, assault)
    note({ about: assault.name, sentMs, status })
    tell(sentBytes)
  }
}

const pieceBytes = 65_536

async function assail(url: string, { head, unit, bytes, chunked }: Assault) {
  const wire = await openWire(url)
  const piece = unit.repeat(Math.max(1, Math.floor(pieceBytes / unit.length)))
  let sentBytes = 0
  await wire.write(head)
  while (sentBytes < bytes && !wire.isClosed) {
    const part = piece.slice(0, bytes - sentBytes)
    await wire.write(chunked ? `${part.length.toString(16)}\r\n${part}\r\n` : part)
    sentBytes += part.length
    // What is taken at once lets nothing be read, and a flood would miss that it was refused.
    await otherWork()
  }
  if (chunked && !wire.isClosed) await wire.write('0\r\n\r\n')
  const untilMs = nowMs() + answerMsMax
  while (wire.status === null && !wire.isClosed && nowMs() < untilMs) await sleep(lookMs)
  wire.destroy()
  return { status: wire.status, sentBytes }
}

export default drill({
  id: 'size',
  group: 'exhaustion',
  promise: 'security.exhaust',
  reach: 'burdens',
  claim: 'No request can exhaust memory or time by its size',
  explained: {
    does: 'sends what is too large: bodies with and without a length, compressed ones, deep, long, with many names; headers, paths, parameters, texts that nearly match a declared pattern; looks at the answers, at the memory of the nodes and at how long another caller waits',
    bar: 'everything too large is refused as it should be, a node grows by at most 160 MB, and nobody else waits longer than 2 s',
    asks: 'an operation that an account may call: a create, or a command',
    seconds: 15,
  },
  needs: lacksDeed,
  clients: { giant },
  async attack(context) {
    const { service, model, load, progress } = context
    const proven = await prove(service, model, deedsOf(model))
    const assaults = await assaultsOf(context, proven)
    const clients = clientsOfEach * service.nodes.length
    const data: Data = { urls: service.urls, assaults }
    progress(`${assaults.length} kinds of requests that are too large`)
    const running = load(giant, { clients, data })
    const seen = await watch(context, running.done)
    const { entries } = running.ledger
    const wrong = entries.filter(({ about, status }) => {
      const { expected } = assaults.find(({ name }) => name === about)!
      return status === null || !expected.includes(status)
    })
    return {
      attack: `${assaults.length} kinds of requests that are too large, each sent ${clients} times at once`,
      size: entries.length,
      inFlight: null,
      figures: {
        requests: entries.length,
        wrongAnswers: wrong.length,
        sentBytes: running.facts.reduce<number>((sum, fact) => sum + Number(fact), 0),
        ...seen,
        unlike:
          [...new Set(wrong.map(({ about, status }) => `${about}: ${status}`))].join(', ') || none,
      },
    }
  },
  judge: ({ unlike, growthBytes, slowestOtherMs, otherFailures }) => [
    ...(unlike === none ? [] : [`not refused as it must be: ${unlike}`]),
    ...(growthBytes <= growthBytesMax
      ? []
      : [`a node grew by ${growthBytes} bytes, and ${growthBytesMax} is the most`]),
    ...(slowestOtherMs <= waitMsMax
      ? []
      : [`another caller waited ${slowestOtherMs} ms for an answer`]),
    ...(otherFailures === 0 ? [] : [`${otherFailures} requests of another caller failed`]),
  ],
})

/** How large the nodes become, and how long somebody else waits. */
async function watch({ service }: AttackContext, done: Promise<void>) {
  const { nodes, callers, send } = service
  const pids = nodes.flatMap(({ pid }) => (pid === null ? [] : childrenOf(pid)))
  const headers = await callers.anonymous.headers()
  const befores = pids.map(pid => residentBytes(pid))
  const growth = () => Math.max(...pids.map((pid, at) => residentBytes(pid) - befores[at]!))
  const most = { growthBytes: 0, waitMs: 0 }
  let otherFailures = 0
  const state = { isDone: false }
  const ended = done.finally(() => (state.isDone = true))
  while (!state.isDone) {
    const { status, sentMs, endedMs } = await send({ path: '/health/live', headers })
    if (status !== 200) otherFailures += 1
    most.waitMs = Math.max(most.waitMs, endedMs - sentMs)
    most.growthBytes = Math.max(most.growthBytes, growth())
    await sleep(lookMs)
  }
  await ended
  return {
    growthBytes: most.growthBytes,
    slowestOtherMs: Math.round(most.waitMs),
    otherFailures,
  }
}
