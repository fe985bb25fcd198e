/** The hooks of creating users, around those who sign up. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { access, backend, field, hook, identity, resource } from 'mettle'
import { assertProblem, startBackend } from '../../support/backend.ts'

const { nobody, owner, signedIn } = access

const users = identity({
  fields: {
    name: field.text({ max: 20 }),
    hidden: field.text({ optional: true, max: 20, access: { read: nobody } }),
  },
  signUp: 'open',
  roles: ['staff'],
})

const profiles = resource('profiles', {
  fields: {
    user: field.ref('users', { default: 'caller', unique: true }),
    greeting: field.text({ max: 100 }),
  },
  access: { read: owner('user'), create: nobody, update: nobody, delete: nobody },
})

const asked = resource('asked', {
  fields: { seen: field.text({ max: 1_000 }) },
  access: { read: signedIn, create: nobody, update: nobody, delete: nobody },
})

const houseRules = hook('house-rules', {
  on: users,
  operations: ['create'],
  uses: { asked },
  errors: { stranger: { status: 403, title: 'Only for people of the house' } },
  async before({ input, caller, db, fail, operation, id }) {
    const seen = [operation, id, caller.kind, Object.keys(input).toSorted().join()]
    await db.asked.create({ seen: seen.join(' ') })
    if (input.email?.endsWith('@example.net') === true) fail.stranger()
    if (input.name === 'too long') return { ...input, name: 'x'.repeat(21) }
    if (input.name === 'no address') return { ...input, email: 'nowhere' }
    if (input.name === 'staff') return { ...input, name: 'Staff', roles: ['staff'] as const }
    return { ...input, name: input.name?.trim() ?? '', email: input.email?.replace('+spam', '') }
  },
})

const welcome = hook('welcome', {
  on: users,
  operations: ['create'],
  uses: { profiles },
  async after({ output, db, caller }) {
    if (output.name === 'unlucky') throw new Error('no luck')
    assert.ok(!Object.hasOwn(output, 'hidden'))
    await db.profiles.create({ greeting: `${output.name} ${output.id === caller.id}` })
  },
})

const model = backend('house', { parts: { users, profiles, asked, houseRules, welcome } })
const house = await startBackend(model)

const password = 'correct horse battery staple'
const signUp = (email: string, name: string) =>
  house.send('POST', '//auth/sign-up', { body: { email, name, password, hidden: 'secret' } })

test('before may change what the user is made of, after acts as the new user', async () => {
  await house.newEvents()
  const reply = await signUp('Ada+spam@example.com', '  Ada ')
  assert.equal(reply.status, 201, reply.text)
  assert.equal(reply.json.user.email, 'ada@example.com')
  assert.deepEqual(await house.newEvents(), ['asked.created', 'users.created', 'profiles.created'])
  const { id } = reply.json.user
  const rows = await house.select('select name, email, hidden from users where id = $1', [id])
  assert.deepEqual(rows, [['Ada', 'ada@example.com', 'secret']])
  const profile = await house.select('select greeting from profiles where user_id = $1', [id])
  assert.deepEqual(profile, [['Ada true']])
  const [seen] = await house.select('select seen from asked order by id desc limit 1')
  assert.deepEqual(seen, ['users.create  anonymous email,hidden,name,roles'])
  const cookie = String(reply.headers['set-cookie']).split(';')[0]!
  const origin = `http://localhost:${house.node.port}`
  const me = await house.send('GET', '//auth/me', { headers: { cookie, origin } })
  assert.deepEqual([me.status, me.json.roles], [200, []])
})

test('a role that a hook gives is the role of the user', async () => {
  const reply = await signUp('boss@example.com', 'staff')
  assert.deepEqual(reply.json.user.roles, ['staff'])
  const [[roles] = []] = await house.select('select roles::text from users where name = $1', [
    'Staff',
  ])
  assert.equal(roles, '["staff"]')
})

const refused = {
  "a hook's own error": ['eve@example.net', 'Eve', 403, 'house-rules.stranger'],
  'an input that a hook made too long': ['a@example.com', 'too long', 422, 'validate.invalid'],
  'an address that a hook spoilt': ['b@example.com', 'no address', 422, 'validate.invalid'],
  'a hook that throws after': ['c@example.com', 'unlucky', 500, 'run.internal'],
  'an address that is taken': ['ada+spam@example.com', 'Ada', 409, 'run.conflict'],
} as const

for (const [what, [email, name, status, code]] of Object.entries(refused)) {
  test(`${what} refuses the sign-up, and leaves nothing`, async () => {
    const before = await house.counts()
    const audit = await house.select('select count(*)::int4 from mettle.audit')
    assertProblem(await signUp(email, name), status, code)
    assert.deepEqual(await house.counts(), before)
    assert.deepEqual(await house.select('select count(*)::int4 from mettle.audit'), audit)
  })
}

test('an operator makes users without hooks', async () => {
  await house.newEvents()
  const login = { email: 'op@example.net', password, name: ' as it is ' }
  const account = await house.node.identity!.createUser(login, [])
  assert.equal(account.email, 'op@example.net')
  assert.deepEqual(await house.newEvents(), ['users.created'])
})
