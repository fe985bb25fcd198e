/** What the probes say while PostgreSQL hangs, while a node drains and while one starts. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { AttackContext } from '../attack.ts'
import { drill } from '../drill.ts'
import { createSender, nowMs } from '../http.ts'
import { deedsOf, lacksDeed, prove } from '../model/deeds.ts'
import type { NodeProcess } from '../node-process.ts'
import type { Service } from '../service.ts'
import { timelineOf } from '../timeline.ts'
import { writer, writerData } from '../writers.ts'

const clients = 8
const pauseMs = 20
const hangMs = 4_000
/** A node asks PostgreSQL for 1.5 s before it gives up; the rest is for a busy machine. */
const flipMsMax = 3_000
const backMsMax = 5_000
const lookMs = 50

/** One look at both probes of a node. */
interface Look {
  readonly live: number | null
  readonly ready: number | null
  /** When `ready` answered. */
  readonly readyMs: number
}

export default drill({
  id: 'probes',
  group: 'observability',
  promise: 'operate.health',
  reach: 'kills',
  claim:
    'Probes tell the truth: ready fails while PostgreSQL is away or a node drains, live does not',
  explained: {
    does: 'stops PostgreSQL without killing it, drains a node and starts it again, and looks at the probes of every node all the time; counts how long `ready` is wrong, and every failure of `live`',
    bar: '`ready` is false within 3 s and true again within 5 s, and `live` never fails',
    asks: 'an operation that an account may call: a create, or a command',
    seconds: 15,
  },
  needs: lacksDeed,
  clients: { writer },
  async attack(context) {
    const { service, model, load } = context
    const proven = await prove(service, model, deedsOf(model))
    const running = load(writer, { clients, data: await writerData(proven, pauseMs) })
    await running.reach(clients * 4)
    const hang = await hangDatabase(context)
    await running.reach(clients)
    const ledger = await running.stop()
    const drained = await watchDrain(context)
    const started = await watchStart(context, drained.node)
    return {
      attack: `PostgreSQL stopped for ${hangMs} ms under a load of ${proven.deed.name}; a node drained and started again; ${hang.looks + drained.looks + started.looks} looks at the probes`,
      size: hang.looks + drained.looks + started.looks,
      inFlight: ledger.inFlightAt(hang.atMs, hang.resumedMs),
      figures: {
        readyFlipMs: hang.readyFlipMs,
        readyBackMs: hang.readyBackMs,
        liveFailures: hang.liveFailures + drained.liveFailures,
        drainTold: drained.told,
        servesWhenReady: started.served,
      },
      timeline: timelineOf(ledger.entries, [hang.atMs]),
    }
  },
  judge: ({ readyFlipMs, readyBackMs, liveFailures, drainTold, servesWhenReady }) => [
    ...(readyFlipMs <= flipMsMax
      ? []
      : [`ready was not false within ${flipMsMax} ms after PostgreSQL went`]),
    ...(readyBackMs <= backMsMax
      ? []
      : [`ready was not true within ${backMsMax} ms after PostgreSQL came back`]),
    ...(liveFailures === 0 ? [] : [`live failed ${liveFailures} times though every node ran`]),
    ...(drainTold ? [] : ['a node that drains did not say that it is not ready']),
    ...(servesWhenReady ? [] : ['a node said that it is ready and did not serve']),
  ],
})

async function hangDatabase({ service, progress }: AttackContext) {
  const { nodes, faults } = service
  progress(`PostgreSQL hangs for ${hangMs} ms`)
  const atMs = faults.pauseDatabase()
  const watches = nodes.map(node => watch(node, () => nowMs() < atMs + hangMs))
  const during = await Promise.all(watches)
  const resumedMs = nowMs()
  faults.resumeDatabase()
  const backs = nodes.map(async node => {
    const looks: Look[] = []
    const isBack = () => looks.at(-1)?.ready === 200
    while (!isBack() && nowMs() < resumedMs + backMsMax) looks.push(await look(node))
    return looks
  })
  const after = await Promise.all(backs)
  const all = [...during, ...after].flat()
  return {
    atMs,
    resumedMs,
    looks: all.length,
    liveFailures: all.filter(({ live }) => live !== 200).length,
    readyFlipMs: slowest(during, atMs, ready => ready !== 200),
    readyBackMs: slowest(after, resumedMs, ready => ready === 200),
  }
}

/** Of the nodes, the last to say so for the first time. */
function slowest(
  nodes: readonly (readonly Look[])[],
  sinceMs: number,
  isSo: (ready: number | null) => boolean,
): number {
  const firsts = nodes.map(looks => looks.find(({ ready }) => isSo(ready))?.readyMs ?? Infinity)
  return Math.round(Math.max(...firsts) - sinceMs)
}

async function watch(node: NodeProcess, goesOn: () => boolean): Promise<readonly Look[]> {
  const looks: Look[] = []
  while (goesOn()) {
    looks.push(await look(node))
    await sleep(lookMs)
  }
  return looks
}

async function look(node: NodeProcess): Promise<Look> {
  const ready = async () => [await node.probe('ready'), nowMs()] as const
  const [live, [status, readyMs]] = await Promise.all([node.probe('live'), ready()])
  return { live, ready: status, readyMs }
}

/** Until it takes no connections any more; whoever is drained tells so before. */
async function watchDrain({ service, random, progress }: AttackContext) {
  const node = random.pick(service.nodes)
  progress(`the node on port ${node.port} drains`)
  let isGone = false
  const gone = node.drain().then(() => (isGone = true))
  const looks = await watch(node, () => !isGone)
  await gone
  const answered = looks.filter(({ live, ready }) => live !== null && ready !== null)
  return {
    node,
    looks: answered.length,
    told: answered.some(({ ready }) => ready === 503),
    liveFailures: answered.filter(({ live }) => live !== 200).length,
  }
}

/** The first request after the first `ready`, to the node itself. */
async function watchStart({ service, progress }: AttackContext, node: NodeProcess) {
  progress(`the node on port ${node.port} starts`)
  node.launch()
  let looks = 1
  while ((await node.probe('ready')) !== 200) {
    if (node.pid === null) throw new Error(`a node ended before it was ready:\n${node.tail()}`)
    looks += 1
    await sleep(lookMs)
  }
  return { looks, served: await serves(service, node) }
}

async function serves({ callers }: Service, { port }: NodeProcess): Promise<boolean> {
  const sender = createSender({ url: `http://127.0.0.1:${port}` })
  const headers = await callers.anonymous.headers()
  const { status } = await sender.send({ path: '/openapi.json', headers })
  sender.close()
  return status !== null && status < 500
}
