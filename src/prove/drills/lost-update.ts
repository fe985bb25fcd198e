/** Many clients read, count one up and write back, with the version that they read. */

import { drill } from '../drill.ts'
import type { ClientWork } from '../load/client.ts'
import { countersOf, raceOn, wireNumber } from '../model/numbers.ts'
import { tryStale } from '../model/stale.ts'
import type { FieldKind } from '../../model/model.ts'

const clients = 40
const changesOfEach = 10

interface Data {
  readonly path: string
  readonly field: string
  readonly kind: FieldKind
  readonly headers: Readonly<Record<string, string>>
}

const counter: ClientWork<Data> = async ({ data, send, stopping }) => {
  const { path, field, kind, headers } = data
  for (let done = 0; done < changesOfEach && !stopping();) {
    const read = await send({ about: 'read', path, headers })
    const tag = read.headers['etag']
    if (read.outcome !== 'ok' || typeof tag !== 'string') continue
    const row: unknown = read.json
    const value = Number(typeof row === 'object' && row !== null ? Reflect.get(row, field) : NaN)
    const body = { [field]: wireNumber({ kind }, value + 1) }
    const match = { ...headers, 'if-match': tag }
    const write = await send({ about: 'write', path, method: 'PATCH', headers: match, body })
    if (write.outcome === 'ok') done += 1
  }
}

export default drill({
  id: 'lost-update',
  group: 'concurrency',
  promise: 'data.lock',
  reach: 'plants',
  claim: 'No acknowledged change is overwritten by somebody who had not seen it',
  explained: {
    does: 'lets 40 clients read one row, count a number up and write it back with `If-Match`; counts changes that were acknowledged against what the number has become; then names an old version in every kind of change, alone and in batches',
    bar: 'the number rose by every acknowledged change and by nothing else, and nothing is done to an old version',
    asks: 'a number that somebody may change',
    seconds: 10,
  },
  needs: model =>
    countersOf(model).length > 0 ? null : 'no resource has a number that somebody may change',
  clients: { counter },
  async attack({ model, service, load, timeMs, progress, random }) {
    const raced = await raceOn(service, model, random.shuffled(countersOf(model)))
    const { resource, field } = raced.counter
    progress(`${clients} clients count ${resource.name}.${field.name} up in one row`)
    const headers = await raced.caller.headers()
    const data = { path: raced.path, field: field.name, kind: field.kind, headers }
    const running = load(counter, { clients, data })
    const late = setTimeout(() => void running.stop().catch(() => {}), timeMs)
    await running.done.finally(() => clearTimeout(late))
    const writes = running.ledger.entries.filter(({ about }) => about === 'write')
    const acked = writes.filter(({ outcome }) => outcome === 'ok')
    const stored = await service.rows.stored(resource, raced.id, field.name)
    progress('every other form of a change names an old version')
    const stale = await tryStale(service, model)
    const middle = writes[Math.floor(writes.length / 2)]
    return {
      attack: `${clients} clients count ${resource.name}.${field.name} of one row up with If-Match; then every form of a change names an old version`,
      size: acked.length,
      inFlight: middle === undefined ? 0 : running.ledger.inFlightAt(middle.endedMs),
      figures: {
        acked: acked.length,
        counted: Number(stored) - raced.value,
        refused412: writes.filter(({ status }) => status === 412).length,
        unknown: writes.filter(({ outcome }) => outcome === 'unknown').length,
        staleTried: stale.tried,
        staleTaken: stale.taken.length,
        found: stale.taken.slice(0, 5).join(', ') || 'nothing',
      },
    }
  },
  judge: ({ acked, counted, unknown, staleTaken, found }) => [
    ...(staleTaken === 0 ? [] : [`${staleTaken} changes of an old version were made: ${found}`]),
    ...(counted < acked ? [`${acked - counted} of ${acked} acknowledged changes are gone`] : []),
    ...(counted > acked + unknown ? [`${counted - acked} changes more than acknowledged`] : []),
  ],
})
