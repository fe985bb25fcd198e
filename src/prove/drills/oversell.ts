/** Many buyers for few seats: a number that a command takes from, and values that are unique. */

import { quoteName } from '../../base/quote.ts'
import type { AttackContext } from '../attack.ts'
import { drill } from '../drill.ts'
import type { Ledger } from '../ledger.ts'
import type { ClientWork } from '../load/client.ts'
import {
  commandsOnNumbers,
  exclusivesOf,
  findTakes,
  naming,
  plantSeats,
  proveExclusive,
} from '../model/takes.ts'

const clients = 50
const requestsOfEach = 10
const seats = 50
const names = 20

interface Purchase {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

/** Every client goes through the same list: all want the same at the same time. */
const buyer: ClientWork<readonly Purchase[]> = async ({ number, data, send, stopping }) => {
  for (let turn = 0; turn < data.length && !stopping(); turn++) {
    const { path, headers, body } = data[turn]!
    await send({ about: `${number}`, path, headers, body })
  }
}

/** What one of the two races came to. */
interface Sale {
  readonly attack: string
  readonly requests: number
  readonly inFlight: number
  readonly figures: Readonly<Record<string, number>>
}

export default drill({
  id: 'oversell',
  group: 'concurrency',
  promise: 'data.lock',
  reach: 'plants',
  claim: 'What there is only so much of is never given away twice',
  explained: {
    does: 'sends many more purchases at once than there are seats, by a command that takes from a number, and creates of the same unique value; counts what was given away against what there was',
    bar: 'exactly what there was is given away, and a unique value once',
    asks: 'a command that takes from a number, or a unique value that somebody may create',
    seconds: 8,
  },
  needs: model =>
    commandsOnNumbers(model).length > 0 || exclusivesOf(model).length > 0
      ? null
      : 'no command takes from a number, and no row that somebody may create is unique',
  clients: { buyer },
  async attack(context) {
    const sales = [await sellSeats(context), await giveNames(context)].filter(sale => sale !== null)
    if (sales.length === 0) throw new Error('no command took anything from the rows that it named')
    return {
      attack: sales.map(({ attack }) => attack).join('; '),
      size: sales.reduce((sum, { requests }) => sum + requests, 0),
      inFlight: Math.min(...sales.map(({ inFlight }) => inFlight)),
      figures: { ...sales[0]?.figures, ...sales[1]?.figures },
    }
  },
  judge: ({ oversold = 0, unsold = 0, below = 0, namedTwice = 0, unnamed = 0 }) => [
    ...(oversold === 0 ? [] : [`${oversold} more were sold than there were`]),
    ...(unsold === 0 ? [] : [`${unsold} were left though there were buyers`]),
    ...(below === 0 ? [] : [`the number fell to ${-below}`]),
    ...(namedTwice === 0 ? [] : [`${namedTwice} unique values were given twice`]),
    ...(unnamed === 0 ? [] : [`${unnamed} unique values were given to nobody`]),
  ],
})

async function sellSeats(context: AttackContext): Promise<Sale | null> {
  const { model, service, load, progress } = context
  const [take] = await findTakes(service, model)
  if (take === undefined) return null
  const { proven, resource, field, each } = take
  const { deed, caller, inputs } = proven
  const row = await plantSeats(service, take, seats)
  const headers = await caller.headers()
  const purchases = (await inputs(requestsOfEach)).map(body => {
    return { path: deed.path, headers, body: naming(deed.fields, body, row) }
  })
  progress(`${clients * requestsOfEach} times ${deed.name} for ${seats} seats`)
  const { ledger, done } = load(buyer, { clients, data: purchases })
  await done
  const left = Number(await service.rows.stored(resource, row.id, field.name))
  const sold = ledger.with('ok').length
  const unknown = ledger.with('unknown').length
  return {
    attack: `${clients * requestsOfEach} times ${deed.name} on a row whose ${field.name} is enough for ${seats}`,
    requests: ledger.entries.length,
    inFlight: flying(ledger),
    figures: {
      seats,
      sold,
      refused: ledger.with('failed').length,
      unknown,
      oversold: Math.max(0, sold - seats),
      unsold: Math.max(0, Math.round(left / each) - unknown),
      below: Math.max(0, -left),
    },
  }
}

/** The same row by everybody at once: one of each may come to be. */
async function giveNames(context: AttackContext): Promise<Sale | null> {
  const { model, service, load, progress } = context
  if (exclusivesOf(model).length === 0) return null
  const [{ resource, fields }, { deed, caller, inputs }] = await proveExclusive(service, model)
  const headers = await caller.headers()
  const bodies = await inputs(names)
  const purchases = bodies.map(body => ({ path: deed.path, headers, body }))
  progress(`${clients} clients want each of ${names} unique rows of ${resource.name}`)
  const { ledger, done } = load(buyer, { clients, data: purchases })
  await done
  const columns = fields.map(field => `${quoteName(resource.field.get(field)!.column)}::text`)
  const text = `select count(*)::int4 from (select 1 from ${quoteName(resource.table)} group by ${columns.join(', ')} having count(*) > 1) twice`
  const given = ledger.with('ok').length
  return {
    attack: `${clients} clients create each of ${names} rows of ${resource.name} with the same ${fields.join(', ')}`,
    requests: ledger.entries.length,
    inFlight: flying(ledger),
    figures: {
      names,
      given,
      namedTwice: await service.records.count(text),
      unnamed: Math.max(0, names - given - ledger.with('unknown').length),
    },
  }
}

/** While the first answer was on its way. */
function flying(ledger: Ledger): number {
  const firstMs = ledger.entries.reduce((least, each) => Math.min(least, each.endedMs), Infinity)
  return ledger.inFlightAt(firstMs)
}
