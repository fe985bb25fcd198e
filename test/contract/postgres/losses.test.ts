/** Lost connections: what each caller is told, and how the database comes back. */

import assert from 'node:assert/strict'
import { connect, createServer } from 'node:net'
import { test } from 'node:test'
import { postgresDatabase } from '../../../src/adapters/postgres/database.ts'
import type { Database, Transaction } from '../../../src/ports/database.ts'
import { scratchDatabase } from '../../support/database.ts'
import { failing, statement } from './database-conformance.ts'
import { listenLocally } from '../../support/listen.ts'
import { startProxy } from './proxy.ts'
import { clock, startedDatabase } from './support.ts'

const url = await scratchDatabase()

const one = statement('select 1')
const blocked = statement('select 1 from pg_advisory_xact_lock(1)')

const terminateBlocked = statement(`select pg_terminate_backend(pid) from pg_locks
  where locktype = 'advisory' and not granted
  and database = (select oid from pg_database where datname = current_database())`)

/**
 * Gives the work a statement that waits for a lock, then ends the waiting backend; returns what the
 * work said.
 */
async function whenTerminated<T>(database: Database, work: () => Promise<T>) {
  return database.session(async session => {
    await session.run(statement('select pg_advisory_lock(1)'))
    const outcome = work().then(
      value => ({ value }),
      (error: unknown) => ({ error }),
    )
    while ((await session.run(terminateBlocked)).length === 0) await new Promise(setImmediate)
    await session.run(statement('select pg_advisory_unlock(1)'))
    return outcome
  })
}

test('a write that was under way has an unknown outcome; the next one works', async context => {
  const { database } = await startedDatabase(context, url, { limits: { writeLanes: 1 } })
  for (const route of ['write', 'pool'] as const) {
    const outcome = await whenTerminated(database, () => database.run(blocked, route))
    assert.ok('error' in outcome && failing({ kind: 'unknown', sqlState: null })(outcome.error))
    assert.deepEqual(await database.run(one, route), [[1]])
  }
})

test('a read that was under way is repeated, and its neighbours in the lane too', async context => {
  const { database } = await startedDatabase(context, url, { limits: { readLanes: 1 } })
  const outcome = await whenTerminated(database, () =>
    Promise.all([database.run(blocked, 'read'), database.run(one, 'read')]),
  )
  assert.deepEqual(outcome, { value: [[[1]], [[1]]] })
})

test('a transaction that was under way has changed nothing, and says so', async context => {
  const { database } = await startedDatabase(context, url)
  await database.run(statement('create table kept (id int)'), 'write')
  const outcome = await whenTerminated(database, () =>
    database.transaction({ isolation: 'read committed' }, async open => {
      await open.run(statement('insert into kept values (1)'))
      await open.run(blocked)
    }),
  )
  assert.ok('error' in outcome && failing({ kind: 'unavailable' })(outcome.error))
  assert.deepEqual(await database.run(statement('select id from kept'), 'pool'), [])
})

test('a commit that was under way has an unknown outcome', async context => {
  const { database } = await startedDatabase(context, url)
  await database.session(async (session: Transaction) => {
    await session.run(statement('create table slow (id int)'))
    await session.run(
      statement(`create function wait() returns trigger language plpgsql as
        'begin perform pg_advisory_xact_lock(1); return null; end'`),
    )
    await session.run(
      statement(`create constraint trigger wait after insert on slow
        deferrable initially deferred for each row execute function wait()`),
    )
  })
  const outcome = await whenTerminated(database, () =>
    database.transaction({ isolation: 'read committed' }, open =>
      open.run(statement('insert into slow values (1)')),
    ),
  )
  assert.ok('error' in outcome && failing({ kind: 'unknown' })(outcome.error))
})

const terminateOthers = statement(`select pg_terminate_backend(pid) from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid()
  and backend_type = 'client backend'`)

test('connections that are lost while idle fail nobody', async context => {
  const { database, observed } = await startedDatabase(context, url)
  await Promise.all([database.run(one, 'pool'), database.run(one, 'pool')])
  const noticed = observed('lane-lost')
  await database.session(session => session.run(terminateOthers))
  await noticed
  for (const route of ['read', 'write', 'scan', 'pool'] as const) {
    assert.deepEqual(await database.run(one, route), [[1]])
  }
})

const name = new URL(url).pathname.slice(1)

async function beginOutage(admin: Database): Promise<void> {
  await admin.run(statement(`alter database ${name} allow_connections false`), 'pool')
  const text = 'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1'
  await admin.run(statement(text, name), 'pool')
}

async function endOutage(admin: Database): Promise<void> {
  await admin.run(statement(`alter database ${name} allow_connections true`), 'pool')
}

test('a short outage is waited for, a long one fails all at once until it ends', async context => {
  const elsewhere = new URL(url)
  elsewhere.pathname = '/postgres'
  const admin = (await startedDatabase(context, elsewhere.href)).database
  const limits = { outageWaitMs: 300, reconnectDelayMsMin: 5, reconnectDelayMsMax: 20 }
  const { database, observed } = await startedDatabase(context, url, { limits })

  const begun = observed('outage-begins', 2)
  await beginOutage(admin)
  await begun
  const waits = [database.run(one, 'read'), database.run(one, 'write')]
  await endOutage(admin)
  assert.deepEqual(await Promise.all(waits), [[[1]], [[1]]])

  const again = observed('outage-begins', 2)
  await beginOutage(admin)
  await again
  for (const route of ['read', 'write', 'scan', 'pool'] as const) {
    await assert.rejects(database.run(one, route), failing({ kind: 'unavailable' }))
  }
  await assert.rejects(database.ping(), failing({ kind: 'unavailable' }))

  const ended = observed('outage-ends', 2)
  await endOutage(admin)
  await ended
  assert.deepEqual(await database.run(one, 'pool'), [[1]])
})

test('a server that falls silent is given up', async context => {
  const proxy = await startProxy(context, url)
  const limits = { statementTimeoutMs: 40, silenceGraceMs: 20, drainMs: 50, writeLanes: 1 }
  const { database } = await startedDatabase(context, proxy.url, { limits })
  proxy.freeze()
  await assert.rejects(database.run(one, 'write'), failing({ kind: 'unknown' }))
})

test('what cannot be reached is named, without its password', async context => {
  const proxy = await startProxy(context, url)
  const nowhere = new URL(proxy.url)
  nowhere.password = 'hidden-word'
  await proxy.close()
  await assert.rejects(startedDatabase(context, nowhere.href), (error: Error) => {
    assert.ok(failing({ kind: 'unavailable' })(error))
    assert.match(error.message, new RegExp(`127\\.0\\.0\\.1:${nowhere.port}/scratch_`))
    assert.doesNotMatch(error.message, /hidden-word/)
    return true
  })
})

test('an open transaction keeps a stop waiting for so long only', async context => {
  const { database } = await startedDatabase(context, url, { limits: { drainMs: 50 } })
  const entered = Promise.withResolvers<void>()
  const left = Promise.withResolvers<void>()
  const open = database.transaction({ isolation: 'read committed' }, async transaction => {
    await transaction.run(one)
    entered.resolve()
    await left.promise
    await transaction.run(one)
  })
  await entered.promise
  await database.stop()
  left.resolve()
  await assert.rejects(open, failing({ kind: 'unavailable' }))
})

test('a server that is silent before it answers is given up', async context => {
  for (const answering of ['nothing', 'the sign-in']) {
    const listener = createServer(near => {
      if (answering === 'nothing') return
      const far = connect(Number(new URL(url).port), new URL(url).hostname)
      far.pipe(near)
      near.on('data', chunk => void (chunk.includes('TimeZone') || far.write(chunk)))
      near.on('close', () => far.destroy())
    })
    const silent = new URL(url)
    silent.port = String(await listenLocally(listener))
    context.after(() => listener.close())
    const database = postgresDatabase({
      url: silent.href,
      clock,
      observe: () => {},
      limits: { connectTimeoutMs: 200 },
    })
    await assert.rejects(database.start(), /no answer within 200 ms/)
    await database.stop()
  }
})
