/** kill -9 of PostgreSQL, all its processes at once, under a load of writes. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { AttackContext } from '../attack.ts'
import { drill } from '../drill.ts'
import { nowMs } from '../http.ts'
import type { Load } from '../load/load.ts'
import { deedsOf, lacksDeed, prove } from '../model/deeds.ts'
import type { Service } from '../service.ts'
import { timelineOf } from '../timeline.ts'
import { settle, writer, writerData } from '../writers.ts'

const clients = 24
const pauseMs = 8
const killsMax = 5
/** From the first answer of PostgreSQL itself: how long that takes is not the backend's affair. */
const reconnectMsMax = 5_000
const lookMs = 20
const backMsMax = 30_000
/** Of the drill's time; the rest is for settling. */
const killingShare = 0.6

interface Kill {
  readonly atMs: number
  /** When PostgreSQL answered again. */
  readonly backMs: number
}

export default drill({
  id: 'kill-database',
  group: 'crash',
  promise: 'data.acid',
  reach: 'kills',
  claim:
    'kill -9 of PostgreSQL loses nothing acknowledged, and callers are told when to come again',
  explained: {
    does: 'kills every process of PostgreSQL under a load of writes; counts what was acknowledged and is lost, answers that are neither done nor 503 with `Retry-After`, and B-trees that do not fit their tables (amcheck)',
    bar: 'nothing acknowledged is lost, every other answer says when to come again, no index is damaged, and writes go on within 5 s of PostgreSQL being back',
    asks: 'an operation that an account may call: a create, or a command',
    seconds: 15,
  },
  needs: lacksDeed,
  clients: { writer },
  async attack(context) {
    const { service, model, load } = context
    const proven = await prove(service, model, deedsOf(model))
    const data = await writerData(proven, pauseMs)
    const running = load(writer, { clients, data })
    await running.reach(clients * 4)
    const kills = await killOften(context, running)
    await running.reach(clients)
    const ledger = await running.stop()
    await service.heal()
    const settled = await settle(service, data, ledger)
    const refused = ledger.entries.filter(({ outcome }) => outcome !== 'ok')
    const indexes = await checkIndexes(service)
    return {
      attack: `${kills.length} times every process of PostgreSQL killed while ${clients} clients send ${proven.deed.name}`,
      size: kills.length,
      inFlight: kills.reduce((sum, { atMs }) => sum + ledger.inFlightAt(atMs), 0),
      figures: {
        ...settled,
        refused: refused.length,
        otherAnswers: refused.filter(({ status, retryAfter }) => status !== 503 || !retryAfter)
          .length,
        indexes: indexes.checked,
        damaged: indexes.damaged,
        restartMs: Math.round(Math.max(...kills.map(({ atMs, backMs }) => backMs - atMs))),
        reconnectMs: Math.max(...kills.map(({ backMs }) => ledger.recoveryMs(backMs) ?? Infinity)),
      },
      timeline: timelineOf(
        ledger.entries,
        kills.map(({ atMs }) => atMs),
      ),
    }
  },
  judge: figures => [
    ...(figures.lost === 0 ? [] : [`${figures.lost} acknowledged writes are lost`]),
    ...(figures.duplicated === 0 ? [] : [`${figures.duplicated} keys had two effects`]),
    ...(figures.refusedYetDone === 0 ? [] : [`${figures.refusedYetDone} refused writes were done`]),
    ...(figures.unresolved === 0 ? [] : [`${figures.unresolved} writes could not be sent again`]),
    ...(figures.otherAnswers === 0
      ? []
      : [`${figures.otherAnswers} answers were neither done nor 503 with Retry-After`]),
    ...(figures.damaged === 0 ? [] : [`${figures.damaged} indexes do not fit their tables`]),
    ...(figures.reconnectMs <= reconnectMsMax
      ? []
      : [`PostgreSQL was back for ${figures.reconnectMs} ms before the next write was done`]),
  ],
})

/** Each time it waits until writes are done again: a second kill has something to lose, too. */
async function killOften(context: AttackContext, running: Load): Promise<readonly Kill[]> {
  const { service, random, timeMs, progress, signal } = context
  const untilMs = nowMs() + timeMs * killingShare
  const kills: Kill[] = []
  while (kills.length < killsMax && (kills.length === 0 || nowMs() < untilMs) && !signal.aborted) {
    await sleep(random.whole(200, 800))
    progress(`kill ${kills.length + 1}`)
    const atMs = service.faults.killDatabase()
    await until('PostgreSQL answers', () => answers(service))
    const backMs = nowMs()
    kills.push({ atMs, backMs })
    await until('a write is done', async () => running.ledger.recoveryMs(backMs) !== null)
  }
  return kills
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const endMs = nowMs() + backMsMax
  while (!(await isSo())) {
    if (nowMs() > endMs) throw new Error(`${backMsMax} ms went by, and still not: ${what}`)
    await sleep(lookMs)
  }
}

function answers({ records }: Service): Promise<boolean> {
  return records.count('select 1').then(
    () => true,
    () => false,
  )
}

/** Every B-tree against its table, as amcheck of PostgreSQL does it. */
async function checkIndexes({ superuser }: Service) {
  return superuser(async ({ query, count }) => {
    await query('create extension if not exists amcheck schema pg_catalog')
    const rows = await query(`select indexrelid from pg_index
      join pg_class on pg_class.oid = indexrelid join pg_am on pg_am.oid = relam
      where amname = 'btree' and indisready and indisvalid and relkind = 'i'
        and relpersistence = 'p'`)
    let damaged = 0
    for (const [index] of rows) {
      const check = 'select count(*)::int4 from (select bt_index_check($1::oid, true)) as done'
      await count(check, [index]).catch(() => (damaged += 1))
    }
    await query('drop extension amcheck')
    return { checked: rows.length, damaged }
  })
}
