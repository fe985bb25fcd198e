/** The writes of the drill `power-cut` that are not acknowledged. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { write } from '../../../src/prove/drills/power-cut.ts'
import type { Reply } from '../../../src/prove/http.ts'
import { seeded } from '../../../src/prove/random.ts'

const none = { headers: {}, text: '', json: null, sentMs: 0, endedMs: 0 }
const done: Reply = { ...none, outcome: 'ok', status: 201, code: null }
const refusal: Reply = { ...none, outcome: 'failed', status: 409, code: 'run.busy' }

const writing = {
  name: 'rooms.create',
  caller: { headers: async () => ({}) },
  inputs: async (count: number) => Array.from({ length: count }, () => ({})),
  request: (body: unknown) => ({ path: '/api/v1/rooms', body }),
}

/** Every so many of 16 is refused. */
function writeRefusing(every: number) {
  let sent = 0
  const send = async () => (++sent % every === 0 ? refusal : done)
  const records = { query: async () => [['0/1']] }
  return write(writing, 2, { send, records }, seeded(1))
}

test('what is not acknowledged is counted', async () => {
  const { acknowledged, refused } = await writeRefusing(4)
  assert.deepEqual([acknowledged.length, refused], [12, 4])
})

test('where most is not acknowledged, the drill says nothing', async () => {
  await assert.rejects(writeRefusing(1), /rooms\.create was answered .*409/)
})
