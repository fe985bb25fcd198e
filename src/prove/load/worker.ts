/** The process of a load generator: runs the clients of a drill and tells what they wrote down. */

import { randomUUID } from 'node:crypto'
import { pathToFileURL } from 'node:url'
import type { JsonValue } from '../../declare/json.ts'
import { isDrill } from '../drill.ts'
import { createSender, memberOf, nowMs, type Sender } from '../http.ts'
import { type Entry, outcomeOf } from '../ledger.ts'
import { seeded } from '../random.ts'
import type { ClientContext } from './client.ts'
import type { FromLoad, LoadPlan, ToLoad } from './messages.ts'

const tellEveryMs = 50
const state = { stopping: false }
let entries: Entry[] = []
let facts: JsonValue[] = []

function tell(message: FromLoad): Promise<void> {
  return new Promise(resolve => {
    if (process.connected) process.send?.(message, () => resolve())
    else resolve()
  })
}

function flush(): Promise<void> {
  if (entries.length === 0 && facts.length === 0) return Promise.resolve()
  const told = tell({ type: 'told', entries, facts })
  entries = []
  facts = []
  return told
}

async function run(plan: LoadPlan): Promise<void> {
  const loaded: { readonly default?: unknown } = await import(pathToFileURL(plan.file).href)
  const found = isDrill(loaded.default) ? loaded.default.clients[plan.client] : undefined
  if (found === undefined) throw new Error(`${plan.file} has no client ${plan.client}`)
  // What the drill gave as data is what its client takes.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const work = found as (context: ClientContext<unknown>) => Promise<void>
  const { url, clients } = plan
  const kept = createSender({ url, connectionsMax: clients })
  const fresh = createSender({ url, connectionsMax: clients, keepAlive: false })
  const telling = setInterval(() => void flush(), tellEveryMs)
  try {
    const all = Array.from({ length: clients }, (_, number) =>
      work(contextOf(plan, number, plan.fresh && number % 2 === 1 ? fresh : kept)),
    )
    await Promise.all(all)
  } finally {
    clearInterval(telling)
    await flush()
    kept.close()
    fresh.close()
  }
}

function contextOf(plan: LoadPlan, number: number, sender: Sender): ClientContext<unknown> {
  return {
    number,
    data: plan.data,
    random: seeded(plan.seed).fork(`${plan.client} ${number}`),
    stopping: () => state.stopping,
    async send({ about, trace = randomUUID(), ...request }) {
      const headers = { ...request.headers, 'x-request-id': trace }
      const reply = await sender.send({ ...request, headers })
      const { sentMs, endedMs, outcome, status, code } = reply
      const id = memberOf(reply.json, 'id')
      const retryAfter = reply.headers['retry-after'] !== undefined
      const told = { outcome, status, code, id, retryAfter }
      entries.push({ client: number, about, trace, sentMs, endedMs, ...told })
      return reply
    },
    note({ about, sentMs, status }) {
      const outcome = outcomeOf(status, null)
      const unsaid = { code: null, id: null, retryAfter: false }
      const told = { client: number, about, trace: randomUUID(), sentMs, endedMs: nowMs() }
      entries.push({ ...told, outcome, status, ...unsaid })
    },
    tell: fact => facts.push(fact),
  }
}

process.on('message', (message: ToLoad) => {
  if (message.type === 'stop') state.stopping = true
  if (message.type !== 'begin') return
  run(message.plan)
    .then(
      () => tell({ type: 'done' }),
      (error: unknown) => tell({ type: 'crashed', message: String(error) }),
    )
    .finally(() => process.exit(0))
})

// Ctrl-C reaches every process of the terminal; who started us decides when we end.
process.on('SIGINT', () => {})
process.once('disconnect', () => process.exit(1))
