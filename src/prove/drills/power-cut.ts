/**
 * What would survive a power cut: how PostgreSQL is set, and for every acknowledged write whether
 * its commit had been flushed to disk by then.
 */

import type { AttackContext } from '../attack.ts'
import type { Caller } from '../callers.ts'
import { drill } from '../drill.ts'
import type { Reply } from '../http.ts'
import { lacksDeed, proveEachKind, type Proven, told } from '../model/deeds.ts'
import { apiPath } from '../../model/names.ts'
import type { Model } from '../../model/model.ts'
import type { Random } from '../random.ts'
import type { Records } from '../records.ts'
import type { Service } from '../service.ts'

const none = 'none'
const rounds = 30
const atOnce = 8

/** What the settings must be; a node's sessions have those of this role and database. */
const safe: Readonly<Record<string, readonly string[]>> = {
  fsync: ['on'],
  full_page_writes: ['on'],
  synchronous_commit: ['on', 'local', 'remote_write', 'remote_apply'],
  data_checksums: ['on'],
  data_sync_retry: ['off'],
  zero_damaged_pages: ['off'],
  ignore_checksum_failure: ['off'],
}

interface Acknowledged {
  readonly trace: string
  /** How far the log of PostgreSQL was on disk right after the answer. */
  readonly flushed: string
}

export default drill({
  id: 'power-cut',
  group: 'crash',
  promise: 'data.acid',
  reach: 'reads',
  claim: 'Acknowledged means on disk',
  explained: {
    does: 'finds the commit of every acknowledged write, of a create and a command, alone and in batches, in the log of PostgreSQL and compares its place with what was on disk right after the answer; reads the settings that a power cut asks about; starts a node on a server that does not wait for the disk, which must refuse',
    bar: 'every acknowledged commit was on disk, every setting is safe, and the node on the lossy server refuses to start',
    asks: 'an operation that an account may call: a create, or a command',
    seconds: 6,
  },
  needs: lacksDeed,
  async attack(context) {
    const { service, model, progress } = context
    const writings = await writingsOf(service, model)
    const fsyncsBefore = await fsyncs(service)
    progress(`${rounds * atOnce} writes, each looked for in the log of PostgreSQL`)
    // The start makes a database, whose checkpoints may take away the log of these writes.
    const early = await writeAndLook(context, writings, rounds)
    const lossyStartRefused = await isLossyStartRefused(context)
    // A session adds its counts to those of all at most once a second, when it commits.
    const late = await writeAndLook(context, writings, writings.length)
    const acked = early.acked + late.acked
    return {
      attack: `${acked} of ${writings.map(({ name }) => name).join(', ')}, ${atOnce} at once, each compared with what was on disk when it was answered; a start on a server that does not wait for the disk`,
      size: acked,
      inFlight: atOnce,
      figures: {
        acked,
        refused: early.refused + late.refused,
        notOnDisk: early.notOnDisk + late.notOnDisk,
        unaccounted: early.unaccounted + late.unaccounted,
        fsyncs: (await fsyncs(service)) - fsyncsBefore,
        unsafeSettings: (await readUnsafeSettings(service.records)).join(', ') || none,
        lossyStartRefused,
      },
    }
  },
  judge: ({ notOnDisk, unaccounted, fsyncs: counted, unsafeSettings, lossyStartRefused }) => [
    ...(notOnDisk === 0 ? [] : [`${notOnDisk} writes were acknowledged before they were on disk`]),
    ...(unaccounted === 0 ? [] : [`${unaccounted} acknowledged writes have no commit in the log`]),
    ...(counted > 0 ? [] : ['PostgreSQL counted no fsync of its log']),
    ...(unsafeSettings === none ? [] : [`PostgreSQL is set to ${unsafeSettings}`]),
    ...(lossyStartRefused
      ? []
      : ['a node starts on a server whose acknowledged writes can be lost']),
  ],
})

async function text({ query }: Pick<Records, 'query'>, statement: string): Promise<string> {
  return String((await query(statement))[0]?.[0])
}

/** One way to write: they do not all share commits, nor the connections that commit. */
interface Writing extends Pick<Proven, 'inputs'> {
  readonly caller: Pick<Caller, 'headers'>
  readonly name: string
  readonly request: (input: unknown) => { readonly path: string; readonly body: unknown }
}

/** A create and a command, as far as there are both, each alone and as a batch of its own. */
async function writingsOf(service: Service, model: Model): Promise<readonly Writing[]> {
  const proven = await proveEachKind(service, model)
  return proven.flatMap(({ deed: { name, path }, caller, inputs }) => {
    const batch = (input: unknown) => ({ atomic: true, operations: [{ operation: name, input }] })
    return [
      { name, caller, inputs, request: body => ({ path, body }) },
      {
        name: `${name} in a batch`,
        caller,
        inputs,
        request: input => ({ path: `${apiPath}/batch`, body: batch(input) }),
      },
    ]
  })
}

/** Of some acknowledged writes. */
interface Seen {
  readonly acked: number
  /** Not acknowledged: nothing is claimed of them. */
  readonly refused: number
  readonly notOnDisk: number
  readonly unaccounted: number
}

/** The ways in turn, each write looked for in the log. */
async function writeAndLook(
  { service, random }: AttackContext,
  writings: readonly Writing[],
  times: number,
): Promise<Seen> {
  const from = await text(service.records, 'select pg_current_wal_insert_lsn()::text')
  const all: Acknowledged[] = []
  let refused = 0
  for (const [at, writing] of writings.entries()) {
    const turns = Math.ceil((times - at) / writings.length)
    const written = await write(writing, turns, service, random)
    all.push(...written.acknowledged)
    refused += written.refused
  }
  return { acked: all.length, refused, ...(await commitsOf(service, from, all)) }
}

interface WriteTo extends Pick<Service, 'send'> {
  readonly records: Pick<Records, 'query'>
}

/** Rejects where most of a way is not acknowledged: of the rest a little would be said. */
export async function write(
  { name, caller, inputs, request }: Writing,
  turns: number,
  { send, records }: WriteTo,
  random: Random,
): Promise<{ readonly acknowledged: readonly Acknowledged[]; readonly refused: number }> {
  const headers = await caller.headers()
  const acknowledged: Acknowledged[] = []
  const refused: Reply[] = []
  const one = async (input: unknown): Promise<void> => {
    const trace = random.uuid()
    const named = { ...headers, 'x-request-id': trace }
    const reply = await send({ ...request(input), headers: named })
    const flushed = await text(records, 'select pg_current_wal_flush_lsn()::text')
    if (reply.outcome === 'ok') acknowledged.push({ trace, flushed })
    else refused.push(reply)
  }
  for (let turn = 0; turn < turns; turn++) await Promise.all((await inputs(atOnce)).map(one))
  const [first] = refused
  if (first !== undefined && refused.length > acknowledged.length) {
    throw new Error(`${name} was answered ${told(first)}`)
  }
  return { acknowledged, refused: refused.length }
}

/** The commit record of each write, found by the transaction of its event. */
async function commitsOf(
  { superuser }: Service,
  from: string,
  acknowledged: readonly Acknowledged[],
): Promise<Omit<Seen, 'acked' | 'refused'>> {
  const traces = acknowledged.map(({ trace }) => trace)
  const flushed = acknowledged.map(each => each.flushed)
  return superuser(async ({ query }) => {
    // Its own commit takes everything before it to the disk.
    await query('create extension if not exists pg_walinspect schema pg_catalog')
    const [row = []] = await query(
      `with commits as materialized (
        select xid, end_lsn from pg_get_wal_records_info($1::pg_lsn, pg_current_wal_flush_lsn())
        where resource_manager = 'Transaction' and record_type like 'COMMIT%'
      ), seen as (
        select trace, max(end_lsn) as at from "mettle"."events" join commits on xid = "tx"::xid
        where trace = any($2) group by trace
      )
      select count(*) filter (where at > flushed)::int4, count(*) filter (where at is null)::int4
      from unnest($2::text[], $3::pg_lsn[]) as acknowledged (trace, flushed)
      left join seen using (trace)`,
      [from, traces, flushed],
    )
    await query('drop extension pg_walinspect')
    return { notOnDisk: Number(row[0]), unaccounted: Number(row[1]) }
  })
}

function fsyncs({ records }: Service): Promise<number> {
  return records.count(`select sum(fsyncs)::int4 from pg_stat_io where object = 'wal'`)
}

async function readUnsafeSettings({ query }: Records): Promise<readonly string[]> {
  const rows = await query(
    'select name, setting from pg_settings where name = any($1) order by name',
    [Object.keys(safe)],
  )
  return rows
    .map(([name, setting]) => [String(name), String(setting)] as const)
    .filter(([name, setting]) => safe[name]?.includes(setting) !== true)
    .map(([name, setting]) => `${name} = ${setting}`)
}

async function isLossyStartRefused({ service, open, progress }: AttackContext): Promise<boolean> {
  progress('starting a node on a server that does not wait for the disk')
  const url = new URL(service.records.url)
  url.searchParams.set('options', '-c synchronous_commit=off')
  try {
    await open({ DATABASE_URL: url.href }, 1)
    return false
  } catch (error) {
    if (error instanceof Error && error.message.includes('synchronous_commit')) return true
    throw error
  }
}
