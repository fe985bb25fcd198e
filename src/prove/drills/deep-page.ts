/** A walk through thousands of pages while rows come, and what the last ones cost. */

import { quoteName } from '../../base/quote.ts'
import { apiPath } from '../../model/names.ts'
import type { Model, ResourceModel } from '../../model/model.ts'
import type { AttackContext } from '../attack.ts'
import { drill } from '../drill.ts'
import { nowMs, type Reply } from '../http.ts'
import { partsOf } from '../model/deeds.ts'
import { wishFor } from '../model/policy.ts'
import { medianOf } from '../samples.ts'

const rows = 40_000
const pageRows = 8
/** Rows that come while somebody walks, here and there in the order. */
const lateEach = 250
const asked = 60
/** Of the drill's time; the rest is for measuring. */
const walkingShare = 0.6
/** An offset read so far is some hundred times as dear; a busy machine is not. */
const ratioMax = 3

interface Listed {
  readonly resource: ResourceModel
  readonly part: string
}

export default drill({
  id: 'deep-page',
  group: 'exhaustion',
  promise: 'api.query',
  reach: 'plants',
  claim: 'The last page costs what the first costs, and no row is on two pages or on none',
  explained: {
    does: 'walks through thousands of pages while rows come; counts rows that are on two pages or on none, and compares the last page with the second, asked in turns',
    bar: 'no row twice, none missing, and the last page costs at most 3 times the second',
    asks: 'a list whose rows need not differ from each other',
    seconds: 10,
  },
  needs: model =>
    listedOf(model) === null ? 'nobody may list rows that need not differ from each other' : null,
  async attack(context) {
    const { model, service, progress } = context
    const { resource, part } = listedOf(model)!
    const caller = await service.callers.as(part)
    const { id } = await service.rows.plant(
      resource,
      wishFor(model, resource, resource.access.read, caller)!,
    )
    progress(`${rows} rows of ${resource.name}`)
    const clone = cloner(context, resource, id)
    const there = await clone(rows)
    const headers = await caller.headers()
    const path = `${apiPath}/${resource.name}?limit=${pageRows}&fields=id`
    progress('walking from the first page on')
    const ask: Ask = after => service.send({ path: path + after, headers })
    const walk = await walkPages(context, ask, () => clone(1))
    const missed = there.filter(each => each <= walk.last && !walk.seen.has(each))
    progress(`the ${walk.pages}th page and the second, in turns`)
    const [nearMs = NaN, farMs = NaN] = await measure(context, [walk.near, walk.far], ask)
    return {
      attack: `${walk.pages} pages of ${pageRows} ${resource.name}, one after the other, while rows come; then the second and the last in turns`,
      size: walk.pages,
      inFlight: null,
      figures: {
        pages: walk.pages,
        rows: walk.seen.size,
        twice: walk.twice,
        missed: missed.length,
        outOfOrder: walk.outOfOrder,
        secondPageMs: round(nearMs),
        lastPageMs: round(farMs),
        ratio: round(farMs / nearMs),
      },
    }
  },
  judge: ({ twice, missed, outOfOrder, ratio, pages, lastPageMs, secondPageMs }) => [
    ...(twice === 0 ? [] : [`${twice} rows were on two pages`]),
    ...(missed === 0 ? [] : [`${missed} rows were on no page`]),
    ...(outOfOrder === 0 ? [] : [`${outOfOrder} rows came out of order`]),
    ...(ratio <= ratioMax
      ? []
      : [`page ${pages} took ${lastPageMs} ms, and page 2 ${secondPageMs} ms`]),
  ],
})

/** A list of rows that may be alike, and who reads it with the least rights. */
function listedOf(model: Model): Listed | null {
  for (const resource of model.resources.values()) {
    const isFree = resource.indexes.every(({ unique, origin }) => !unique || origin === 'primary')
    if (resource.identity || !isFree) continue
    const reader = partsOf(model).find(
      ([, actor]) => wishFor(model, resource, resource.access.read, actor) !== null,
    )
    if (reader !== undefined) return { resource, part: reader[0] }
  }
  return null
}

/** Copies of a row, with ids of their own anywhere in the order. */
function cloner({ service }: AttackContext, { table, fields }: ResourceModel, id: string) {
  const columns = fields.filter(({ name }) => name !== 'id').map(({ column }) => quoteName(column))
  const all = columns.join(', ')
  const text = `insert into ${quoteName(table)} ("id", ${all})
    select gen_random_uuid(), ${all} from ${quoteName(table)}, generate_series(1, $2)
    where "id" = $1::uuid returning "id"::text`
  return async (count: number): Promise<readonly string[]> => {
    const made = await service.records.query(text, [id, count])
    return made.map(([each]) => String(each))
  }
}

type Ask = (after: string) => Promise<Reply>

async function walkPages(
  { timeMs, signal }: AttackContext,
  ask: Ask,
  grow: () => Promise<unknown>,
) {
  const untilMs = nowMs() + timeMs * walkingShare
  const seen = new Set<string>()
  let [pages, twice, outOfOrder, last] = [0, 0, 0, '']
  let [near, far] = ['', '']
  for (let after = ''; nowMs() < untilMs && !signal.aborted;) {
    const { ids, next } = pageIn(await ask(after))
    pages += 1
    for (const id of ids) {
      if (seen.has(id)) twice += 1
      if (id < last) outOfOrder += 1
      seen.add(id)
      last = id
    }
    if (next === null) break
    far = after = `&after=${next}`
    if (near === '') near = after
    if (pages % lateEach === 0) await grow()
  }
  return { pages, seen, last, twice, outOfOrder, near, far }
}

function pageIn({ status, json, text }: Reply) {
  const data: unknown = Reflect.get(Object(json), 'data')
  const next: unknown = Reflect.get(Object(json), 'next')
  if (!Array.isArray(data)) throw new Error(`a page was answered ${status} ${text.slice(0, 200)}`)
  const ids = data.map(row => String(Reflect.get(Object(row), 'id')))
  return { ids, next: typeof next === 'string' ? next : null }
}

/** In turns, so that whatever else the machine does weighs on both. */
async function measure(
  { signal }: AttackContext,
  cursors: readonly string[],
  ask: Ask,
): Promise<readonly number[]> {
  const times = cursors.map((): number[] => [])
  for (let turn = 0; turn < asked && !signal.aborted; turn++) {
    for (const [at, after] of cursors.entries()) {
      const { sentMs, endedMs } = await ask(after)
      times[at]!.push(endedMs - sentMs)
    }
  }
  return times.map(medianOf)
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
