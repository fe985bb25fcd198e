/** Reads that arrive together travel together, and nobody pays for a neighbour. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { problem } from '../../../src/base/errors.ts'
import { DatabaseError } from '../../../src/ports/database.ts'
import { pointPlan, refused, scriptedData, settled, user } from './scripted-database.ts'

const [ann, bob] = [user('ann'), user('bob')]

test('reads of one plan in one turn of the event loop share a statement, each with its own caller', async () => {
  const { database, data, observations } = scriptedData()
  const reads = [
    data.read(pointPlan, ['p1'], ann),
    data.read(pointPlan, ['p2'], bob),
    data.read(pointPlan, ['p3'], ann),
  ]
  const sent = await database.next()
  assert.equal(sent.statement.text, 'together')
  assert.deepEqual(sent.statement.values, [
    ['p1', 'p2', 'p3'],
    ['ann', 'bob', 'ann'],
    [0, 1, 2],
  ])
  assert.equal(sent.route, 'read')
  sent.answer([
    [2, '{"p":3}', 7],
    [0, '{"p":1}', 5],
  ])
  assert.deepEqual(await Promise.all(reads), [['{"p":1}', 5], undefined, ['{"p":3}', 7]])
  await settled()
  assert.deepEqual(
    observations.map(seen => seen.kind === 'batch' && [seen.route, seen.size, seen.alone]),
    [['read', 3, 0]],
  )
})

test('a row is handed over while the others are still to come; after a refusal only those go alone', async () => {
  const { database, data, observations } = scriptedData()
  const [first, second] = [data.read(pointPlan, ['p1'], ann), data.read(pointPlan, ['p2'], bob)]
  const sent = await database.next()
  sent.statement.each!([0, '{"p":1}', 5])
  assert.deepEqual(await first, ['{"p":1}', 5])
  sent.fail(refused('22012'))
  const alone = await database.next()
  assert.deepEqual(alone.statement.values, ['p2', 'bob'])
  alone.answer([['{"p":2}', 6]])
  assert.deepEqual(await second, ['{"p":2}', 6])
  await settled()
  assert.equal(database.sent.length, 2)
  assert.deepEqual(
    observations.map(seen => seen.kind === 'batch' && [seen.size, seen.alone]),
    [[2, 1]],
  )
})

test('a lone read takes the plain form on the lane', async () => {
  const { database, data } = scriptedData()
  const read = data.read(pointPlan, ['p1'], ann)
  const sent = await database.next()
  assert.deepEqual(sent.statement, { text: 'alone', values: ['p1', 'ann'] })
  assert.equal(sent.route, 'read')
  sent.answer([['{"p":1}', 5]])
  assert.deepEqual(await read, ['{"p":1}', 5])
})

test('an unbounded read goes among the scans at once', () => {
  const { database, data } = scriptedData()
  void data.read({ ...pointPlan, bounded: false, batch: null }, ['p1'], ann)
  assert.deepEqual(
    database.sent.map(({ route, statement }) => [route, statement.text]),
    [['scan', 'alone']],
  )
})

test('what arrives while a turn is in flight travels in the next one, within the bound', async () => {
  const { database, data } = scriptedData({ batchRowsMax: 2 })
  const reads = [data.read(pointPlan, ['p1'], ann)]
  const first = await database.next()
  for (const id of ['p2', 'p3', 'p4']) reads.push(data.read(pointPlan, [id], ann))
  await settled()
  assert.equal(database.sent.length, 1)
  first.answer([['1', 1]])
  const second = await database.next()
  assert.deepEqual(second.statement.values[0], ['p2', 'p3'])
  second.answer([
    [0, '2', 1],
    [1, '3', 1],
  ])
  const third = await database.next()
  assert.deepEqual(third.statement.values, ['p4', 'ann'])
  third.answer([['4', 1]])
  assert.deepEqual(
    (await Promise.all(reads)).map(row => row?.[0]),
    ['1', '2', '3', '4'],
  )
})

test('plans never share a statement', async () => {
  const { database, data } = scriptedData()
  void data.read(pointPlan, ['p1'], ann)
  void data.read({ ...pointPlan, text: 'other' }, ['p1'], ann)
  await settled()
  assert.deepEqual(
    database.sent.map(({ statement }) => statement.text),
    ['alone', 'other'],
  )
})

test('a caller that has gone leaves before its turn is sent', async () => {
  const { database, data } = scriptedData()
  const gone = new AbortController()
  const stays = data.read(pointPlan, ['p1'], ann)
  const leaves = data.read(pointPlan, ['p2'], bob, gone.signal)
  const alsoStays = data.read(pointPlan, ['p3'], ann)
  gone.abort()
  await assert.rejects(leaves, { code: 'run.timeout' })
  const sent = await database.next()
  assert.deepEqual(sent.statement.values[0], ['p1', 'p3'])
  sent.answer([[1, '{}', 1]])
  assert.deepEqual(await Promise.all([stays, alsoStays]), [undefined, ['{}', 1]])
})

test('a signal that was aborted with a problem gives the caller that problem', async () => {
  const { data } = scriptedData()
  const deadline = problem('run.busy')
  const read = data.read(pointPlan, ['p1'], ann, AbortSignal.abort(deadline))
  await assert.rejects(read, error => error === deadline)
})

test('when PostgreSQL refuses a turn, each goes alone and only the guilty one fails', async () => {
  const { database, data } = scriptedData()
  const good = data.read(pointPlan, ['p1'], ann)
  const poison = data.read(pointPlan, ['\0'], bob)
  ;(await database.next()).fail(refused('22021'))
  const first = await database.next()
  assert.deepEqual(first.statement, { text: 'alone', values: ['p1', 'ann'] })
  first.answer([['{}', 1]])
  ;(await database.next()).fail(refused('22021'))
  assert.deepEqual(await good, ['{}', 1])
  await assert.rejects(poison, { code: 'validate.invalid', status: 422 })
})

test('a lost database is told to all at once, without a storm of single reads', async () => {
  const { database, data } = scriptedData()
  const reads = [data.read(pointPlan, ['p1'], ann), data.read(pointPlan, ['p2'], bob)]
  ;(await database.next()).fail(new DatabaseError('unknown', 'the connection was lost'))
  for (const read of reads)
    await assert.rejects(read, { code: 'run.unavailable', retryAfterSeconds: 1 })
  assert.equal(database.sent.length, 1)
})

test('more than the bound that wait for one plan are refused with Retry-After', async () => {
  const { database, data } = scriptedData({ batchWaitingMax: 2 })
  const reads = [data.read(pointPlan, ['p1'], ann), data.read(pointPlan, ['p2'], ann)]
  await assert.rejects(data.read(pointPlan, ['p3'], ann), {
    code: 'admit.overloaded',
    retryAfterSeconds: 1,
  })
  ;(await database.next()).answer([])
  assert.deepEqual(await Promise.all(reads), [undefined, undefined])
})
