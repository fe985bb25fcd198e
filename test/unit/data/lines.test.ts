/** Who stands in line for a key is served in order, and loses the place only by itself. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { Lines } from '../../../src/engine/data/lines.ts'

function patience(waitMs: number) {
  return { waitMs, signal: null, late: () => new Error('late') }
}

test('many for one key are served one at a time in the order that they came', async () => {
  const lines = new Lines()
  const steps: string[] = []
  const serve = (name: string) =>
    lines.run('key', patience(1_000), async () => {
      steps.push(`${name} begins`)
      await sleep(1)
      steps.push(`${name} ends`)
      if (name === 'b') throw new Error('b fails')
    })
  const ends = await Promise.allSettled(['a', 'b', 'c', 'd'].map(serve))
  assert.deepEqual(
    ends.map(end => end.status),
    ['fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
  )
  assert.deepEqual(
    steps,
    ['a', 'b', 'c', 'd'].flatMap(name => [`${name} begins`, `${name} ends`]),
  )
})

test('other keys do not wait', async () => {
  const lines = new Lines()
  const held = Promise.withResolvers<string>()
  const first = lines.run('key', patience(1_000), () => held.promise)
  assert.equal(await lines.run('other', patience(1_000), () => Promise.resolve('other')), 'other')
  held.resolve('key')
  assert.equal(await first, 'key')
})

test('who was served in time is not late afterwards and takes nobody else out of the line', async () => {
  const lines = new Lines()
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const served = [
    lines.run('key', patience(1_000), () => first.promise),
    lines.run('key', patience(20), () => second.promise),
    lines.run('key', patience(1_000), () => Promise.resolve()),
  ]
  first.resolve()
  await sleep(40)
  second.resolve()
  await Promise.all(served)
})
