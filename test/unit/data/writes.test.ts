/** The rules of a group commit, one by one. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { DatabaseError } from '../../../src/ports/database.ts'
import {
  answer,
  change,
  refused,
  scriptedData,
  settled,
  updatePlan,
  user,
} from './scripted-database.ts'
import type { ScriptedDatabase } from './scripted-database.ts'

/** Whatever is sent from now on. */
function failAll(database: ScriptedDatabase, error: unknown): { readonly count: number } {
  const failed = { count: 0 }
  const failNext = async (): Promise<void> => {
    ;(await database.next()).fail(error)
    failed.count += 1
    return failNext()
  }
  void failNext()
  return failed
}

const lonePlan = { ...updatePlan, lone: 'lone' }

const [ann, bob] = [user('ann'), user('bob')]

test('a change that waits alone goes in its own form, and in that of groups where that did nothing', async () => {
  const { database, data } = scriptedData()
  const done = data.write(lonePlan, change('p1', 4), ann)
  const sent = await database.next()
  assert.deepEqual(sent.statement, { text: 'lone', values: [0, 'p1', 'ann', 4] })
  assert.equal(sent.route, 'write')
  sent.answer([answer(0, 'done', 8)])
  assert.deepEqual((await done).version, 8)

  const stale = data.write(lonePlan, change('p1', 4), ann)
  ;(await database.next()).answer([])
  const group = await database.next()
  assert.deepEqual(group.statement.text, 'group')
  group.answer([answer(0, 'stale')])
  assert.equal((await stale).outcome, 'stale')

  const pair = [
    data.write(lonePlan, change('p1', 4), ann),
    data.write(lonePlan, change('p2', 4), ann),
  ]
  const together = await database.next()
  assert.equal(together.statement.text, 'group')
  together.answer([answer(0, 'done'), answer(1, 'done')])
  await Promise.all(pair)
})

test('changes of one plan that wait together are one statement, and each gets its own outcome', async () => {
  const { database, data } = scriptedData()
  const writes = [
    data.write(updatePlan, change('p1', 4), ann),
    data.write(updatePlan, change('p2', 5), bob),
    data.write(updatePlan, change('p3', 6), ann),
  ]
  const sent = await database.next()
  assert.equal(sent.route, 'write')
  assert.deepEqual(sent.statement, {
    text: 'group',
    values: [
      [0, 1, 2],
      ['p1', 'p2', 'p3'],
      ['ann', 'bob', 'ann'],
      [4, 5, 6],
    ],
  })
  sent.answer([answer(2, 'stale'), answer(0, 'done', 8), answer(1, 'denied')])
  const results = await Promise.all(writes)
  assert.deepEqual(
    results.map(result => result.outcome),
    ['done', 'denied', 'stale'],
  )
  assert.equal(results[0]?.version, 8)
})

test('one row never stands twice in a group, and its changes keep their order', async () => {
  const { database, data } = scriptedData()
  const writes = [
    data.write(updatePlan, change('p1', 1), ann),
    data.write(updatePlan, change('p1', 2), ann),
    data.write(updatePlan, change('p2', 3), ann),
  ]
  const first = await database.next()
  assert.deepEqual(first.statement.values[3], [1, 3])
  first.answer([answer(0, 'done'), answer(1, 'done')])
  const second = await database.next()
  assert.deepEqual(second.statement.values[3], [2])
  second.answer([answer(0, 'done', 2)])
  assert.deepEqual(
    (await Promise.all(writes)).map(result => result.version),
    [1, 2, 1],
  )
})

test('a busy row goes alone and waits in PostgreSQL while its neighbours are done', async () => {
  const { database, data, observations } = scriptedData()
  const free = data.write(updatePlan, change('p1', 1), ann)
  const busy = data.write(updatePlan, change('p2', 2), ann)
  ;(await database.next()).answer([answer(0, 'done'), answer(1, 'busy')])
  assert.equal((await free).outcome, 'done')
  const alone = await database.next()
  assert.equal(alone.route, 'transaction')
  assert.deepEqual(alone.statement, { text: 'waiting', values: [[0], ['p2'], ['ann'], [2]] })
  alone.answer([answer(0, 'done')])
  assert.equal((await busy).outcome, 'done')
  assert.deepEqual(
    observations.map(seen => seen.kind === 'batch' && [seen.route, seen.size, seen.alone]),
    [['write', 2, 1]],
  )
})

test('of many that want one busy row, one holds a connection; who waits too long gets run.busy', async () => {
  const { database, data } = scriptedData({ lockTimeoutMs: 30 })
  const first = data.write(updatePlan, change('p1', 1), ann)
  ;(await database.next()).answer([answer(0, 'busy')])
  const holder = await database.next()
  const second = data.write(updatePlan, change('p1', 2), bob)
  ;(await database.next()).answer([answer(0, 'busy')])
  await assert.rejects(second, { code: 'run.busy', status: 409, retryAfterSeconds: 1 })
  assert.equal(database.sent.length, 3)
  holder.fail(refused('55P03'))
  ;(await database.next()).fail(refused('55P03'))
  await assert.rejects(first, { code: 'run.busy' })
})

test('of those that have to wait for a lock only some hold a connection, and what need not wait goes on', async () => {
  const { database, data } = scriptedData({ lockWaitersMax: 1, lockQueueMax: 1 })
  const solitary = { ...updatePlan, bounded: false }
  const write = (id: string) => data.write(solitary, change(id, 1), ann)
  const [first, second, third] = [write('p1'), write('p2'), write('p3')]
  const locked = [await database.next(), await database.next(), await database.next()]
  for (const sent of locked) sent.fail(refused('55P03'))
  const waiting = await database.next()
  await assert.rejects(third, { code: 'admit.overloaded', status: 503, retryAfterSeconds: 1 })
  const free = write('p4')
  ;(await database.next()).answer([answer(0, 'done')])
  assert.equal((await free).outcome, 'done')
  assert.equal(database.sent.length, 5)
  waiting.answer([answer(0, 'done')])
  assert.equal((await first).outcome, 'done')
  ;(await database.next()).answer([answer(0, 'done')])
  assert.equal((await second).outcome, 'done')
})

test('who gets no place among those that wait is told that the row is busy', async () => {
  const { database, data } = scriptedData({ lockWaitersMax: 1, lockTimeoutMs: 20 })
  const solitary = { ...updatePlan, bounded: false }
  const [first, second] = ['p1', 'p2'].map(id => data.write(solitary, change(id, 1), ann))
  for (let sent = 0; sent < 2; sent++) (await database.next()).fail(refused('55P03'))
  const waiting = await database.next()
  const looks = failAll(database, refused('55P03'))
  await assert.rejects(second!, { code: 'run.busy', status: 409, retryAfterSeconds: 1 })
  assert.ok(looks.count > 0)
  waiting.answer([answer(0, 'done')])
  assert.equal((await first!).outcome, 'done')
})

test('who stands in line looks again now and then, and at last, whether its row is free', async () => {
  for (const bounds of [{ laneLockTimeoutMs: 5 }, { lockTimeoutMs: 20 }]) {
    const { database, data } = scriptedData({ lockWaitersMax: 1, ...bounds })
    const solitary = { ...updatePlan, bounded: false }
    const [first, second] = ['p1', 'p2'].map(id => data.write(solitary, change(id, 1), ann))
    for (let sent = 0; sent < 2; sent++) (await database.next()).fail(refused('55P03'))
    const waiting = await database.next()
    const look = await database.next()
    assert.deepEqual(look.statement.values[1], ['p2'])
    look.answer([answer(0, 'done')])
    assert.equal((await second!).outcome, 'done')
    waiting.answer([answer(0, 'done')])
    assert.equal((await first!).outcome, 'done')
  }
})

test('of many in line few look before their time is up', async () => {
  const bounds = { lockWaitersMax: 1, lockTimeoutMs: 100, laneLockTimeoutMs: 20 }
  const { database, data } = scriptedData(bounds)
  const solitary = { ...updatePlan, bounded: false }
  const ids = Array.from({ length: 51 }, (_, at) => `p${at}`)
  const [first, ...others] = ids.map(id => data.write(solitary, change(id, 1), ann))
  for (let sent = 0; sent < ids.length; sent++) (await database.next()).fail(refused('55P03'))
  const waiting = await database.next()
  const looks = failAll(database, refused('55P03'))
  const ends = await Promise.allSettled(others)
  assert.ok(ends.every(end => end.status === 'rejected' && end.reason.code === 'run.busy'))
  assert.ok(looks.count >= 50 && looks.count < 75, `${looks.count} looks`)
  waiting.answer([answer(0, 'done')])
  assert.equal((await first!).outcome, 'done')
})

test('a row in conflict goes alone to learn which key is taken', async () => {
  const { database, data } = scriptedData()
  const good = data.write(updatePlan, change('p1', 1), ann)
  const taken = data.write(updatePlan, change('p2', 2), ann)
  ;(await database.next()).answer([answer(0, 'done'), answer(1, 'conflict')])
  ;(await database.next()).fail(refused('23505', { constraint: 'products_name_key' }))
  assert.equal((await good).outcome, 'done')
  await assert.rejects(taken, { code: 'run.conflict', status: 409 })
})

test('when PostgreSQL refuses a group, each goes alone and only the guilty one fails', async () => {
  const { database, data } = scriptedData()
  const good = data.write(updatePlan, change('p1', 1), ann)
  const poison = data.write(updatePlan, change('p2', -1), ann)
  ;(await database.next()).fail(refused('22003'))
  const [first, second] = [await database.next(), await database.next()]
  assert.deepEqual([first.statement.text, second.statement.text], ['waiting', 'waiting'])
  second.fail(refused('22003'))
  first.answer([answer(0, 'done')])
  assert.equal((await good).outcome, 'done')
  await assert.rejects(poison, { code: 'validate.invalid', status: 422 })
})

test('a lone write that is refused is not sent again', async () => {
  const { database, data } = scriptedData()
  const write = data.write(updatePlan, change('p1', -1), ann)
  ;(await database.next()).fail(refused('22003'))
  await assert.rejects(write, { code: 'validate.invalid' })
  assert.equal(database.sent.length, 1)
})

test('a lone write that waited for a lock in its lane goes on waiting outside of it', async () => {
  const { database, data } = scriptedData()
  const write = data.write(updatePlan, change('p1', 1), ann)
  ;(await database.next()).fail(refused('55P03'))
  const again = await database.next()
  assert.equal(again.route, 'transaction')
  again.answer([answer(0, 'done', 7)])
  assert.equal((await write).version, 7)
})

test('after one held up its lane, the next writes of its plan are in the lanes as ever', async () => {
  const { database, data } = scriptedData()
  const held = data.write(updatePlan, change('p1', 1), ann)
  ;(await database.next()).fail(refused('55P03'))
  ;(await database.next()).answer([answer(0, 'done')])
  await held
  const next = data.write(updatePlan, change('p2', 1), ann)
  const sent = await database.next()
  assert.equal(sent.route, 'write')
  sent.answer([answer(0, 'done')])
  await next
})

test('a deadlock alone is tried again, until the attempts are used up', async () => {
  const { database, data } = scriptedData({ transactionAttemptsMax: 2 })
  const write = data.write(updatePlan, change('p1', 1), ann)
  for (let sent = 0; sent < 3; sent++) (await database.next()).fail(refused('40P01'))
  await assert.rejects(write, { code: 'run.retry-exhausted', retryAfterSeconds: 1 })
  assert.equal(database.sent.length, 3)
})

test('a write that is not bounded never enters a lane', async () => {
  const { database, data } = scriptedData()
  const write = data.write({ ...updatePlan, bounded: false }, change('p1', 1), ann)
  const sent = await database.next()
  assert.deepEqual([sent.route, sent.statement.text], ['transaction', 'waiting'])
  sent.answer([answer(0, 'done')])
  assert.equal((await write).outcome, 'done')
})

test('an unknown outcome without a key is told; with a key the write is sent once more', async () => {
  const { database, data } = scriptedData()
  const lost = new DatabaseError('unknown', 'the connection was lost')
  const plain = data.write(updatePlan, change('p1', 1), ann)
  const keyed = data.write(updatePlan, change('p2', 2, 'key'), ann)
  ;(await database.next()).fail(lost)
  await assert.rejects(plain, { code: 'run.outcome-unknown', status: 503 })
  const again = await database.next()
  assert.deepEqual(again.statement, { text: 'waiting', values: [[0], ['p2'], ['ann'], [2]] })
  again.answer([answer(0, 'replayed')])
  assert.equal((await keyed).outcome, 'replayed')
})

test('a keyed write whose second sending cannot be made stays unknown', async () => {
  const { database, data } = scriptedData()
  const keyed = data.write(updatePlan, change('p2', 2, 'key'), ann)
  ;(await database.next()).fail(new DatabaseError('unknown', 'the connection was lost'))
  ;(await database.next()).fail(new DatabaseError('unavailable', 'no connection'))
  await assert.rejects(keyed, { code: 'run.outcome-unknown' })
})

test('a key that another node took at the same moment is tried again and finds its answer', async () => {
  const { database, data } = scriptedData()
  const keyed = data.write(updatePlan, change('p1', 1, 'key'), ann)
  ;(await database.next()).fail(
    refused('23505', { constraint: 'idempotency_pkey', table: 'idempotency' }),
  )
  ;(await database.next()).answer([answer(0, 'replayed')])
  assert.equal((await keyed).outcome, 'replayed')
})

test('a duplicate waits in memory for the first and then asks the database for its answer', async () => {
  const { database, data } = scriptedData()
  const first = data.write(updatePlan, change('p1', 1, 'key'), ann)
  const duplicate = data.write(updatePlan, change('p9', 1, 'key'), ann)
  const stranger = data.write(updatePlan, change('p2', 1, 'key'), bob)
  const sent = await database.next()
  assert.deepEqual(sent.statement.values[1], ['p1', 'p2'])
  await settled()
  assert.equal(database.sent.length, 1)
  sent.answer([answer(0, 'done'), answer(1, 'done')])
  const replay = await database.next()
  assert.deepEqual(replay.statement.values[1], ['p9'])
  replay.answer([answer(0, 'replayed')])
  assert.deepEqual(
    (await Promise.all([first, duplicate, stranger])).map(result => result.outcome),
    ['done', 'replayed', 'done'],
  )
})

test('when the first fails, the duplicate runs in its place', async () => {
  const { database, data } = scriptedData()
  const first = data.write(updatePlan, change('p1', -1, 'key'), ann)
  const duplicate = data.write(updatePlan, change('p1', -1, 'key'), ann)
  ;(await database.next()).fail(refused('22003'))
  await assert.rejects(first, { code: 'validate.invalid' })
  ;(await database.next()).answer([answer(0, 'done')])
  assert.equal((await duplicate).outcome, 'done')
})

test('a duplicate waits only so long, and leaves when its caller does', async () => {
  const { database, data } = scriptedData({ duplicateWaitMs: 20 })
  const first = data.write(updatePlan, change('p1', 1, 'key'), ann)
  const gone = new AbortController()
  const leaves = data.write(updatePlan, change('p1', 1, 'key'), ann, gone.signal)
  const duplicate = data.write(updatePlan, change('p1', 1, 'key'), ann)
  gone.abort()
  await assert.rejects(leaves, { code: 'run.timeout' })
  await assert.rejects(duplicate, {
    code: 'run.idempotency-running',
    status: 409,
    retryAfterSeconds: 1,
  })
  ;(await database.next()).answer([answer(0, 'done')])
  assert.equal((await first).outcome, 'done')
  const after = data.write(updatePlan, change('p1', 1, 'key'), ann)
  ;(await database.next()).answer([answer(0, 'replayed')])
  assert.equal((await after).outcome, 'replayed')
})

test('a statement that forgets a row is a fault of ours, not a caller left waiting', async () => {
  const { database, data } = scriptedData()
  const writes = [
    data.write(updatePlan, change('p1', 1), ann),
    data.write(updatePlan, change('p2', 1), ann),
  ]
  ;(await database.next()).answer([answer(0, 'done')])
  for (const write of writes) await assert.rejects(write, /2 rows got 1 answers/)
})

test('a value that the driver cannot take fails its writer only', async () => {
  const { database, data } = scriptedData()
  const good = data.write(updatePlan, change('p1', 1), ann)
  const poison = data.write(updatePlan, change('p2', 2), ann)
  ;(await database.next()).fail(new TypeError('a statement cannot take a value of type Map'))
  ;(await database.next()).answer([answer(0, 'done')])
  ;(await database.next()).fail(new TypeError('a statement cannot take a value of type Map'))
  assert.equal((await good).outcome, 'done')
  await assert.rejects(poison, TypeError)
})

test('a reference that met the deletion of its row is looked at once more', async () => {
  const { database, data } = scriptedData()
  const write = data.write(updatePlan, change('p1', 1), ann)
  ;(await database.next()).fail(refused('23503'))
  ;(await database.next()).answer([answer(0, 'reference')])
  assert.equal((await write).outcome, 'reference')
})
