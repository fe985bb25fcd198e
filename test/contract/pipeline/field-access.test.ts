/** A field that the caller may not read or write, through every way that could tell of it. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertProblem, startBackend } from '../../support/backend.ts'
import { workshop, workshopPeople } from './workshop.ts'

const house = await startBackend(workshop, workshopPeople)
const { json: note } = await house.send('POST', '/notes', { as: 'ada', body: { text: 'a' } })
await house.select('update notes set rating = 4711 where id = $1', [note.id])
const path = `/notes/${note.id}`

test('whoever may read it sees it', async () => {
  assert.equal((await house.send('GET', path, { as: 'staff' })).json.rating, 4711)
  const filtered = await house.send('GET', '/notes?rating=4711&fields=rating', { as: 'staff' })
  assert.deepEqual(filtered.json.data, [{ rating: 4711 }])
})

const shown: readonly (readonly [method: string, path: string, body?: unknown])[] = [
  ['GET', path],
  ['GET', '/notes'],
  ['GET', `/users/${house.people['ada']}/notes`],
  ['GET', `/users/${house.people['ada']}?expand=notes`],
  ['GET', `${path}?expand=owner.notes`],
  ['PATCH', path, { amount: 2 }],
  ['PATCH', `${path}?expand=owner`, { amount: 3 }],
  ['PUT', path, { text: 'a', amount: 1, owner: house.people['ada'] }],
]

for (const [method, target, body] of shown) {
  test(`${method} ${target.replaceAll(/[0-9a-f-]{36}/g, '…')} leaves it out`, async () => {
    const reply = await house.send(method, target, { as: 'ada', body })
    assert.equal(reply.status, 200, reply.text)
    assert.match(reply.text, new RegExp(note.id))
    assert.doesNotMatch(reply.text, /rating|4711/)
  })
}

const asked = ['rating=4711', 'rating[gt]=1', 'rating[isNull]=true', 'sort=rating', 'fields=rating']

for (const query of [...asked, 'expand=owner.notes&fields=owner.notes.rating']) {
  test(`?${query} is refused like a field that does not exist`, async () => {
    const reply = await house.send('GET', `/notes?${query}`, { as: 'ada' })
    assertProblem(reply, 422, 'validate.query')
    const strange = await house.send('GET', `/notes?${query.replace('rating', 'rated')}`, {
      as: 'ada',
    })
    const plain = (text: string) => text.replaceAll(/rated|rating|[0-9a-f-]{36}/g, '')
    assert.equal(plain(reply.text), plain(strange.text))
  })
}

const writes: readonly (readonly [method: string, path: string, body: object])[] = [
  ['POST', '/notes', { text: 'a', rating: 1 }],
  ['POST', '/notes', { text: 'a', rating: null }],
  ['PATCH', path, { rating: 1 }],
  ['PATCH', path, { rating: 4711 }],
  ['PUT', path, { text: 'a', amount: 1, owner: house.people['ada'], rating: 1 }],
]

for (const [method, target, body] of writes) {
  test(`${method} of ${JSON.stringify(body).slice(0, 60)} is refused`, async () => {
    const before = await house.counts()
    const reply = await house.send(method, target, { as: 'ada', body })
    assertProblem(reply, 403, 'authorise.denied')
    assert.equal(reply.json.errors[0].pointer, '/rating')
    assert.deepEqual(await house.counts(), before)
  })
}

test('account fields of the identity are nobody’s to write through the API', async () => {
  for (const body of [
    { email: 'x@example.com' },
    { roles: ['staff'] },
    { id: note.id },
    { password: 'x' },
  ]) {
    const reply = await house.send('PATCH', `/users/${house.people['ada']}`, { as: 'ada', body })
    assertProblem(reply, 422, 'validate.invalid')
    assert.equal(reply.json.errors[0].pointer, `/${Object.keys(body)[0]}`)
  }
})
