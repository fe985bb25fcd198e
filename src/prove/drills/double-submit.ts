/** The same request many times at once, and what else can be done with one Idempotency-Key. */

import { hash } from 'node:crypto'
import type { AttackContext } from '../attack.ts'
import { drill } from '../drill.ts'
import type { ClientWork } from '../load/client.ts'
import { lacksDeed, proveEachKind, type Proven, provenBy } from '../model/deeds.ts'

const clients = 50
const roundsOfEach = 8
const keyCharsMax = 255

interface Round {
  readonly name: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

/** Every client sends every round: all of them nearly at once, since they wait for one another. */
const sender: ClientWork<readonly Round[]> = async ({ data, send, stopping, tell }) => {
  for (const { name, path, headers, body } of data) {
    if (stopping()) return
    const { status, text } = await send({ about: name, path, headers, body })
    if (status !== null && status < 300) tell({ round: name, digest: hash('sha256', text) })
  }
}

export default drill({
  id: 'double-submit',
  group: 'concurrency',
  promise: 'api.idempotent',
  reach: 'reads',
  claim: 'One Idempotency-Key has one effect, however often and wherever it is sent',
  explained: {
    does: 'sends one key fifty times at once over two nodes, in eight rounds for a create and a command, then under another body, too long, and as somebody else; counts keys with more than one effect, answers that differ, and misuses that were taken',
    bar: 'every key has one effect and one answer, and every misuse is refused',
    asks: 'an operation that an account may call: a create, or a command',
    seconds: 6,
  },
  needs: lacksDeed,
  clients: { sender },
  async attack(context) {
    const { service, model, progress } = context
    const chosen = await proveEachKind(service, model)
    const rounds = (await Promise.all(chosen.map(roundsOf(context)))).flat()
    progress(`${clients} clients send each of ${rounds.length} keys at once`)
    const load = context.load(sender, { clients, data: rounds })
    await load.done
    const { entries } = load.ledger
    const traces = entries.map(({ trace }) => trace)
    const [first] = entries.toSorted((left, right) => left.endedMs - right.endedMs)
    const others = (await Promise.all(chosen.map(misuses(context)))).flat()
    return {
      attack: `${rounds.length} keys of ${chosen.map(({ deed }) => deed.name).join(' and ')}, each sent ${clients} times at once over ${service.nodes.length} nodes`,
      size: entries.length + others.length,
      inFlight: first === undefined ? 0 : load.ledger.inFlightAt(first.endedMs),
      figures: {
        keys: rounds.length,
        effects: await runsAmong(context, traces),
        answered: load.ledger.with('ok').length,
        refused409: entries.filter(({ status }) => status === 409).length,
        otherAnswers: entries.filter(({ status }) => status !== 409 && !isDone(status)).length,
        differentAnswers:
          new Set(load.facts.map(fact => JSON.stringify(fact))).size - rounds.length,
        misusesTaken: others.filter(isRight => !isRight).length,
      },
    }
  },
  judge: ({ keys, effects, otherAnswers, differentAnswers, misusesTaken }) => [
    ...(effects === keys ? [] : [`${keys} keys had ${effects} effects`]),
    ...(otherAnswers === 0 ? [] : [`${otherAnswers} answers were neither done nor 409`]),
    ...(differentAnswers === 0 ? [] : [`${differentAnswers} answers differ from their first`]),
    ...(misusesTaken === 0 ? [] : [`${misusesTaken} misuses of a key were not refused`]),
  ],
})

function roundsOf({ random }: AttackContext) {
  return async ({ deed, caller, inputs }: Proven): Promise<readonly Round[]> => {
    const headers = await caller.headers()
    return (await inputs(roundsOfEach)).map((body, number) => ({
      name: `${deed.name} ${number}`,
      path: deed.path,
      headers: { ...headers, 'idempotency-key': `"${random.word(20)}"` },
      body,
    }))
  }
}

/** How many of the requests really ran: what a replay answers has no event. */
function runsAmong({ service }: AttackContext, traces: readonly string[]): Promise<number> {
  const text = 'select count(distinct "trace")::int4 from "mettle"."events" where "trace" = any($1)'
  return service.records.count(text, [traces])
}

/** Whether each misuse was answered as it must be. */
function misuses({ service, model, random }: AttackContext) {
  return async (proven: Proven): Promise<readonly boolean[]> => {
    const { deed, caller } = proven
    const headers = await caller.headers()
    const key = random.word(keyCharsMax)
    const [body] = await proven.inputs(1)
    const [other] = await proven.inputs(1)
    const post = (name: string, input: unknown, from = headers) =>
      service.send({
        path: deed.path,
        body: input,
        headers: { ...from, 'idempotency-key': `"${name}"` },
      })
    const first = await post(key, body)
    const again = await post(key, body)
    const changed = await post(key, other)
    const tooLong = await post(`${key}x`, body)
    const stranger = await provenBy(service, model, deed, 2)
    const [strange] = await stranger.inputs(1)
    const foreign = await post(key, strange, await stranger.caller.headers())
    return [
      first.outcome === 'ok' && first.headers['idempotent-replayed'] === undefined,
      again.text === first.text && again.headers['idempotent-replayed'] === 'true',
      JSON.stringify(other) === JSON.stringify(body) || changed.status === 422,
      tooLong.status === 400,
      foreign.outcome === 'ok' && foreign.headers['idempotent-replayed'] === undefined,
    ]
  }
}

function isDone(status: number | null): boolean {
  return status !== null && status < 300
}
