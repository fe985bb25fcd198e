/** What the drill `overload` makes of several surges. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import overload, { together } from '../../../src/prove/drills/overload.ts'

type Surge = Parameters<typeof together>[0][number]

const fine = {
  peakPerSecond: 100,
  goodputPercent: 80,
  letInAtOnce: 50,
  refused: 10,
  otherAnswers: 0,
  firstP99Ms: 5,
  admittedP99Ms: 9,
  doneAfterwards: 20,
  recoveryMs: 100,
}

function surge(size: number, seen: Partial<typeof fine> = {}): Surge {
  return { attack: 'a surge', size, inFlight: size, figures: { ...fine, ...seen } }
}

const reasons = (...surges: Surge[]) => overload.judge(together(surges).figures)

test('a slow surge is forgiven when the next one is not', () => {
  const slow = surge(7, { goodputPercent: 3, recoveryMs: 9_000, doneAfterwards: 0 })
  const { size, inFlight, figures } = together([slow, surge(30)])
  assert.deepEqual([size, inFlight], [37, 30])
  assert.deepEqual(figures, { ...fine, surges: 2, refused: 20 })
  assert.deepEqual(reasons(slow, surge(30)), [])
  assert.equal(reasons(slow, slow).length, 3)
})

test('what a node must never do counts in whichever surge it did it', () => {
  const slow = { goodputPercent: 3 }
  assert.deepEqual(reasons(surge(7, { ...slow, otherAnswers: 2 }), surge(30)), [
    '2 answers were neither done nor 503 with Retry-After',
  ])
  assert.deepEqual(reasons(surge(7, { ...slow, letInAtOnce: 99_999 }), surge(30)), [
    '99999 requests were let in at once',
  ])
})

test('of two slow surges the better one is told, whole', () => {
  const worse = surge(7, { goodputPercent: 1, peakPerSecond: 999 })
  const better = surge(7, { goodputPercent: 9, peakPerSecond: 10 })
  for (const both of [
    [worse, better],
    [better, worse],
  ]) {
    const { goodputPercent, peakPerSecond } = together(both).figures
    assert.deepEqual([goodputPercent, peakPerSecond], [9, 10])
  }
})
