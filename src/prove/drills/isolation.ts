/** Transactions of several operations and lists of several rows: can one order explain them all. */

import type { JsonValue } from '../../declare/json.ts'
import { type AnomalyKind, checkHistory, type TransactionSeen } from '../checker.ts'
import { drill } from '../drill.ts'
import { historyOf, type Step, type Told } from '../histories.ts'
import { interleavings, type Scene } from '../interleavings.ts'
import type { Request } from '../http.ts'
import type { ClientContext, ClientWork } from '../load/client.ts'
import {
  atomic,
  type Bank,
  type Holding,
  holdingsIn,
  holdingsOfBatch,
  lacksBank,
  listOf,
  openBank,
  reading,
  setting,
} from '../model/bank.ts'

const clients = 20
const rows = 6
const rowsOfTurn = 4
/** Each of its rows twice. */
const valuesOfTurn = 8
/** All values of all clients are in the room that a counter has. */
const turnsMax = 600
const writeShare = 0.6
const twiceShare = 0.2
const failingShare = 0.1
const nobodysId = '00000000-0000-4000-8000-00000000dead'
const listPauseMs = 20
/** Of the drill's time. */
const share = 0.3

type Client = ClientContext<Bank>

interface Planned {
  readonly kind: Step['kind']
  readonly id: string
  readonly value: number
}

/** Every fourth client reads lists; the others run transactions, some of which fail at the end. */
const transactor: ClientWork<Bank> = async context => {
  const { number, data: bank, send, stopping, tell } = context
  const next = valuesOf(number, bank)
  for (let turn = 0; !stopping() && turn < turnsMax; turn++) {
    const name = `client ${number} turn ${turn}`
    if (number % 4 === 0) {
      const reply = await send({ about: 'list', ...listOf(bank) })
      const steps = holdingsIn(bank, reply).map(readingOf)
      tell(factOf({ form: 'list', name, outcome: reply.outcome, steps }))
      await new Promise(resolve => setTimeout(resolve, listPauseMs))
      continue
    }
    const planned = plan(context, next)
    const reply = await send({ about: 'transaction', ...transactionOf(context, planned) })
    const answered = holdingsOfBatch(bank, reply)
    const steps = planned.map((step, at) => seenAs(step, answered[at] ?? null))
    tell(factOf({ form: 'transaction', name, outcome: reply.outcome, steps }))
  }
}

/** Values that no other client writes. */
function valuesOf(client: number, { least }: Bank): () => number {
  let written = 0
  return () => least + 1 + client * turnsMax * valuesOfTurn + ++written
}

/** A few rows, in one order so that few wait for each other. */
function plan({ data: bank, random }: Client, next: () => number): readonly Planned[] {
  const ids = random.shuffled(bank.ids).slice(0, random.whole(2, rowsOfTurn)).toSorted()
  return ids.flatMap(id => {
    const kind = random.next() < writeShare ? 'write' : 'read'
    const isTwice = kind === 'write' && random.next() < twiceShare
    const once = { kind, id, value: next() } as const
    return isTwice ? [once, { kind, id, value: next() }] : [once]
  })
}

function transactionOf({ data: bank, random }: Client, planned: readonly Planned[]): Request {
  const operations = planned.map(({ kind, id, value }) =>
    kind === 'write' ? setting(bank, id, value) : reading(bank, id),
  )
  const failing = setting(bank, nobodysId, bank.least)
  return atomic(bank, random.next() < failingShare ? [...operations, failing] : operations)
}

function seenAs({ kind, id, value }: Planned, answered: Holding | null): Step {
  const seen = kind === 'read' && answered !== null ? answered.value : value
  return { kind, key: id, value: seen, version: answered?.version ?? null }
}

function readingOf({ id, value, version }: Holding): Step {
  return { kind: 'read', key: id, value, version }
}

/** What a client did, and by which way. */
interface Fact extends Told {
  readonly form: 'list' | 'transaction'
}

function factOf(fact: Fact): JsonValue {
  return JSON.stringify(fact)
}

function factIn(told: JsonValue): Fact {
  return JSON.parse(typeof told === 'string' ? told : '')
}

/**
 * No level of isolation shows these. Of `read committed`, which a batch has, more is not promised
 * to the reads of a transaction, each a statement of its own; a list is a single one.
 */
const neverAllowed: ReadonlySet<AnomalyKind> = new Set([
  'aborted-read',
  'intermediate-read',
  'torn-order',
  'G0',
  'G1c',
])

export default drill({
  id: 'isolation',
  group: 'concurrency',
  promise: 'data.acid',
  reach: 'plants',
  claim: 'Transactions are seen whole or not at all, and every list is of a single moment',
  explained: {
    does: 'plays the small interleavings of Hermitage against rows that the runner holds locked, then checks a history of transactions and lists for cycles (as Elle does; the versions of rows give their order)',
    bar: 'no interleaving is seen that isolation forbids, and the history has no anomaly',
    asks: 'a number that somebody may change',
    seconds: 8,
  },
  needs: lacksBank,
  clients: { transactor },
  async attack({ service, model, random, load, timeMs, progress }) {
    const { bank, resource } = await openBank(service, model, random, { rows: rows + 3, each: 0 })
    progress('small interleavings')
    const seen = await play({ service, bank: { ...bank, ids: bank.ids.slice(0, 3) }, resource })
    progress(`${clients} clients run transactions over ${rows} rows`)
    const data = { ...bank, ids: bank.ids.slice(3) }
    const running = load(transactor, { clients, data })
    await running.reach(clients)
    await new Promise(resolve => setTimeout(resolve, timeMs * share))
    const ledger = await running.stop()
    const middle = ledger.entries[Math.floor(ledger.entries.length / 2)]
    const facts = running.facts.map(factIn)
    const history = historyOf(facts)
    const lists = history.filter((_, at) => facts[at]?.form !== 'transaction')
    const transactions = history.filter((_, at) => facts[at]?.form === 'transaction')
    const whole = checkHistory(history)
    const single = checkHistory([...lists, ...transactions.map(withoutReads)])
    const anomalies = [
      ...whole.anomalies.filter(({ kind }) => neverAllowed.has(kind)),
      ...single.anomalies.filter(({ kind }) => !neverAllowed.has(kind)),
    ]
    return {
      attack: `${Object.keys(interleavings).length} small interleavings; ${clients} clients run transactions and read lists over ${rows} rows of ${resource.name}`,
      size: transactions.filter(({ outcome }) => outcome === 'ok').length,
      inFlight: ledger.inFlightAt(middle?.endedMs ?? 0),
      figures: {
        interleavings: Object.keys(interleavings).length,
        interleavingsWrong: seen.join(', '),
        transactions: transactions.length,
        rolledBack: transactions.filter(({ outcome }) => outcome === 'failed').length,
        lists: facts.length - transactions.length,
        edges: whole.edges,
        anomalies: anomalies.length,
        kinds: [...new Set(anomalies.map(({ kind }) => kind))].join(', '),
      },
    }
  },
  judge: ({ interleavingsWrong, anomalies, kinds }) => [
    ...(interleavingsWrong === '' ? [] : [`seen: ${interleavingsWrong}`]),
    ...(anomalies === 0 ? [] : [`${anomalies} anomalies (${kinds})`]),
  ],
})

/** Which of the small interleavings showed their anomaly. */
async function play(scene: Scene): Promise<readonly string[]> {
  const seen: string[] = []
  for (const [name, interleaving] of Object.entries(interleavings)) {
    if (await interleaving(scene)) seen.push(name)
  }
  return seen
}

function withoutReads(transaction: TransactionSeen): TransactionSeen {
  const operations = transaction.operations.filter(({ kind }) => kind === 'append')
  return { ...transaction, operations }
}
