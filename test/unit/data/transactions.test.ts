/** Transactions are tried again when they collide, and only then. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { problem } from '../../../src/base/errors.ts'
import type { DataScope } from '../../../src/engine/data/data.ts'
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

const options = { isolation: 'serializable' } as const
const ann = user('ann')

test('a serialization failure runs the work again', async () => {
  const { database, data, observations } = scriptedData()
  const result = data.transaction(options, scope => scope.write(updatePlan, [change('p1', 1)], ann))
  ;(await database.next()).fail(refused('40001'))
  ;(await database.next()).answer([answer(0, 'done', 3)])
  assert.equal((await result)[0]?.version, 3)
  assert.deepEqual(database.ends, ['rollback', 'commit'])
  assert.deepEqual(observations, [{ kind: 'transaction', attempts: 2, outcome: 'committed' }])
})

test('every commit is told, of a transaction and of a write, and no failure', async () => {
  const { database, data, told } = scriptedData()
  const failing = data.transaction(options, () => Promise.reject(new Error('no')))
  await assert.rejects(failing)
  assert.equal(told.commits, 0)
  await data.transaction(options, () => Promise.resolve())
  assert.equal(told.commits, 1)
  const write = data.write(updatePlan, change('p1', 1), ann)
  ;(await database.next()).answer([answer(0, 'done', 2)])
  await write
  assert.equal(told.commits, 2)
})

test('a collision that the code wrapped in an error of its own is still tried again', async () => {
  const { database, data } = scriptedData()
  const result = data.transaction(options, async scope => {
    await scope
      .write(updatePlan, [change('p1', 1)], ann)
      .catch(() => Promise.reject(new Error('wrapped')))
    return 'done'
  })
  ;(await database.next()).fail(refused('40P01'))
  ;(await database.next()).answer([answer(0, 'done')])
  assert.equal(await result, 'done')
})

test('attempts are bounded, and the last collision is told', async () => {
  const { database, data } = scriptedData({ transactionAttemptsMax: 3 })
  const result = data.transaction(options, scope => scope.write(updatePlan, [change('p1', 1)], ann))
  for (let attempt = 1; attempt <= 3; attempt++) (await database.next()).fail(refused('40001'))
  await assert.rejects(result, { code: 'run.retry-exhausted', status: 409, retryAfterSeconds: 1 })
  assert.deepEqual(database.ends, ['rollback', 'rollback', 'rollback'])
})

test('what the code throws is not tried again and leaves as it is', async () => {
  const { database, data, observations } = scriptedData()
  const thrown = problem('run.not-found')
  await assert.rejects(
    data.transaction(options, () => Promise.reject(thrown)),
    error => error === thrown,
  )
  assert.deepEqual(database.ends, ['rollback'])
  assert.deepEqual(observations, [{ kind: 'transaction', attempts: 1, outcome: 'failed' }])
})

test('a refusal that the code swallowed ends the transaction all the same', async () => {
  const { database, data } = scriptedData()
  const result = data.transaction(options, async scope => {
    await scope.write(updatePlan, [change('p1', 1)], ann).catch(() => null)
    return 'all is well'
  })
  ;(await database.next()).fail(refused('22003'))
  await assert.rejects(result, { code: 'validate.invalid' })
  assert.deepEqual(database.ends, ['rollback'])
})

test('a statement that nobody awaited dooms the transaction, and its code goes no further', async () => {
  const { database, data, observations } = scriptedData()
  const steps: string[] = []
  const forget = async (scope: DataScope) => {
    await scope.write(updatePlan, [change('p1', 1)], ann)
    steps.push('went on')
  }
  const result = data.transaction(options, async scope => void forget(scope))
  await assert.rejects(result, /was not awaited/)
  ;(await database.next()).fail(refused('22003'))
  await settled()
  assert.deepEqual([steps, database.ends], [[], ['rollback']])
  assert.deepEqual(observations, [{ kind: 'transaction', attempts: 1, outcome: 'failed' }])
})

test('a statement after the end is never sent but reported', async () => {
  const { database, data, observations } = scriptedData()
  const steps: string[] = []
  const forget = async (scope: DataScope) => {
    await settled()
    await scope.write(updatePlan, [change('p1', 1)], ann)
    steps.push('went on')
  }
  await data.transaction(options, async scope => void forget(scope))
  await settled()
  await settled()
  assert.deepEqual([steps, database.sent], [[], []])
  const [, fault] = observations
  assert.ok(fault?.kind === 'fault')
  assert.match(String(fault.error), /was not awaited/)
})

test('a connection lost at the commit leaves the outcome unknown', async () => {
  const { database, data } = scriptedData()
  database.transaction = () =>
    Promise.reject(new DatabaseError('unknown', 'the connection was lost'))
  await assert.rejects(
    data.transaction(options, () => Promise.resolve(1)),
    { code: 'run.outcome-unknown', status: 503 },
  )
})

test('a caller that has gone is not tried again', async () => {
  const { database, data } = scriptedData()
  const gone = new AbortController()
  const result = data.transaction(
    options,
    scope => scope.write(updatePlan, [change('p1', 1)], ann),
    gone.signal,
  )
  const sent = await database.next()
  gone.abort()
  sent.fail(refused('40001'))
  await assert.rejects(result, { code: 'run.timeout' })
  assert.equal(database.sent.length, 1)
})

test('a caller that has gone sends no further statement, and nothing is committed', async () => {
  const { database, data } = scriptedData()
  const gone = new AbortController()
  const write = (scope: DataScope) => scope.write(updatePlan, [change('p1', 1)], ann)
  const result = data.transaction(
    options,
    async scope => {
      await write(scope)
      gone.abort(problem('run.timeout'))
      await assert.rejects(write(scope), { code: 'run.timeout' })
    },
    gone.signal,
  )
  ;(await database.next()).answer([answer(0, 'done', 2)])
  await assert.rejects(result, { code: 'run.timeout' })
  assert.equal(database.sent.length, 1)
  assert.deepEqual(database.ends, ['rollback'])
})

test('user code does not run again for a reference that met the deletion of its row', async () => {
  const { database, data } = scriptedData()
  const result = data.transaction(options, scope => scope.write(updatePlan, [change('p1', 1)], ann))
  ;(await database.next()).fail(refused('23503'))
  await assert.rejects(result, { code: 'validate.invalid' })
  assert.equal(database.sent.length, 1)
})

test('a row that changed before it was held is judged by a second statement, its neighbours are not', async () => {
  const { database, data } = scriptedData()
  const plan = { ...updatePlan, mayBeBusy: true }
  const rows = [change('p1', 1), change('p2', 2), change('p3', 3)]
  const result = data.transaction(options, scope => scope.write(plan, rows, ann))
  ;(await database.next()).answer([answer(0, 'done', 4), answer(1, 'busy'), answer(2, 'stale')])
  const second = await database.next()
  assert.deepEqual(second.statement, { text: 'waiting', values: [[0], ['p2'], ['ann'], [2]] })
  second.answer([answer(0, 'denied')])
  assert.deepEqual(
    (await result).map(({ outcome }) => outcome),
    ['done', 'denied', 'stale'],
  )
})
