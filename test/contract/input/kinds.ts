/** A backend with a field of every kind, open to whoever has signed in. */

import { access, backend, command, field, hook, identity, query, resource, sql } from 'mettle'

const { nobody, owner, signedIn } = access

/** Nobody reads users, not even himself. */
const users = identity({
  fields: { name: field.text({ max: 100 }) },
  signUp: 'open',
  access: { read: nobody },
})

const parents = resource('parents', {
  fields: { name: field.text({ max: 100 }), keeper: field.ref('users', { default: 'caller' }) },
  indexes: [['keeper']],
  access: {
    read: owner('keeper'),
    create: signedIn,
    update: owner('keeper'),
    delete: owner('keeper'),
  },
})

const fields = {
  text: field.text({ max: 5_000, optional: true }),
  integer: field.integer({ optional: true }),
  bigint: field.bigint({ optional: true }),
  decimal: field.decimal({ precision: 12, scale: 2, optional: true }),
  boolean: field.boolean({ optional: true }),
  date: field.date({ optional: true }),
  timestamp: field.timestamp({ optional: true }),
  uuid: field.uuid({ optional: true }),
  choice: field.choice(['red', 'green'], { optional: true }),
  document: field.document({ optional: true }),
  list: field.list({ text: field.text({ max: 10 }), amount: field.integer() }, { optional: true }),
  words: field.list(field.text({ max: 10 }), { optional: true, max: 5 }),
  object: field.object({ big: field.bigint(), day: field.date() }, { optional: true }),
  parent: field.ref('parents', { optional: true }),
}

const things = resource('things', {
  fields,
  indexes: [['integer'], ['date']],
  access: { read: signedIn, create: signedIn, update: signedIn, delete: signedIn },
})

/** The same with a hook, whose transaction is another way in. */
const hooked = resource('hooked', {
  fields: { ...fields, parent: field.ref('parents', { optional: true, inverse: 'hookedThings' }) },
  access: { read: signedIn, create: signedIn, update: signedIn, delete: signedIn },
})

const around = hook('around', { on: hooked, uses: { things }, after: () => undefined })

const keep = command('keep', {
  input: fields,
  output: { id: field.uuid() },
  access: signedIn,
  uses: { things },
  run: async ({ input, db }) => ({ id: (await db.things.create(input)).id }),
})

const whoami = command('whoami', {
  input: { user: field.ref('users', { default: 'caller' }) },
  output: { user: field.uuid() },
  access: signedIn,
  run: async ({ input }) => ({ user: input.user }),
})

const ask = query('ask', {
  input: {
    text: field.text({ max: 5_000, optional: true }),
    integer: field.integer({ optional: true }),
    bigint: field.bigint({ optional: true }),
    decimal: field.decimal({ precision: 12, scale: 2, optional: true }),
    boolean: field.boolean({ optional: true }),
    date: field.date({ optional: true }),
    timestamp: field.timestamp({ optional: true }),
    uuid: field.uuid({ optional: true }),
    choice: field.choice(['red', 'green'], { optional: true }),
  },
  output: { id: field.uuid(), text: field.text({ max: 5_000, optional: true }) },
  access: signedIn,
  sql: ({ text, integer, bigint, decimal, boolean, date, timestamp, uuid, choice }) => sql`
    select id, text from things where text = ${text}::text or integer = ${integer}::int4
      or bigint = ${bigint}::int8 or decimal = ${decimal}::numeric or boolean = ${boolean}::bool
      or date = ${date}::date or timestamp = ${timestamp}::timestamptz or uuid = ${uuid}::uuid
      or choice = ${choice}::text`,
})

export const kinds = backend('kinds', {
  parts: { users, parents, things, hooked, around, keep, whoami, ask },
})

export const kindsPeople = { ada: [], bob: [] } as const
