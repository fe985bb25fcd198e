/** Many callers in the same moment, some with faulty requests, and the same without company. */

import { hash } from 'node:crypto'
import type { JsonValue } from '../../declare/json.ts'
import type { Model, ResourceModel } from '../../model/model.ts'
import { apiPath } from '../../model/names.ts'
import type { AttackContext } from '../attack.ts'
import { drill } from '../drill.ts'
import type { Reply, Request } from '../http.ts'
import type { ClientWork } from '../load/client.ts'
import { countedBy } from '../metrics.ts'
import { type Bank, lacksBank, openBank, patching, reading, setting } from '../model/bank.ts'
import { ownedIn, plantOwned } from '../model/owned.ts'
import { isWritable } from '../model/values.ts'

const clients = 64
/** Where nobody signs up himself each account takes an operator's command. */
const accountsMax = { open: 64, closed: 6 } as const
const passes = 6
const versionOfNobody = 1_000_000
const nobodysId = '00000000-0000-4000-8000-00000000dead'

/** One request of a client; what is `told` of it must be the same alone and among others. */
interface Turn extends Pick<Request, 'path' | 'method' | 'headers' | 'body'> {
  readonly about: string
  /** Whether it is to be refused: a neighbour that no other request may suffer from. */
  readonly isPoison?: boolean
}

interface Script {
  /** By client. */
  readonly turns: readonly (readonly Turn[])[]
  readonly passes: number
}

interface Told {
  readonly about: string
  readonly status: number | null
  /** Of the answer without what changes from one time to the next. */
  readonly digest: string
}

/** All clients go through their turns at once. */
const crowd: ClientWork<Script> = async ({ number, data, send, stopping, tell }) => {
  for (let pass = 0; pass < data.passes; pass++) {
    for (const turn of data.turns[number] ?? []) {
      if (stopping()) return
      tell(toldOf(turn, await send(turn)))
    }
  }
}

/** One client goes through the turns of all: nobody is there to share anything with. */
const lonely: ClientWork<Script> = async ({ data, send, stopping, tell }) => {
  for (const turn of data.turns.flat()) {
    if (stopping()) return
    tell(toldOf(turn, await send(turn)))
  }
}

function toldOf({ about }: Turn, { status, json }: Reply): JsonValue {
  return { about, status, digest: hash('sha256', JSON.stringify(json, steady)) }
}

const changing: ReadonlySet<string> = new Set([
  'version',
  'createdAt',
  'updatedAt',
  'etag',
  'instance',
  'requestId',
])

function steady(name: string, value: unknown): unknown {
  return changing.has(name) ? undefined : value
}

export default drill({
  id: 'crosstalk',
  group: 'concurrency',
  promise: 'data.batch',
  reach: 'plants',
  claim: 'Requests that share statements and commits never get what is of another, nor his errors',
  explained: {
    does: 'sends the requests of 64 clients one after the other and then all at once, faulty ones between them; counts answers that differ, requests that fail only in company, and how many shared a statement',
    bar: 'no answer differs from that of a lonely request, and none fails because of others',
    asks: 'rows that only some members may read, and a number that somebody may change',
    seconds: 12,
  },
  needs: lacks,
  clients: { crowd, lonely },
  async attack(context) {
    const { service, load, progress } = context
    const script = await scriptOf(context)
    const turns = script.turns.flat()
    progress(`${turns.length} requests, one after the other`)
    const alone = load(lonely, { clients: 1, data: { ...script, passes: 1 } })
    await alone.done
    const before = await shared(service.nodes)
    progress(`${clients} clients at once, ${passes} times`)
    const together = load(crowd, { clients, data: script })
    await together.done
    const after = await shared(service.nodes)
    const batches = after.batches - before.batches
    const requests = after.requests - before.requests
    const expected = new Map(alone.facts.map(factIn).map(told => [told.about, told]))
    const seen = together.facts.map(factIn)
    return {
      attack: `${clients} clients with ${script.accounts} accounts send ${turns.length} requests ${passes} times, ${turns.filter(({ isPoison }) => isPoison).length} of them faulty, and once alone`,
      size: seen.length,
      // Of those that travelled, how many did so with another.
      inFlight: requests - batches,
      figures: {
        requests: seen.length,
        batches,
        meanSize: batches === 0 ? 0 : requests / batches,
        ...compare(expected, seen),
      },
    }
  },
  judge: ({ crosstalk, collateral, refusedOtherwise }) => [
    ...(crosstalk === 0 ? [] : [`${crosstalk} answers are not those of a request that came alone`]),
    ...(collateral === 0 ? [] : [`${collateral} requests failed because of others`]),
    ...(refusedOtherwise === 0 ? [] : [`${refusedOtherwise} were refused for another reason`]),
  ],
})

function lacks(model: Model): string | null {
  if (ownedIn(model).length === 0) return 'no resource has rows that only some members may read'
  return lacksBank(model)
}

function factIn(fact: JsonValue): Told {
  return JSON.parse(JSON.stringify(fact))
}

function compare(expected: ReadonlyMap<string, Told>, seen: readonly Told[]) {
  let [crosstalk, collateral, refusedOtherwise] = [0, 0, 0]
  for (const { about, status, digest } of seen) {
    const alone = expected.get(about)
    if (alone?.status === status && alone.digest === digest) continue
    if (isDone(status)) crosstalk += 1
    else if (isDone(alone?.status ?? null)) collateral += 1
    else refusedOtherwise += 1
  }
  return { crosstalk, collateral, refusedOtherwise }
}

function isDone(status: number | null): boolean {
  return status !== null && status < 300
}

async function shared(nodes: AttackContext['service']['nodes']) {
  return {
    requests: await countedBy(nodes, 'mettle_batch_rows_sum'),
    batches: await countedBy(nodes, 'mettle_batch_rows_count'),
  }
}

/** Each client reads what is his and what is not, and changes a row of his own. */
async function scriptOf(context: AttackContext): Promise<Script & { readonly accounts: number }> {
  const { service, model, random, progress } = context
  const accounts = accountsMax[model.identity?.signUp === 'open' ? 'open' : 'closed']
  progress(`${accounts} accounts`)
  const members = await Promise.all(
    Array.from({ length: accounts }, (_, at) => service.callers.member(at + 1)),
  )
  const [resource] = ownedIn(model)
  const rows = await plantOwned(service, model, resource!, members)
  const path = `${apiPath}/${resource!.name}`
  const { bank, resource: banked } = await openBank(service, model, random, {
    rows: clients + 1,
    each: 0,
  })
  const turns: (readonly Turn[])[] = []
  for (let client = 0; client < clients; client++) {
    const at = client % members.length
    const [own, other] = [rows[at]!.id, rows[(at + 1) % rows.length]!.id]
    const headers = await members[at]!.headers()
    const reads = [
      { about: 'own', path: `${path}/${own}` },
      { about: 'other', path: `${path}/${other}`, isPoison: true },
      { about: 'list', path: `${path}?id[in]=${own}&id[in]=${other}` },
      { about: 'nobody', path: `${path}/${nobodysId}`, isPoison: true },
    ].map(turn => ({ ...turn, headers }))
    const changes = [...changesOf(bank, client, headers), ...brokenReferences(bank, banked, client)]
    const mixed = random.shuffled([...reads, ...changes])
    turns.push(
      mixed.map((turn, number) => ({ ...turn, about: `${client} ${number} ${turn.about}` })),
    )
  }
  return { turns, passes, accounts }
}

/** Most are sound; the faults are of the input, the version, the row and the rights. */
function changesOf(
  bank: Bank,
  client: number,
  stranger: Readonly<Record<string, string>>,
): readonly Turn[] {
  const id = bank.ids[client]!
  const quiet = bank.ids.at(-1)!
  const sound = [1, 2, 3].map(step => {
    const value = bank.least + client * 10 + step
    return { about: 'change', ...patching(bank, id, value) }
  })
  const [change] = sound
  const stale = { ...bank.headers, 'if-match': `"${versionOfNobody}"` }
  return [
    ...sound,
    { ...change!, about: 'wrong type', body: { [bank.field]: 'no number' }, isPoison: true },
    { ...change!, about: 'stale', headers: stale, isPoison: true },
    { ...change!, about: 'no right', headers: stranger, isPoison: true },
    { ...patching(bank, nobodysId, bank.least), about: 'no row', isPoison: true },
    {
      about: 'several',
      path: `${apiPath}/batch`,
      headers: bank.headers,
      // Each for itself: the failure of the first is none of the second.
      body: { operations: [setting(bank, id, bank.least, versionOfNobody), reading(bank, quiet)] },
    },
  ]
}

/** What only the statement finds out: nothing has the id. */
function brokenReferences(bank: Bank, resource: ResourceModel, client: number): readonly Turn[] {
  const field = resource.fields.find(each => each.kind === 'ref' && isWritable(each))
  if (field === undefined) return []
  const change = patching(bank, bank.ids[client]!, bank.least)
  const body = { [field.name]: nobodysId }
  return [{ ...change, about: 'broken reference', body, isPoison: true }]
}
