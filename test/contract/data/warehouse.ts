/** A small backend with every rule that a write may break. */

import { access, backend, field, identity, resource } from 'mettle'

import type { Caller } from '../../../src/base/caller.ts'
import { buildModel } from '../../../src/model/build.ts'

const { anyOf, owner, role, signedIn, through, where } = access

export const users = identity({
  fields: { name: field.text({ max: 100 }) },
  signUp: 'open',
  roles: ['staff'],
})

export const categories = resource('categories', {
  fields: { name: field.text({ max: 50 }), open: field.boolean() },
  indexes: [['open']],
  access: { read: anyOf(where({ open: true }), role('staff')), create: role('staff') },
})

export const items = resource('items', {
  fields: {
    code: field.text({ max: 20, unique: true }),
    holder: field.ref('users', { default: 'caller' }),
    category: field.ref('categories'),
    stock: field.integer({ min: 0, max: 1000, default: 0 }),
    price: field.decimal({ precision: 8, scale: 2, default: '1.50' }),
    shared: field.boolean({ default: false }),
    note: field.text({ max: 100, optional: true }),
  },
  indexes: [['holder', '-stock'], ['shared']],
  access: {
    read: anyOf(owner('holder'), where({ shared: true }), role('staff')),
    create: signedIn,
    update: anyOf(owner('holder'), role('staff')),
    delete: anyOf(owner('holder'), role('staff')),
  },
})

export const labels = resource('labels', {
  fields: {
    item: field.ref('items', { inverse: 'labels', onDelete: 'cascade' }),
    text: field.text({ max: 50 }),
  },
  access: {
    read: through('item'),
    create: role('staff'),
    update: role('staff'),
    delete: role('staff'),
  },
})

export const warehouse = buildModel(
  backend('warehouse', { parts: { users, categories, items, labels } }),
)

/** UUIDs that say what they are in a failure. */
export function idOf(kind: number, number: number): string {
  const tail = number.toString(16).padStart(12, '0')
  return `00000000-0000-7000-80${kind.toString(16).padStart(2, '0')}-${tail}`
}

export const people = [1, 2, 3, 4].map(number => idOf(1, number))
export const openCategory = idOf(2, 1)
export const hiddenCategory = idOf(2, 2)

export function person(id: string, roles: readonly string[] = []): Caller {
  return { kind: 'user', id, roles, tenant: null, session: null, apiKey: null }
}

/** Four people, an open and a hidden category. */
export const settlement: readonly string[] = [
  `insert into users (id, email, name) values ${people.map((id, at) => `('${id}', 'p${at}@example.org', 'person ${at}')`).join(', ')}`,
  `insert into categories (id, name, open) values ('${openCategory}', 'open', true), ('${hiddenCategory}', 'hidden', false)`,
]
