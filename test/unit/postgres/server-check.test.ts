/** Which servers are refused, and what their operators are told. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  refusal,
  serverFaults,
  type ServerFacts,
} from '../../../src/adapters/postgres/server-check.ts'

const sound: ServerFacts = {
  versionNumber: 180_004,
  version: '18.4',
  recovering: false,
  fsync: 'on',
  fullPageWrites: 'on',
  synchronousCommit: 'on',
  transactionPooled: false,
}

const faulty: readonly [string, Partial<ServerFacts>, string, RegExp][] = [
  [
    'an old version',
    { versionNumber: 170_006, version: '17.6' },
    'unusable',
    /17\.6 is too old.*version 18/,
  ],
  ['a transaction pooler', { transactionPooled: true }, 'unusable', /session pooling/],
  ['a replica', { recovering: true }, 'unusable', /address of the primary/],
  ['fsync', { fsync: 'off' }, 'not-durable', /fsync is off/],
  ['full_page_writes', { fullPageWrites: 'off' }, 'not-durable', /full_page_writes is off/],
  ['synchronous_commit', { synchronousCommit: 'off' }, 'not-durable', /synchronous_commit is off/],
]

test('a sound server has no fault', () => {
  assert.deepEqual(serverFaults(sound), [])
  assert.deepEqual(serverFaults({ ...sound, synchronousCommit: 'remote_apply' }), [])
})

for (const [name, facts, kind, message] of faulty) {
  test(`${name} is one fault, with what to do`, () => {
    const faults = serverFaults({ ...sound, ...facts })
    assert.equal(faults.length, 1)
    assert.equal(faults[0]?.kind, kind)
    assert.match(faults[0]?.message ?? '', message)
  })
}

test('a refusal names every fault at once', () => {
  const error = refusal(serverFaults({ ...sound, recovering: true, fsync: 'off' }))
  assert.equal(error.kind, 'unavailable')
  assert.match(error.message, /replica[^]*fsync/)
})
