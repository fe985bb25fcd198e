/** The checker of histories finds each anomaly by its name, and nothing in a history in order. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkHistory, type Operation, type TransactionSeen } from '../../../src/prove/checker.ts'
import { seeded } from '../../../src/prove/random.ts'

const append = (key: string, value: string): Operation => ({ kind: 'append', key, value })
const read = (key: string, ...values: string[]): Operation => ({ kind: 'read', key, values })

function kindsIn(
  history: Readonly<Record<string, readonly Operation[]>>,
  failed = '',
): readonly string[] {
  const transactions = Object.entries(history).map(([name, operations]): TransactionSeen => ({
    name,
    operations,
    outcome: name === failed ? 'failed' : 'ok',
  }))
  return checkHistory(transactions).anomalies.map(({ kind }) => kind)
}

test('G0: two writers, each before the other', () => {
  const history = {
    a: [append('x', '1'), append('y', '4')],
    b: [append('x', '2'), append('y', '3')],
    c: [read('x', '1', '2'), read('y', '3', '4')],
  }
  assert.deepEqual(kindsIn(history), ['G0'])
})

test('G1a and G1c: what was rolled back is read; two see each other', () => {
  assert.deepEqual(kindsIn({ a: [append('x', '1')], b: [read('x', '1')] }, 'a'), ['aborted-read'])
  const history = {
    a: [append('x', '1'), read('y', '2')],
    b: [append('y', '2'), read('x', '1')],
  }
  assert.deepEqual(kindsIn(history), ['G1c'])
})

test('G-single: a read skew; a lost update is one as well', () => {
  const skew = {
    a: [append('x', '1'), append('y', '2')],
    b: [read('x'), read('y', '2')],
    c: [read('x', '1')],
  }
  assert.deepEqual(kindsIn(skew), ['G-single'])
})

test('G2-item: a write skew', () => {
  const history = {
    a: [read('x'), append('y', '1')],
    b: [read('y'), append('x', '2')],
    c: [read('x', '2'), read('y', '1')],
  }
  assert.deepEqual(kindsIn(history), ['G2-item'])
})

test('two orders of one list cannot both be', () => {
  assert.deepEqual(kindsIn({ a: [read('x', '1', '2')], b: [read('x', '2', '1')] }), ['torn-order'])
})

test('nothing is found where transactions ran one after the other', () => {
  const random = seeded(11)
  const lists = new Map<string, string[]>()
  const history = Array.from({ length: 300 }, (_, number): TransactionSeen => {
    const operations = Array.from({ length: 4 }, (__, at) => {
      const key = random.pick(['x', 'y', 'z'])
      const list = lists.get(key) ?? []
      if (random.next() < 0.5) return read(key, ...list)
      const value = `${number}.${at}`
      lists.set(key, [...list, value])
      return append(key, value)
    })
    return { name: `t${number}`, operations, outcome: 'ok' }
  })
  // A transaction that reads between its own appends sees what is not yet its end.
  const plain = history.map(({ operations, ...rest }) => {
    const own = operations.filter(each => each.kind === 'append').length === 0
    return {
      ...rest,
      operations: own ? operations : operations.filter(each => each.kind === 'append'),
    }
  })
  const { anomalies, edges } = checkHistory(plain)
  assert.deepEqual(anomalies, [])
  assert.ok(edges > 200)
})

test('G1b: what its transaction wrote over is read; the writer itself may have seen it', () => {
  const twice = [append('x', '1'), read('x', '1'), append('x', '2')]
  assert.deepEqual(kindsIn({ a: twice, b: [read('x', '1', '2')] }), [])
  assert.ok(kindsIn({ a: twice, b: [read('x', '1')] }).includes('intermediate-read'))
})

test('a long history is checked at once, and a broken one does not list every cycle', () => {
  const transactions = Array.from({ length: 3_000 }, (_, at): TransactionSeen => {
    const [x, y] = [`x${at}`, `y${at}`]
    return { name: `t${at}`, outcome: 'ok', operations: [append('x', x), append('y', y)] }
  })
  const last = (key: string, order: (at: number) => number) =>
    read(key, ...transactions.map((_, at) => `${key}${order(at)}`))
  const history = (order: (at: number) => number): TransactionSeen[] => [
    ...transactions,
    { name: 'reader', outcome: 'ok', operations: [last('x', at => at), last('y', order)] },
  ]
  assert.deepEqual(checkHistory(history(at => at)).anomalies, [])
  assert.equal(checkHistory(history(at => 2_999 - at)).anomalies.length, 100)
})
