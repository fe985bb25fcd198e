/** Texts that are SQL in every place that takes one; whether any of them ran, PostgreSQL says. */

import type { AttackContext } from '../attack.ts'
import { sqlPayloads } from '../corpus/sql.ts'
import { drill } from '../drill.ts'
import type { Reply, Request } from '../http.ts'
import { type Entry, entriesOf } from '../model/entries.ts'
import type { Service } from '../service.ts'

interface Tried {
  readonly name: string
  readonly reply: Reply
  /** Whether rows came that a filter by equality cannot have found. */
  readonly widened: boolean
}

const atOnce = 16
const requestsMax = 6_000
const payloadsMin = 4
const rowsPlanted = 2

export default drill({
  id: 'sql-injection',
  group: 'security',
  promise: 'security.injection',
  reach: 'plants',
  claim: 'No input reaches SQL as code, whatever place it is sent to',
  explained: {
    does: 'texts that are SQL in every path, parameter, name, body and header, stored ones read again; counts those that PostgreSQL ran (each tries to take a lock that stays visible), faulty statements, changes of a table apart, filters that find too much',
    bar: 'no text is run, no table is changed, PostgreSQL sees no faulty statement, and no filter finds too much',
    asks: 'a resource',
    seconds: 12,
  },
  needs: model => (model.resources.size > 0 ? null : 'no resource is declared'),
  async attack(context) {
    const { model, random, service, progress } = context
    for (const resource of model.resources.values()) {
      for (let count = 0; count < rowsPlanted; count++) await service.rows.plant(resource)
    }
    const key = random.whole(1, 2 ** 31 - 1)
    const table = `public.canary_${random.word(8)}`
    await service.records.query(`create table ${table} as select 1 as n`)
    const payloads = sqlPayloads(`pg_try_advisory_lock(${key})`, table)
    const entries = await entriesOf(model, service)
    const before = statesIn(service)
    progress(`${entries.length} places, ${payloads.length} texts`)
    const tried = await tryAll(context, entries, payloads)
    const ran = await locksWith(service, key)
    const canary = await isUntouched(service, table)
    await service.records.query(`drop table if exists ${table}`)
    const failed = tried.filter(({ reply: { status } }) => status === null || status >= 500)
    const widened = tried.filter(each => each.widened)
    return {
      attack: `texts that are SQL in ${entries.length} places: paths, parameters, names, bodies, headers`,
      size: tried.length,
      inFlight: null,
      figures: {
        requests: tried.length,
        taken: tried.filter(({ reply }) => reply.outcome === 'ok').length,
        ran,
        canaryIntact: canary,
        syntaxErrors: statesIn(service) - before,
        failed: failed.length,
        widened: widened.length,
        found:
          [...failed, ...widened]
            .slice(0, 3)
            .map(({ name }) => name)
            .join(', ') || 'nothing',
      },
    }
  },
  judge: ({ ran, canaryIntact, syntaxErrors, failed, widened, taken, found }) => [
    ...(ran === 0 ? [] : [`SQL that was sent as a value was run: ${found}`]),
    ...(canaryIntact ? [] : ['a table was changed or dropped by a value']),
    ...(syntaxErrors === 0
      ? []
      : [`PostgreSQL saw ${syntaxErrors} faulty statements (SQLSTATE 42)`]),
    ...(failed === 0 ? [] : [`${failed} requests were answered with 5xx or not at all: ${found}`]),
    ...(widened === 0
      ? []
      : [`${widened} filters found rows that do not have the value: ${found}`]),
    ...(taken === 0 ? ['no text was taken anywhere, so nothing was compared'] : []),
  ],
})

/** Writes come first, so that what they stored meets every read. */
async function tryAll(
  { service, random }: AttackContext,
  entries: readonly Entry[],
  payloads: readonly string[],
): Promise<readonly Tried[]> {
  const each = Math.max(payloadsMin, Math.floor(requestsMax / entries.length))
  const all = entries.flatMap(entry =>
    random
      .shuffled(payloads)
      .slice(0, each)
      .map(text => ({ entry, text, request: entry.request(text) })),
  )
  const isRead = ({ method, body }: Request) => method === 'GET' && body === undefined
  const ordered = [
    ...all.filter(({ request }) => !isRead(request)),
    ...all.filter(({ request }) => isRead(request)),
  ]
  const tried: Tried[] = []
  for (let from = 0; from < ordered.length; from += atOnce) {
    const some = ordered.slice(from, from + atOnce).map(async ({ entry, text, request }) => {
      const reply = await service.send(request)
      return { name: `${entry.name}: ${text}`, entry, text, request, reply }
    })
    for (const asked of await Promise.all(some)) {
      // Alone once more: a text that is run does the same again, and rows of others came by chance.
      const { name, reply, entry, text, request } = asked
      const widened =
        hasOthers(entry, text, reply) && hasOthers(entry, text, await service.send(request))
      tried.push({ name, reply, widened })
    }
  }
  return tried
}

function hasOthers({ equal }: Entry, text: string, { status, json }: Reply): boolean {
  if (equal === null || status !== 200 || typeof json !== 'object' || json === null) return false
  const rows: unknown = Reflect.get(json, 'data')
  return (
    Array.isArray(rows) &&
    rows.some(
      (row: unknown) => typeof row === 'object' && row !== null && Reflect.get(row, equal) !== text,
    )
  )
}

/** A lock of a session stays, also in one that only reads, and after it was rolled back. */
function locksWith({ records }: Service, key: number): Promise<number> {
  const text = `select count(*)::int4 from pg_locks where locktype = 'advisory' and objid = $1::text::oid`
  return records.count(text, [String(key)])
}

async function isUntouched({ records }: Service, table: string): Promise<boolean> {
  const [there] = await records.query('select to_regclass($1) is not null', [table])
  if (there?.[0] !== true) return false
  return (await records.count(`select sum(n)::int4 from ${table}`)) === 1
}

/** How often nodes met a statement that PostgreSQL did not understand. */
function statesIn({ nodes }: Service): number {
  return nodes.reduce((sum, node) => sum + (node.output().match(/"sqlState":"42/g)?.length ?? 0), 0)
}
