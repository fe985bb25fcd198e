/** UUIDv7: well-formed, ordered within a process, unique. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isUuid, uuidv7 } from '../../../src/base/uuid.ts'

const form = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

// first of all: nothing was made before in this process
test('the first id of a process may be of the beginning of time', () => {
  assert.match(uuidv7(0), form)
})

test('ids have the form of version 7 and variant 10, and begin with their time', () => {
  const id = uuidv7(0x0190_1234_5678)
  assert.match(uuidv7(), form)
  assert.match(id, form)
})

test('ids of one process sort as they were made, also within a millisecond and when the clock goes back', () => {
  const soon = Date.now() + 1_000_000
  const made: string[] = []
  for (let count = 0; count < 20_000; count++) made.push(uuidv7(soon))
  made.push(uuidv7(soon - 5_000), uuidv7(soon + 1), uuidv7(soon + 50))
  assert.deepEqual(made, made.toSorted())
  assert.equal(new Set(made).size, made.length)
})

test('what is no UUID is told apart', () => {
  assert.ok(isUuid('01A202BB-7C2B-7001-B957-7ABD3507A28A'))
  for (const text of [
    '',
    'x',
    '01a202bb7c2b7001b9577abd3507a28a',
    '01a202bb-7c2b-7001-b957-7abd3507a28g',
  ]) {
    assert.equal(isUuid(text), false)
  }
})
