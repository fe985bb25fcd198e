/**
 * A small lending library whose resources have every rule and every kind of dependence that a write
 * must respect.
 */

import { access, backend, field, identity, resource } from 'mettle'
import { buildModel } from '../../../src/model/build.ts'
import type { Caller } from '../../../src/base/caller.ts'

const { allOf, anyOf, anyone, nobody, not, owner, role, signedIn, through, where } = access

const users = identity({
  fields: { name: field.text({ max: 100, default: '' }) },
  signUp: 'open',
  roles: ['staff'],
  access: { read: role('staff'), delete: role('staff') },
})

const books = resource('books', {
  fields: {
    title: field.text({ max: 200 }),
    isbn: field.text({ max: 20, unique: true }),
    price: field.decimal({ precision: 12, scale: 2, default: '0' }),
    copies: field.integer({ default: 1 }),
    cost: field.decimal({
      precision: 12,
      scale: 2,
      optional: true,
      access: { read: role('staff'), write: role('staff') },
    }),
    hidden: field.boolean({ default: false }),
    extra: field.document({ optional: true }),
  },
  indexes: [['hidden']],
  access: {
    read: anyOf(where({ hidden: false }), role('staff')),
    create: signedIn,
    update: anyOf(role('staff'), where({ price: { lt: '100' } })),
    delete: signedIn,
  },
})

const loans = resource('loans', {
  fields: {
    member: field.ref('users', { default: 'caller' }),
    status: field.choice(['open', 'closed'], { default: 'open' }),
    note: field.text({ max: 200, optional: true, access: { write: owner('member') } }),
  },
  access: {
    read: anyOf(owner('member'), role('staff')),
    create: owner('member'),
    update: anyOf(role('staff'), allOf(owner('member'), not(where({ status: 'closed' })))),
    delete: owner('member'),
  },
})

const items = resource('items', {
  fields: {
    loan: field.ref('loans', { inverse: 'items', onDelete: 'cascade' }),
    book: field.ref('books', { inverse: 'items' }),
    instead: field.ref('books', { inverse: 'replacing', optional: true, onDelete: 'clear' }),
  },
  access: {
    read: through('loan'),
    create: through('loan'),
    update: through('loan'),
    delete: nobody,
  },
})

const shelves = resource('shelves', {
  fields: {
    name: field.text({ max: 50 }),
    parent: field.ref('shelves', { inverse: 'children', optional: true, onDelete: 'cascade' }),
    /** Kept as long as it is another's backup, unless that one goes too. */
    backup: field.ref('shelves', { inverse: 'backups', optional: true }),
    twin: field.ref('shelves', { inverse: 'twins', optional: true, onDelete: 'clear' }),
    first: field.ref('books', { inverse: 'leading', optional: true, onDelete: 'clear' }),
    last: field.ref('books', { inverse: 'closing', optional: true, onDelete: 'clear' }),
  },
  access: { read: anyone, create: anyone, update: anyone, delete: anyone },
})

/** Keeps its shelf from being deleted. */
const labels = resource('labels', {
  fields: {
    shelf: field.ref('shelves', { inverse: 'labels' }),
    text: field.text({ max: 50, default: '' }),
  },
  access: { read: anyone, create: anyone, update: anyone, delete: anyone },
})

/** Guarded through a reference that may be empty. */
const notes = resource('notes', {
  fields: { loan: field.ref('loans', { inverse: 'notes', optional: true }) },
  access: { read: anyone, create: through('loan') },
})

/** Keeps its user and its book from being deleted, and is nobody's to read. */
const audits = resource('audits', {
  fields: { member: field.ref('users'), book: field.ref('books', { inverse: 'audits' }) },
})

/** One field of each kind. */
const samples = resource('samples', {
  fields: {
    text: field.text({ optional: true }),
    integer: field.integer({ optional: true }),
    bigint: field.bigint({ optional: true }),
    decimal: field.decimal({ precision: 20, scale: 5, optional: true }),
    boolean: field.boolean({ optional: true }),
    date: field.date({ optional: true }),
    timestamp: field.timestamp({ optional: true }),
    uuid: field.uuid({ optional: true }),
    choice: field.choice(['a', 'b'], { optional: true }),
    document: field.document({ optional: true }),
    list: field.list(field.text(), { optional: true }),
    object: field.object({ x: field.integer() }, { optional: true }),
  },
  access: { read: anyone, create: anyone, update: anyone, delete: anyone },
})

export const library = buildModel(
  backend('library', {
    parts: { users, books, loans, items, shelves, labels, notes, audits, samples },
  }),
)

/** Readable ids: `id(7)`. */
export function id(number: number): string {
  return `00000000-0000-7000-8000-${number.toString().padStart(12, '0')}`
}

function user(number: number, roles: readonly string[] = []): Caller {
  return { kind: 'user', id: id(number), roles, tenant: null, session: null, apiKey: null }
}

export const ada = user(1)
export const bob = user(2)
export const staff = user(3, ['staff'])
