/** Users who are deleted, in whatever way, are callers no more: at once, not when trust ends. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { access, backend, command, field, identity, resource } from 'mettle'

import { assertProblem, startBackend } from '../../support/backend.ts'

const { role, signedIn } = access
const teams = resource('teams', {
  fields: { name: field.text({ max: 100 }) },
  access: { read: signedIn, create: role('staff'), delete: role('staff') },
})
const users = identity({
  fields: {
    name: field.text({ max: 100 }),
    team: field.ref('teams', { optional: true, onDelete: 'cascade' }),
  },
  signUp: 'open',
  roles: ['staff'],
  access: { read: signedIn, update: role('staff'), delete: role('staff') },
})
const dismiss = command('dismiss', {
  input: { user: field.ref('users') },
  access: role('staff'),
  uses: { users },
  run: async ({ input, db }) => {
    await db.users.delete(input.user)
  },
})
const people = { staff: ['staff'], ada: [], bob: [], eve: [], dan: [] }
const office = await startBackend(backend('office', { parts: { teams, users, dismiss } }), people)

const greet = (name: string) => office.send('GET', '/users', { as: name })

async function endsWith(name: string, end: (id: string) => Promise<{ status: number }>) {
  assert.equal((await greet(name)).status, 200)
  assert.ok([200, 204].includes((await end(office.people[name]!)).status))
  assertProblem(await greet(name), 401, 'identify.invalid-token')
  assert.equal((await greet('staff')).status, 200)
}

test('a user whose row is deleted', () =>
  endsWith('ada', id => office.send('DELETE', `/users/${id}`, { as: 'staff' })))

test('a user whom a command deletes', () =>
  endsWith('bob', user => office.send('POST', '/dismiss', { as: 'staff', body: { user } })))

test('a user whose team is deleted', async () => {
  const { json: team } = await office.send('POST', '/teams', { as: 'staff', body: { name: 'a' } })
  const path = `/users/${office.people['eve']}`
  const moved = await office.send('PATCH', path, { as: 'staff', body: { team: team.id } })
  assert.equal(moved.status, 200)
  await endsWith('eve', () => office.send('DELETE', `/teams/${team.id}`, { as: 'staff' }))
})

test('a user who may not be deleted stays', async () => {
  const path = `/users/${office.people['dan']}`
  assertProblem(await office.send('DELETE', path, { as: 'dan' }), 403, 'authorise.denied')
  assert.equal((await greet('dan')).status, 200)
})
