/** Gathering: what is asked together goes together, and everybody hears his own answer. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { gatherTakes } from '../../../src/engine/limit/gathering.ts'
import type { GroupOutcome, TakeBatch } from '../../../src/ports/buckets.ts'
import { policy } from './policies.ts'

const burst = policy('burst', 5)
const daily = policy('daily', 50)

/** A keeper whose answers are given by hand. */
function keeper() {
  const batches: TakeBatch[] = []
  const answers: PromiseWithResolvers<readonly GroupOutcome[]>[] = []
  const arrived = new Set<() => void>()
  const store = gatherTakes({
    take(batch) {
      batches.push(batch)
      const answer = Promise.withResolvers<readonly GroupOutcome[]>()
      answers.push(answer)
      for (const tell of arrived) tell()
      return answer.promise
    },
  })
  const next = (count: number) =>
    new Promise<void>(resolve => {
      const look = () => void (batches.length >= count && resolve())
      arrived.add(look)
      look()
    })
  return { store, batches, answers, next }
}

test('requests of one turn share a batch, like ones a group, and later ones the next', async () => {
  const { store, batches, answers, next } = keeper()
  const first = [
    store.take([burst, daily], ['a', 'd']),
    store.take([burst, daily], ['a', 'd']),
    store.take([daily], ['d']),
  ]
  await next(1)
  const later = store.take([burst], ['a'])
  assert.deepEqual(batches, [
    {
      buckets: [
        { key: 'burst 5/60 a', quota: 5, windowSeconds: 60 },
        { key: 'daily 50/60 d', quota: 50, windowSeconds: 60 },
      ],
      groups: [
        { buckets: [0, 1], requests: 2 },
        { buckets: [1], requests: 1 },
      ],
    },
  ])
  answers[0]!.resolve([
    { allowed: 1, levels: [0, 60_000] },
    { allowed: 1, levels: [0] },
  ])
  assert.deepEqual(await Promise.all(first), [
    { allowed: true, levels: [0, 60_000] },
    { allowed: false, levels: [0, 60_000] },
    { allowed: true, levels: [0] },
  ])
  await next(2)
  answers[1]!.resolve([{ allowed: 0, levels: [7] }])
  assert.deepEqual(await later, { allowed: false, levels: [7] })
})

test('each of those allowed is told what was left after it', async () => {
  const { store, answers, next } = keeper()
  const asked = [1, 2, 3].map(() => store.take([burst], ['a']))
  await next(1)
  answers[0]!.resolve([{ allowed: 3, levels: [10] }])
  const levels = (await Promise.all(asked)).map(taken => taken.levels[0])
  assert.deepEqual(levels, [120_010, 60_010, 10])
})

test('a batch that fails fails its own requests, and the next is asked', async () => {
  const { store, answers, next } = keeper()
  const lost = store.take([burst], ['a'])
  await next(1)
  const found = store.take([burst], ['a'])
  answers[0]!.reject(new Error('gone'))
  await assert.rejects(lost, /gone/)
  await next(2)
  answers[1]!.resolve([{ allowed: 1, levels: [1] }])
  assert.deepEqual(await found, { allowed: true, levels: [1] })
})
