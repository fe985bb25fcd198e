/**
 * A help desk that has what the shop has not: optional sort fields, two owners, hidden fields,
 * rules in rules.
 */

import { access, backend, field, identity, resource } from 'mettle'
import type { Caller } from '../../../src/base/caller.ts'
import { buildModel } from '../../../src/model/build.ts'

const { allOf, anyOf, not, owner, role, signedIn, through, where } = access

const users = identity({
  fields: { name: field.text({ max: 100 }) },
  signUp: 'open',
  roles: ['staff'],
})

const tickets = resource('tickets', {
  fields: {
    draft: field.text({ max: 80, optional: true, access: { read: owner('author') } }),
    memo: field.text({ max: 80, optional: true, access: { read: owner('assignee') } }),
    author: field.ref('users', { inverse: 'written' }),
    assignee: field.ref('users', { optional: true, inverse: 'assigned' }),
    subject: field.text({ max: 500 }),
    priority: field.integer({ optional: true }),
    due: field.date({ optional: true }),
    cost: field.decimal({ precision: 10, scale: 3, optional: true }),
    weight: field.bigint({ default: 0n }),
    open: field.boolean({ default: true }),
    mood: field.choice(['fine', 'so-so', 'a "quoted" one'], { default: 'fine' }),
    seenAt: field.timestamp({ optional: true }),
    token: field.uuid({ optional: true, unique: true }),
    labels: field.list(field.text({ max: 20 }), { default: [] }),
    extra: field.document({ optional: true }),
    salary: field.integer({ default: 1, access: { read: role('staff') } }),
  },
  indexes: [
    ['priority'],
    ['-priority', 'subject'],
    ['author', '-priority'],
    ['assignee', '-priority'],
    ['subject'],
    ['-due', 'cost'],
    ['weight', '-createdAt'],
  ],
  access: { read: anyOf(owner('author'), owner('assignee'), role('staff')) },
})

const comments = resource('comments', {
  fields: {
    ticket: field.ref('tickets', { inverse: 'comments' }),
    text: field.text({ max: 200 }),
  },
  access: { read: through('ticket') },
})

const likes = resource('likes', {
  fields: {
    comment: field.ref('comments', { optional: true, inverse: 'likes' }),
    by: field.ref('users', { inverse: false }),
    hidden: field.boolean({ optional: true }),
  },
  access: {
    read: anyOf(allOf(through('comment'), not(where({ hidden: true }))), owner('by')),
  },
})

const stars = resource('stars', {
  fields: {
    ticket: field.ref('tickets', { inverse: false }),
    by: field.ref('users', { inverse: false }),
  },
  access: { read: allOf(owner('by'), through('ticket')) },
})

const pages = resource('pages', {
  fields: {
    title: field.text({ max: 80 }),
    published: field.boolean({ default: false }),
    reviewer: field.ref('users', { optional: true, inverse: false }),
  },
  indexes: [['published', 'title']],
  access: { read: anyOf(allOf(signedIn, where({ published: true })), owner('reviewer')) },
})

export const desk = buildModel(
  backend('desk', { parts: { users, tickets, comments, likes, stars, pages } }),
)

/** A readable id: `00000000-0000-7000-8000-00000000002a` for 42. */
export function idOf(number: number): string {
  return `00000000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`
}

export function callerOf(number: number, ...roles: readonly string[]): Caller {
  return { kind: 'user', id: idOf(number), roles, tenant: null, session: null, apiKey: null }
}
