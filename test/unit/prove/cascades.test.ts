/** What goes or changes with another row must stand in the log, each as what became of it. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { access, backend, field, identity, resource } from 'mettle'
import { buildModel } from '../../../src/model/build.ts'
import { silentCascades } from '../../../src/prove/model/cascades.ts'

const { anyone, owner } = access
const users = identity({ fields: {}, signUp: 'open', access: { delete: owner('id') } })
const open = { read: anyone, delete: anyone }
const folders = resource('folders', { fields: {}, access: open })
const notes = resource('notes', {
  fields: {
    folder: field.ref('folders', { onDelete: 'cascade' }),
    twin: field.ref('folders', { optional: true, inverse: false, onDelete: 'clear' }),
    writer: field.ref('users', { optional: true, onDelete: 'clear' }),
    reader: field.ref('users', { optional: true, inverse: false }),
  },
  access: open,
})
const model = buildModel(backend('notes', { parts: { users, folders, notes } }))

type Service = Parameters<typeof silentCascades>[0]

/** A backend whose log has an event of each of these types for every row, and none of others. */
function logging(types: readonly string[]) {
  const deleted: string[] = []
  let planted = 0
  const callerOf = (name: string) => ({
    name,
    id: name,
    roles: [],
    headers: async () => ({ 'x-name': name }),
  })
  const service: unknown = {
    callers: {
      as: async (part: string) => callerOf(part),
      member: async (number: number) => callerOf(`member ${number}`),
    },
    rows: {
      plant: async (planting: unknown) => {
        planted += 1
        return { resource: planting, id: `row ${planted}`, values: {}, parents: {} }
      },
    },
    records: {
      count: async (_text: string, [, type]: readonly unknown[]) =>
        types.includes(String(type)) ? 1 : 0,
    },
    send: async ({ path, headers }: { path: string; headers: Record<string, string> }) => {
      deleted.push(`${path} by ${headers['x-name']}`)
      return { outcome: 'ok' }
    },
  }
  return { service: service as Service, deleted }
}

test('a row that goes needs a deletion, and one that loses its reference an update', async () => {
  const heard = async (...types: string[]) => silentCascades(logging(types).service, model)
  assert.deepEqual(await heard('notes.updated', 'notes.deleted'), { tried: 3, silent: 0 })
  assert.deepEqual(await heard('notes.deleted'), { tried: 3, silent: 2 })
  assert.deepEqual(await heard('notes.updated'), { tried: 3, silent: 1 })
})

test('accounts are deleted by who may, and each is one of its own', async () => {
  const { service, deleted } = logging([])
  await silentCascades(service, model)
  const accounts = deleted.filter(each => each.startsWith('/api/v1/users/'))
  assert.deepEqual(accounts, ['/api/v1/users/member 63 by member 63'])
})
