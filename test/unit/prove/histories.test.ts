/** Versions of rows make lists: what was read of a row says which of its writes were there. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkHistory } from '../../../src/prove/checker.ts'
import { historyOf, type Step, type Told } from '../../../src/prove/histories.ts'

const write = (key: string, value: number, version: number | null): Step => {
  return { kind: 'write', key, value, version }
}
const read = (key: string, value: number, version: number): Step => {
  return { kind: 'read', key, value, version }
}

function kindsIn(told: readonly Told[]): readonly string[] {
  return checkHistory(historyOf(told)).anomalies.map(({ kind }) => kind)
}

test('a read sees every version up to its own, and a gap where nobody told', () => {
  const history = historyOf([
    { name: 'a', outcome: 'ok', steps: [write('x', 11, 2)] },
    { name: 'b', outcome: 'ok', steps: [write('x', 13, 4), read('y', 7, 1)] },
    { name: 'c', outcome: 'ok', steps: [read('x', 13, 4)] },
  ])
  assert.deepEqual(history[1]!.operations, [
    { kind: 'append', key: 'x', value: '13' },
    { kind: 'read', key: 'y', values: ['7'] },
  ])
  assert.deepEqual(history[2]!.operations, [
    { kind: 'read', key: 'x', values: ['x@1', '11', 'x@3', '13'] },
  ])
})

test('a list that sees half of a transaction is a read skew', () => {
  const writer: Told = { name: 'a', outcome: 'ok', steps: [write('x', 11, 2), write('y', 12, 2)] }
  const list = (...steps: readonly Step[]): Told => ({ name: 'list', outcome: 'ok', steps })
  assert.deepEqual(kindsIn([writer, list(read('x', 11, 2), read('y', 12, 2))]), [])
  assert.deepEqual(kindsIn([writer, list(read('x', 11, 2), read('y', 0, 1))]), ['G-single'])
})

test('one version with two values, and a value that was rolled back, are found', () => {
  const first: Told = { name: 'a', outcome: 'ok', steps: [write('x', 11, 2)] }
  const other: Told = { name: 'b', outcome: 'ok', steps: [read('x', 99, 2)] }
  assert.ok(kindsIn([first, other, { ...other, name: 'c', steps: [read('x', 11, 2)] }]).length > 0)
  const undone: Told = { name: 'a', outcome: 'failed', steps: [write('x', 11, null)] }
  assert.deepEqual(kindsIn([undone, { ...other, steps: [read('x', 11, 2)] }]), ['aborted-read'])
})
