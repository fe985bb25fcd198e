/** Batches that change the same rows in crossing orders never wait for each other in a circle. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startBackend } from '../../support/backend.ts'
import { workshop, workshopPeople } from '../pipeline/workshop.ts'
import { batchesOf, resultsOf } from './sending.ts'

const house = await startBackend(workshop, workshopPeople)
const batches = batchesOf(house)

async function rows(count: number): Promise<readonly string[]> {
  const create = { operation: 'plain.create', input: { text: 'crossed', amount: 1 } }
  const reply = await batches.each(Array.from({ length: count }, () => create))
  return resultsOf(reply).map(({ body }) => body.id)
}

test('rows are taken in one order before the first change', async () => {
  const [one, two, three] = await rows(3)
  const orders = [
    [one, two, three],
    [three, two, one],
    [two, three, one],
  ]
  const start = house.observations.length
  const replies = await Promise.all(
    Array.from({ length: 30 }, (_, at) => {
      const ids = orders[at % orders.length]!
      return batches.atomic(
        ids.map(id => ({ operation: 'plain.update', id, input: { text: `by ${at}` } })),
      )
    }),
  )
  assert.deepEqual([...new Set(replies.map(({ status }) => status))], [200])
  const attempts = house.observations
    .slice(start)
    .flatMap(seen => (seen.kind === 'transaction' ? [seen.attempts] : []))
  assert.deepEqual([...new Set(attempts)], [1], 'no deadlock')
  const text = 'select distinct "text" from "plain" where "id" = any($1)'
  assert.equal((await house.select(text, [[one, two, three]])).length, 1)
})

test('a row that the caller may not change, or that is not there, is refused as before', async () => {
  const [one] = await rows(1)
  const missing = '01a20000-0000-7000-8000-000000000000'
  const reply = await batches.atomic(
    [one, missing].map(id => ({ operation: 'plain.update', id, input: { text: 'never' } })),
  )
  assert.equal(reply.status, 404)
  assert.equal(reply.json.operation, 1)
})
