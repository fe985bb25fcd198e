/** A room lets a few work at once, and the others in as they came. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Room } from '../../../src/engine/data/room.ts'

function patience(waitMs: number, signal: AbortSignal | null = null) {
  return { waitMs, signal, late: () => new Error('late') }
}

const patient = patience(10_000)

test('no more are at work than there are places, and a place goes to who came first', async () => {
  const room = new Room(2, 10)
  const begun: string[] = []
  const work = ['a', 'b', 'c', 'd'].map(name => ({ name, ...Promise.withResolvers<string>() }))
  const runs = work.map(({ name, promise }) =>
    room.run(patient, () => {
      begun.push(name)
      return promise
    }),
  )
  await Promise.resolve()
  assert.deepEqual(begun, ['a', 'b'])
  work[1]!.resolve('b')
  assert.equal(await runs[1], 'b')
  assert.deepEqual(begun, ['a', 'b', 'c'])
  work[2]!.reject(new Error('c fails'))
  await assert.rejects(runs[2]!, /c fails/)
  assert.deepEqual(begun, ['a', 'b', 'c', 'd'])
  work[0]!.resolve('a')
  work[3]!.resolve('d')
  assert.deepEqual(await Promise.all([runs[0], runs[3]]), ['a', 'd'])
})

test('a full line refuses, and who leaves it makes room in it', async () => {
  const room = new Room(1, 1)
  const held = Promise.withResolvers<string>()
  const first = room.run(patient, () => held.promise)
  const gone = new AbortController()
  const leaves = room.run(patience(10_000, gone.signal), () => Promise.resolve('never'))
  const refused = room.run(patient, () => Promise.resolve('never'))
  await assert.rejects(refused, { code: 'admit.overloaded', retryAfterSeconds: 1 })
  gone.abort()
  await assert.rejects(leaves, { code: 'run.timeout' })
  await assert.rejects(
    room.run(patience(1), () => Promise.resolve('never')),
    /late/,
  )
  const next = room.run(patient, () => Promise.resolve('next'))
  held.resolve('first')
  assert.deepEqual(await Promise.all([first, next]), ['first', 'next'])
})

test('who has left before it came is not let in line', async () => {
  const room = new Room(1, 1)
  const held = Promise.withResolvers<string>()
  const first = room.run(patient, () => held.promise)
  await assert.rejects(
    room.run(patience(10_000, AbortSignal.abort()), () => Promise.resolve('never')),
    { code: 'run.timeout' },
  )
  held.resolve('first')
  assert.equal(await first, 'first')
})
