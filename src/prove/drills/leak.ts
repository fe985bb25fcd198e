/** Rounds of work, errors and broken connections, and what the nodes hold after each. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { AttackContext } from '../attack.ts'
import { drill } from '../drill.ts'
import type { ClientWork } from '../load/client.ts'
import { countedBy } from '../metrics.ts'
import { deedsOf, lacksDeed, prove } from '../model/deeds.ts'
import { inputOf } from '../model/values.ts'
import { openWire } from '../wire.ts'
import { writerData, type WriterData, writersMax } from '../writers.ts'

const clients = 16
const pauseMs = 2
/** The first warms up. */
const rounds = 5
/** Of the drill's time. */
const workingShare = 0.4
const roundMsMin = 1_000
const restMs = 700
const looksOfRound = 8
/** Of each node; a pool that has not been full before may still fill up. */
const descriptorsMax = 20
/**
 * Of each node, between the lowest figures of two rounds: the JavaScript engine leaves that much
 * lying about when it has the time.
 */
const memoryBytesMax = 32 * 2 ** 20

interface Data extends WriterData {
  readonly urls: readonly string[]
  readonly round: number
}

/** In turn: what works, what is refused, and what breaks off. */
const guest: ClientWork<Data> = async ({ number, data, random, send, stopping }) => {
  const { path, headers, recipe, urls, round } = data
  for (let turn = round * turnsMax; !stopping(); turn++) {
    const body = inputOf(recipe, number + turn * writersMax)
    await send({ about: 'write', path, headers, body })
    await send({ about: 'read', path: '/openapi.json', headers })
    await send({ about: 'no JSON', path, headers, raw: '{' })
    await send({ about: 'no token', path, headers: { authorization: 'Bearer no' }, body })
    await send({ about: 'no place', path: `/${random.word(12)}`, headers })
    await breakOff(random.pick(urls), path, random.next() < 0.5)
    await sleep(data.pauseMs)
  }
}

/** Inputs of one round are not those of another. */
const turnsMax = 100_000

/** Before the request is whole, or before its answer. */
async function breakOff(url: string, path: string, isWhole: boolean): Promise<void> {
  const wire = await openWire(url)
  await wire.write(isWhole ? 'GET /openapi.json HTTP/1.1\r\nhost: a\r\n\r\n' : `POST ${path} HTTP`)
  wire.destroy()
}

/** What is held when nobody asks for anything. */
interface Held {
  readonly descriptors: number
  /** The lowest that was seen. */
  readonly memoryBytes: number
  readonly sessions: number
  readonly inTransaction: number
}

export default drill({
  id: 'leak',
  group: 'exhaustion',
  promise: 'operate.profile',
  reach: 'burdens',
  claim: 'Nothing that a request takes stays behind',
  explained: {
    does: 'rounds of work, errors and connections that break off, and then a rest; counts descriptors, sessions of PostgreSQL, open transactions, and the memory that every node holds at its lowest. A short form: what leaks slowly needs days',
    bar: 'a node ends with at most 20 descriptors and 32 MB more than after the first round',
    asks: 'an operation that an account may call: a create, or a command',
    seconds: 15,
  },
  needs: lacksDeed,
  clients: { guest },
  async attack(context) {
    const { service, model, timeMs, progress } = context
    const proven = await prove(service, model, deedsOf(model))
    const writes = await writerData(proven, pauseMs)
    const workMs = Math.max(roundMsMin, (timeMs * workingShare) / rounds)
    const held: Held[] = []
    let requests = 0
    for (let round = 0; round < rounds; round++) {
      progress(`round ${round + 1} of ${rounds}`)
      const data: Data = { ...writes, urls: service.urls, round }
      const running = context.load(guest, { clients, data })
      await running.reach(clients)
      const lowest = await lowestMemory(context, workMs)
      const { entries } = await running.stop()
      requests += entries.length
      held.push(await look(context, lowest))
    }
    const [, first, ...later] = held
    const last = later.at(-1)!
    const nodes = service.nodes.length
    return {
      attack: `${rounds} rounds of ${clients} clients that send ${proven.deed.name}, read, err and break off`,
      size: requests,
      inFlight: null,
      figures: {
        requests,
        descriptorsGrown: (last.descriptors - first!.descriptors) / nodes,
        memoryGrownBytes: Math.round((last.memoryBytes - first!.memoryBytes) / nodes),
        sessions: last.sessions,
        sessionsGrown: (last.sessions - first!.sessions) / nodes,
        inTransaction: Math.max(...held.map(({ inTransaction }) => inTransaction)),
      },
    }
  },
  judge: ({ descriptorsGrown, memoryGrownBytes, sessionsGrown, inTransaction }) => [
    ...(descriptorsGrown <= descriptorsMax
      ? []
      : [`each node has ${descriptorsGrown} descriptors more than at first`]),
    ...(memoryGrownBytes <= memoryBytesMax
      ? []
      : [`each node holds ${memoryGrownBytes} bytes more than at first`]),
    ...(sessionsGrown <= descriptorsMax
      ? []
      : [`each node has ${sessionsGrown} sessions of PostgreSQL more than at first`]),
    ...(inTransaction === 0
      ? []
      : [`${inTransaction} transactions were open though nobody asked for anything`]),
  ],
})

/** What is not garbage is there at every moment: the lowest figure is nearest to it. */
async function lowestMemory({ service }: AttackContext, workMs: number): Promise<number> {
  let lowest = Infinity
  for (let at = 0; at < looksOfRound; at++) {
    await sleep(workMs / looksOfRound)
    const heapBytes = await countedBy(service.nodes, 'nodejs_heap_bytes\\{state="used"\\}')
    const otherBytes = await countedBy(service.nodes, 'nodejs_external_memory_bytes')
    lowest = Math.min(lowest, heapBytes + otherBytes)
  }
  return lowest
}

async function look({ service }: AttackContext, memoryBytes: number): Promise<Held> {
  const { nodes, records } = service
  await sleep(restMs)
  const sessions = `select count(*)::int4 from pg_stat_activity
    where datname = current_database() and application_name = 'mettle'`
  return {
    descriptors: await countedBy(nodes, 'process_open_fds'),
    memoryBytes,
    sessions: await records.count(sessions),
    inTransaction: await records.count(`${sessions} and xact_start is not null`),
  }
}
