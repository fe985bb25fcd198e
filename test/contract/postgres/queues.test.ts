/** Bounds: windows of lanes, the places in the queues, and who leaves them. */

import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { Database, Route } from '../../../src/ports/database.ts'
import { scratchDatabase } from '../../support/database.ts'
import { failing, statement } from './database-conformance.ts'
import { startedDatabase } from './support.ts'

const url = await scratchDatabase()

const limits = {
  readLanes: 1,
  writeLanes: 1,
  laneInFlightMax: 1,
  laneQueueMax: 2,
  laneLockTimeoutMs: 3_000,
  scanConnectionsMax: 1,
  scanQueueMax: 2,
  poolConnectionsMax: 1,
  poolQueueMax: 2,
}

const one = statement('select 1')

/** Takes the lock of which its holder decides when it is given back. */
const blocked = statement('select 1 from pg_advisory_xact_lock(1)')

/** A database whose only connection of the route is busy with `first` while the work runs. */
async function whileBusy(
  context: TestContext,
  route: Route,
  work: (database: Database, first: Promise<unknown>) => Promise<void>,
): Promise<void> {
  const { database } = await startedDatabase(context, url, { limits })
  await database.run(one, route)
  const first = await database.session(async session => {
    await session.run(statement('select pg_advisory_lock(1)'))
    const busy = database.run(blocked, route)
    await work(database, busy)
    return { busy }
  })
  await first.busy
}

for (const route of ['read', 'write', 'scan', 'pool'] satisfies Route[]) {
  test(`${route}: a full queue turns away at once and serves the others in order`, async context => {
    const order: string[] = []
    const waits: Promise<unknown>[] = []
    await whileBusy(context, route, async (database, first) => {
      const run = (name: string) => database.run(one, route).then(() => order.push(name))
      waits.push(
        first.then(() => order.push('first')),
        run('second'),
        run('third'),
      )
      await assert.rejects(run('fourth'), failing({ kind: 'full' }))
      assert.equal(database.levels()[route].waiting, 2)
      order.push('released')
    })
    await Promise.all(waits)
    assert.deepEqual(order, ['released', 'first', 'second', 'third'])
  })

  test(`${route}: who gives up leaves its place and never runs`, async context => {
    const waits: Promise<unknown>[] = []
    await whileBusy(context, route, async database => {
      const patience = new AbortController()
      const text = `select nextval('served')`
      await database.session(session => session.run(statement('create sequence served')))
      const given = database.run(statement(text), route, patience.signal)
      patience.abort()
      await assert.rejects(given, failing({ kind: 'full' }))
      assert.equal(database.levels()[route].waiting, 0)
      waits.push(database.run(one, route), database.run(one, route))
    })
    await Promise.all(waits)
    const { database } = await startedDatabase(context, url)
    assert.deepEqual(await database.run(statement('select is_called from served'), 'read'), [
      [false],
    ])
    await database.run(statement('drop sequence served'), 'write')
  })
}

test('scans that nobody waits for are cancelled, and no transaction waits for them', async context => {
  const { database } = await startedDatabase(context, url, { limits })
  const asleep = statement('select pg_sleep(60)')
  const transact = () =>
    database.transaction({ isolation: 'read committed' }, open => open.run(one))
  await database.run(one, 'scan')
  for (let time = 0; time < 5; time++) {
    const patience = new AbortController()
    const { signal } = patience
    const waits = Promise.allSettled(
      [asleep, one, one].map(each => database.run(each, 'scan', signal)),
    )
    await assert.rejects(database.run(one, 'scan'), failing({ kind: 'full' }))
    assert.deepEqual(await transact(), [[1]])
    patience.abort()
    const [cancelled, ...gone] = (await waits).map(end => 'reason' in end && end.reason)
    failing({ sqlState: '57014', message: 'canceling statement due to user request' })(cancelled)
    for (const each of gone) failing({ kind: 'full' })(each)
    assert.deepEqual(await database.run(one, 'scan'), [[1]])
  }
})

test('a signal does not reach any other statement that was sent', async context => {
  const patience = new AbortController()
  const { database } = await startedDatabase(context, url, { limits })
  const answer = await database.session(async session => {
    await session.run(statement('select pg_advisory_lock(1)'))
    const sent = database.run(blocked, 'write', patience.signal)
    patience.abort()
    return { sent }
  })
  assert.deepEqual(await answer.sent, [[1]])
})

test('a write that waits for a lock gives its lane free', async context => {
  const { database } = await startedDatabase(context, url, {
    limits: { writeLanes: 1, laneLockTimeoutMs: 10 },
  })
  await database.session(async session => {
    await session.run(statement('select pg_advisory_lock(1)'))
    const stuck = database.run(blocked, 'write')
    const behind = database.run(one, 'write')
    await assert.rejects(stuck, failing({ kind: 'refused', sqlState: '55P03' }))
    assert.deepEqual(await behind, [[1]])
  })
})

test('the pool opens no more connections than it may, and shares them', async context => {
  const { database } = await startedDatabase(context, url, { limits: { poolConnectionsMax: 3 } })
  const pids = await Promise.all(
    Array.from({ length: 20 }, () => database.run(statement('select pg_backend_pid()'), 'pool')),
  )
  assert.ok(new Set(pids.map(rows => rows[0]?.[0])).size <= 3)
})

test('idle connections of the pool are closed after their time', async context => {
  const options = { limits: { poolIdleMs: 20 }, applicationName: 'idle test' }
  const { database } = await startedDatabase(context, url, options)
  const count = statement(`select count(*)::int4 from pg_stat_activity
    where application_name = 'idle test' and datname = current_database()`)
  const lanes = (await database.run(count, 'read'))[0]?.[0]
  await Promise.all([database.run(one, 'pool'), database.run(one, 'pool')])
  for (let open = -1; open !== lanes;) open = Number((await database.run(count, 'read'))[0]?.[0])
})

test('the busier lane is passed over', async context => {
  const { database } = await startedDatabase(context, url, { limits: { readLanes: 2 } })
  const waits = await database.session(async session => {
    await session.run(statement('select pg_advisory_lock(1)'))
    const busy = database.run(blocked, 'read')
    for (let free = 0; free < 5; free++) await database.run(one, 'read')
    return { busy }
  })
  await waits.busy
})
