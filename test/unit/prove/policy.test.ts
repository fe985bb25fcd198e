/** The rules of access decided a second time: who passes on which row, and rows that let pass. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { access, backend, field, identity, resource } from 'mettle'
import { buildModel } from '../../../src/model/build.ts'
import {
  admits,
  anyRow,
  type Planted,
  wishesFor,
  wishFor,
} from '../../../src/prove/model/policy.ts'

const { anyone, anyOf, allOf, nobody, not, owner, role, signedIn, through, where } = access

const users = identity({ fields: {}, signUp: 'open', roles: ['staff'] })
const folders = resource('folders', {
  fields: { owner: field.ref('users', { default: 'caller' }), open: field.boolean() },
  indexes: [['open']],
  access: { read: anyOf(owner('owner'), where({ open: true })) },
})
const notes = resource('notes', {
  fields: { folder: field.ref('folders'), level: field.integer() },
  access: { read: through('folder'), create: signedIn, update: role('staff'), delete: nobody },
})
const model = buildModel(backend('notes', { parts: { users, folders, notes } }))
const [foldersModel, notesModel] = [model.resources.get('folders')!, model.resources.get('notes')!]

const ada = { id: '00000000-0000-4000-8000-00000000000a', roles: [] }
const bob = { id: '00000000-0000-4000-8000-00000000000b', roles: [] }
const staff = { id: '00000000-0000-4000-8000-00000000000c', roles: ['staff'] }
const nobodyInParticular = { id: null, roles: [] }

const folder = (values: Planted['values']): Planted => ({
  resource: foldersModel,
  id: '00000000-0000-4000-8000-0000000000f1',
  values,
  parents: {},
})
const note = (parent: Planted): Planted => ({
  resource: notesModel,
  id: '00000000-0000-4000-8000-0000000000f2',
  values: { folder: parent.id, level: 3 },
  parents: { folder: parent },
})

test('owners, open rows and what is seen through them', () => {
  const { read } = notesModel.access
  const closed = note(folder({ owner: ada.id, open: false }))
  assert.deepEqual(
    [ada, bob, staff, nobodyInParticular].map(caller => admits(model, read, caller, closed)),
    [true, false, false, false],
  )
  const open = note(folder({ owner: ada.id, open: true }))
  assert.ok(admits(model, read, nobodyInParticular, open))
})

test('rules that need no row', () => {
  const row = note(folder({ owner: ada.id, open: false }))
  const { create, update, delete: remove } = notesModel.access
  const decide = (rule: typeof create) =>
    [ada, staff, nobodyInParticular].map(caller => admits(model, rule, caller, row))
  assert.deepEqual(decide(create), [true, true, false])
  assert.deepEqual(decide(update), [false, true, false])
  assert.deepEqual(decide(remove), [false, false, false])
  assert.deepEqual(decide(not(role('staff')).node), [true, false, true])
  assert.deepEqual(decide(allOf(signedIn, anyone).node), [true, true, false])
})

test('a wish names what a row must be like, also in the row that it refers to', () => {
  const { read } = notesModel.access
  assert.deepEqual(wishFor(model, notesModel, read, ada), {
    values: {},
    parents: { folder: { values: { owner: ada.id }, parents: {} } },
  })
  assert.deepEqual(wishFor(model, notesModel, read, nobodyInParticular), {
    values: {},
    parents: { folder: { values: { open: true }, parents: {} } },
  })
  assert.equal(wishFor(model, notesModel, notesModel.access.update, ada), null)
  assert.deepEqual(wishFor(model, notesModel, notesModel.access.update, staff), anyRow)
})

test('a denial that looks at no row is known beforehand, one that does is hoped for', () => {
  const wish = (rule: typeof notesModel.access.read, caller: Parameters<typeof wishFor>[3]) =>
    wishFor(model, notesModel, rule, caller)
  const others = not(role('staff')).node
  assert.equal(wish(others, staff), null)
  assert.deepEqual(wish(others, bob), anyRow)
  const both = allOf(signedIn, not(anyOf(role('staff'), where({ level: 3 })))).node
  assert.equal(wish(both, staff), null)
  assert.deepEqual(wish(both, bob), anyRow)
})

test('each alternative of a rule is a way to pass', () => {
  const resolved = model.resources.get('folders')!
  const open = { values: { open: true }, parents: {} }
  const own = { values: { owner: ada.id }, parents: {} }
  assert.deepEqual(wishesFor(model, resolved, resolved.access.read, ada), [own, open])
  assert.deepEqual(wishesFor(model, resolved, resolved.access.read, nobodyInParticular), [open])
})
