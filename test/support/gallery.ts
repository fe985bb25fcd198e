/** A model with every kind of field, rule, operation and error: what emitters must cope with. */

import { access, backend, command, field, hook, identity, query, resource, sql } from 'mettle'

const { allOf, anyOf, anyone, nobody, not, owner, role, signedIn, through, where } = access

const users = identity({
  fields: { name: field.text({ max: 100 }), born: field.date({ optional: true }) },
  signUp: 'open',
  roles: ['editor', 'critic'],
})

const rooms = resource('rooms', {
  fields: { name: field.text({ min: 1, unique: true, max: 80 }) },
  access: { read: anyone, create: role('editor'), update: nobody, delete: nobody },
})

const works = resource('works', {
  fields: {
    title: field.text({ min: 1, max: 200, pattern: /^\S.*$/ }),
    notes: field.text({ optional: true }),
    year: field.integer({ min: -3_000, max: 3_000, optional: true }),
    visits: field.bigint({ default: 0n }),
    value: field.decimal({ precision: 12, scale: 2, min: '0', access: { read: role('critic') } }),
    shown: field.boolean({ default: true }),
    made: field.date({ optional: true }),
    hungAt: field.timestamp({ optional: true }),
    inventory: field.uuid({ unique: true }),
    state: field.choice(['hung', 'stored'], { default: 'stored' }),
    extra: field.document({ optional: true }),
    keywords: field.list(field.text({ max: 40 }), { max: 20, default: [] }),
    parts: field.list({
      name: field.text({ max: 40 }),
      weight: field.decimal({ precision: 8, scale: 3 }),
    }),
    frame: field.object({ wood: field.text({ max: 40 }), width: field.integer() }),
    keeper: field.ref('users', { default: 'caller' }),
    room: field.ref('rooms', { optional: true, inverse: 'hanging', onDelete: 'clear' }),
  },
  indexes: [['title'], ['keeper', '-hungAt'], ['shown']],
  access: {
    read: anyOf(where({ shown: true }), owner('keeper')),
    create: signedIn,
    update: allOf(owner('keeper'), not(role('critic'))),
    delete: role('editor'),
  },
})

/** Readable by all who may read its work. */
const reviews = resource('reviews', {
  fields: {
    work: field.ref('works', { onDelete: 'cascade' }),
    text: field.text({ max: 2_000 }),
    secret: field.text({ optional: true, access: { read: nobody } }),
  },
  access: { read: through('work'), create: role('critic') },
})

const hang = command('hang', {
  input: { work: field.ref('works'), room: field.ref('rooms') },
  output: works,
  access: role('editor'),
  uses: { works },
  errors: {
    full: { status: 409, title: 'The room is full', data: { left: field.integer() } },
    tooHeavy: { status: 422, title: 'The wall does not bear it' },
  },
  run: ({ input, db }) => db.works.update(input.work, { room: input.room }),
})

const close = command('close', { access: role('editor'), run: async () => undefined })

const weigh = command('weigh', {
  input: { parts: field.list({ weight: field.decimal({ precision: 8, scale: 3 }) }, { max: 20 }) },
  output: { total: field.decimal({ precision: 12, scale: 3 }), parts: field.integer() },
  access: anyone,
  run: async ({ input }) => ({ total: '1', parts: input.parts.length }),
})

const busiest = query('busiest', {
  input: { from: field.date(), limit: field.integer({ min: 1, max: 50, default: 10 }) },
  output: { room: field.ref('rooms'), works: field.bigint() },
  access: signedIn,
  sql: ({ limit }) =>
    sql`select room_id as room, count(*) as works from works group by 1 order by 2 limit ${limit}`,
})

const quiet = hook('quiet', {
  on: works,
  errors: { asleep: { status: 409, title: 'The house is closed' } },
  before: () => undefined,
})

export const gallery = backend('gallery', {
  parts: { users, rooms, works, reviews, hang, close, weigh, busiest, quiet },
})
