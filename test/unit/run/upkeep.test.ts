/** Chores are done now and then, one failing does not stop the others, and a stop waits. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Observation } from '../../../src/base/observe.ts'
import { type Chore, createUpkeep } from '../../../src/engine/upkeep/upkeep.ts'

function seen(count: number) {
  const { promise, resolve } = Promise.withResolvers<void>()
  let left = count
  const hit = () => {
    left -= 1
    if (left === 0) resolve()
  }
  return { promise, hit }
}

/** The timer of an upkeep keeps no process alive; a test has to. */
async function awake<T>(work: Promise<T>): Promise<T> {
  const timer = setInterval(() => {}, 1_000)
  return work.finally(() => clearInterval(timer))
}

test('each round does every chore, also after one that failed, and tells which', async () => {
  const second = seen(3)
  const observations: Observation[] = []
  const chores: readonly Chore[] = [
    { name: 'broken', run: () => Promise.reject(new Error('no luck')) },
    { name: 'working', run: async () => second.hit() },
  ]
  const observe = (observation: Observation) => void observations.push(observation)
  const upkeep = createUpkeep({ chores, observe, everyMs: 1 })
  await upkeep.start()
  await awake(second.promise)
  await upkeep.stop()
  const [first] = observations
  assert.ok(first?.kind === 'fault')
  assert.equal(first.where, 'upkeep.broken')
})

test('a stop tells the chore that runs, waits for it, and lets no other begin', async () => {
  const began = seen(1)
  const done: string[] = []
  const chores: readonly Chore[] = [
    {
      name: 'long',
      run: async signal => {
        began.hit()
        await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve()))
        await new Promise(resolve => setImmediate(resolve))
        done.push('long')
      },
    },
    { name: 'next', run: async () => void done.push('next') },
  ]
  const upkeep = createUpkeep({ chores, observe: () => {}, everyMs: 1 })
  await upkeep.start()
  await awake(began.promise)
  await Promise.all([upkeep.stop(), upkeep.stop()])
  assert.deepEqual(done, ['long'])
})

test('it may be stopped before it started, and then never starts', async () => {
  const chores: readonly Chore[] = [{ name: 'never', run: () => assert.fail('it ran') }]
  const upkeep = createUpkeep({ chores, observe: () => assert.fail('it ran'), everyMs: 0 })
  await upkeep.stop()
  await upkeep.start()
  await new Promise(resolve => setTimeout(resolve, 5))
})
