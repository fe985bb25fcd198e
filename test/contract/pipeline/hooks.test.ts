/** Hooks through HTTP: what they see, change, refuse and undo. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertProblem, startBackend } from '../../support/backend.ts'
import { workshop, workshopPeople } from './workshop.ts'

const house = await startBackend(workshop, workshopPeople)
const ada = (body?: unknown) => ({ as: 'ada', body })

/** What the hooks wrote since the last call. */
async function ledger(): Promise<readonly unknown[]> {
  const rows = await house.select('select entry from ledger order by id')
  await house.select('delete from ledger')
  return rows.map(([entry]) => entry)
}

test('before-hooks run in the order of the parts, each on what the one before gave', async () => {
  const made = await house.send('POST', '/notes', ada({ text: 'a' }))
  assert.deepEqual([made.status, made.json.text], [201, 'a 1 2'])
  assert.equal('rating' in made.json, false)
  assert.deepEqual(await ledger(), ['before notes.create', 'after notes.create a 1 2'])

  const path = `/notes/${made.json.id}`
  const patched = await house.send('PATCH', path, ada({ text: 'b' }))
  assert.deepEqual([patched.status, patched.json.text], [200, 'b 1 2'])
  const put = await house.send('PUT', path, ada({ text: 'c', owner: made.json.owner, amount: 3 }))
  assert.deepEqual([put.status, put.json.text, put.json.amount], [200, 'c 1 2', 3])
  assert.equal((await house.send('DELETE', path, ada())).status, 204)
  assert.deepEqual(await ledger(), [
    'before notes.update',
    'after notes.update b 1 2',
    'before notes.replace',
    'after notes.replace c 1 2',
    'before notes.delete',
    `after notes.delete gone ${made.json.id}`,
  ])
})

test('an after-hook sees what the caller sees, and no field more', async () => {
  await house.send('POST', '/notes?fields=amount,version', ada({ text: 'a' }))
  const [, after] = await ledger()
  assert.equal(after, 'after notes.create version,amount')
})

test('reads and lists have hooks too', async () => {
  const made = await house.send('POST', '/plain', ada({ text: 'seen' }))
  const read = await house.send('GET', `/plain/${made.json.id}`, ada())
  assert.deepEqual([read.status, read.headers.etag], [200, made.headers.etag])
  const list = await house.send('GET', `/plain?id=${made.json.id}`, ada())
  assert.deepEqual([list.status, list.json.data.length], [200, 1])
  assert.deepEqual(await ledger(), ['plain.read one', 'plain.list seen'])
  const missing = await house.send('GET', `/plain/${house.people['ada']}`, ada())
  assertProblem(missing, 404, 'run.not-found')
  assert.deepEqual(await ledger(), [])
})

test('a declared error of a hook reaches the caller and undoes the operation', async () => {
  const before = await house.counts()
  const unlucky = await house.send('POST', '/notes', ada({ text: 'a', amount: 13 }))
  assertProblem(unlucky, 422, 'second.unlucky')
  assert.equal(unlucky.json.title, 'An unlucky number')
  assert.equal(unlucky.json.hint, 'The title says what stands in the way.')
  const forbidden = await house.send('POST', '/tidy', ada({ text: 'forbidden' }))
  assertProblem(forbidden, 409, 'trim-text.forbidden-text')
  assert.deepEqual(forbidden.json.data, { id: 'new' })
  assert.match(forbidden.json.hint, /`data` says more/)
  assert.deepEqual(await house.counts(), before)
})

test('what an after-hook throws undoes everything and stays inside', async () => {
  const before = await house.counts()
  const start = house.observations.length
  const reply = await house.send('POST', '/notes', ada({ text: 'a', amount: 15 }))
  assertProblem(reply, 500, 'run.internal')
  assert.doesNotMatch(reply.text, /fifteen|secret/)
  assert.deepEqual(await house.counts(), before)
  const faults = house.observations.slice(start).filter(({ kind }) => kind === 'fault')
  assert.equal(faults.length, 1)
  assert.match(String(Reflect.get(faults[0]!, 'error')), /fifteen, said the hook/)
})

test('what a hook gives back is checked as if it had come from the caller', async () => {
  const wrong = await house.send('POST', '/notes', ada({ text: 'a', amount: 14 }))
  assertProblem(wrong, 422, 'validate.invalid')
  assert.equal(wrong.json.errors[0].pointer, '/amount')

  const made = await house.send('POST', '/make', ada({ text: 'loud' }))
  assert.deepEqual([made.status, made.json.text], [200, 'LOUD'])
  const long = await house.send('POST', '/make', ada({ text: 'long' }))
  assertProblem(long, 422, 'validate.invalid')
  assert.deepEqual(long.json.errors[0].pointer, '/text')
  const unknown = await house.send('POST', '/make', ada({ text: 'unknown' }))
  assertProblem(unknown, 422, 'validate.invalid')
  assert.deepEqual(unknown.json.errors[0].pointer, '/unknown')

  assert.equal((await house.send('GET', '/by-text?text=x&limit=2', ada())).status, 200)
  const far = await house.send('GET', '/by-text?text=too+far', ada())
  assertProblem(far, 422, 'validate.invalid')
  assert.equal(far.json.errors[0].pointer, '/limit')
})

test('an operation whose hooks only look at the input still shares its commit', async () => {
  const start = house.observations.length
  const replies = await Promise.all(
    Array.from({ length: 40 }, (_, at) => house.send('POST', '/tidy', ada({ text: ` ${at} ` }))),
  )
  for (const [at, { status, json }] of replies.entries())
    assert.deepEqual([status, json.text], [201, String(at)])
  const sizes = house.observations
    .slice(start)
    .flatMap(seen => (seen.kind === 'batch' && seen.route === 'write' ? [seen.size] : []))
  assert.ok(Math.max(...sizes) > 1, `batches of ${sizes.join(', ')}`)
  assert.ok(!house.observations.slice(start).some(({ kind }) => kind === 'transaction'))
})

test('who may not write a field makes and replaces rows without naming it', async () => {
  const made = await house.send('POST', '/notes', ada({ text: 'a' }))
  assert.equal(made.status, 201)
  const path = `/notes/${made.json.id}`
  await house.select('update notes set rating = 4 where id = $1', [made.json.id])
  const put = await house.send('PUT', path, ada({ text: 'c', owner: made.json.owner, amount: 3 }))
  assert.equal(put.status, 200)
  const [[rating] = []] = await house.select('select rating from notes where id = $1', [
    made.json.id,
  ])
  assert.equal(rating, 4)
  const named = await house.send('PATCH', path, ada({ rating: 5 }))
  assertProblem(named, 403, 'authorise.denied')
  assert.equal(named.json.errors[0].pointer, '/rating')
  const staffs = await house.send('POST', '/notes', { as: 'staff', body: { text: 'a', rating: 5 } })
  assert.deepEqual([staffs.status, staffs.json.rating], [201, 5])
})
