/** A backend whose operations have hooks of every sort, and commands that go wrong in every way. */

import { access, backend, command, field, hook, identity, query, resource, sql } from 'mettle'

const { anyOf, anyone, nobody, owner, role, signedIn, where } = access

const users = identity({
  fields: { name: field.text({ max: 100 }) },
  signUp: 'open',
  roles: ['staff'],
})

const open = { read: signedIn, create: signedIn, update: signedIn, delete: signedIn }

/** No hooks. */
const plain = resource('plain', {
  fields: { text: field.text({ max: 100 }), amount: field.integer({ default: 0 }) },
  access: open,
})

/** Rows that go out of sight when they are closed. */
const drafts = resource('drafts', {
  fields: { text: field.text({ max: 100 }), shown: field.boolean({ default: true }) },
  indexes: [['shown']],
  access: { read: where({ shown: true }), create: signedIn, update: signedIn, delete: signedIn },
})

/** A hook that only looks at the input. */
const tidy = resource('tidy', {
  fields: { text: field.text({ max: 100 }), amount: field.integer({ default: 0 }) },
  access: open,
})

/** Hooks that work with the transaction. Rows are their owner's; staff sees more of them. */
const notes = resource('notes', {
  fields: {
    text: field.text({ max: 100 }),
    amount: field.integer({ default: 0 }),
    owner: field.ref('users', { default: 'caller' }),
    rating: field.integer({
      optional: true,
      access: { read: role('staff'), write: role('staff') },
    }),
  },
  indexes: [['owner']],
  access: {
    read: anyOf(owner('owner'), role('staff')),
    create: signedIn,
    update: owner('owner'),
    delete: owner('owner'),
  },
})

/** What the hooks of `notes` write. */
const ledger = resource('ledger', {
  fields: { entry: field.text({ max: 500 }) },
  access: { read: anyone, create: nobody, update: nobody, delete: nobody },
})

/** What hooks let pass may change between a request and its repetition. */
export const mood = { lenient: true }

const trimText = hook('trim-text', {
  on: tidy,
  before({ input, operation, id, fail, db, caller }) {
    if (Object.keys(db.as(caller)).length > 1) throw new Error('it has no repositories')
    if (operation === 'tidy.delete' || input === undefined) return undefined
    if (input.text === 'forbidden' || !mood.lenient) fail.forbiddenText({ id: id ?? 'new' })
    return input.text === undefined ? undefined : { ...input, text: input.text.trim() }
  },
  errors: {
    forbiddenText: { status: 409, title: 'That may not be said', data: { id: field.text() } },
  },
})

const firstHook = hook('first', {
  on: notes,
  operations: ['create', 'replace', 'update'],
  before: ({ input }) =>
    input.text === undefined ? undefined : { ...input, text: `${input.text} 1` },
})

const secondHook = hook('second', {
  on: notes,
  operations: ['create', 'replace', 'update', 'delete'],
  uses: { ledger },
  errors: { unlucky: { status: 422, title: 'An unlucky number' } },
  async before({ input, db, operation, fail }) {
    await db.ledger.create({ entry: `before ${operation}` })
    if (input === undefined || input.text === undefined) return undefined
    if (input.amount === 13) fail.unlucky()
    if (input.amount === 14) return { ...input, amount: 'fourteen' as never }
    return { ...input, text: `${input.text} 2` }
  },
  async after({ db, operation, output, id }) {
    if (output?.amount === 15) throw new Error('fifteen, said the hook at /srv/secret.ts')
    const told = output === undefined ? `gone ${id}` : Object.keys(output).join(',')
    await db.ledger.create({ entry: `after ${operation} ${output?.text ?? told}` })
  },
})

const watchReads = hook('watch-reads', {
  on: plain,
  operations: ['list', 'read'],
  uses: { ledger },
  async after({ db, operation, output }) {
    const texts = Array.isArray(output) ? output.map(row => row.text).join() : 'one'
    await db.ledger.create({ entry: `${operation} ${texts}` })
  },
})

const make = command('make', {
  input: {
    text: field.text({ max: 100 }),
    owner: field.ref('users', { default: 'caller' }),
    plain: field.ref('plain', { optional: true }),
    lines: field.list({ note: field.ref('notes') }, { max: 100, default: [] }),
    inner: field.object({ notes: field.list(field.ref('notes')) }, { optional: true }),
  },
  output: notes,
  access: signedIn,
  uses: { notes },
  run: ({ input, db }) => db.notes.create({ text: input.text, owner: input.owner, rating: 5 }),
})

const changeMake = hook('change-make', {
  on: make,
  before({ input }) {
    if (input.text === 'long') return { ...input, text: 'x'.repeat(101) }
    if (input.text === 'unknown') return { ...input, unknown: 1 } as typeof input
    return { ...input, text: input.text.toUpperCase() }
  },
})

const sum = command('sum', {
  input: { amount: field.integer({ default: 0 }), fault: field.text({ optional: true }) },
  output: { total: field.integer(), at: field.timestamp() },
  access: signedIn,
  uses: { plain, notes },
  errors: { tooMuch: { status: 409, title: 'Too much', data: { most: field.integer() } } },
  async run({ input, db, fail, now, caller }) {
    await db.plain.create({ text: 'sum', amount: input.amount })
    if (input.amount > 100) fail.tooMuch({ most: 100 })
    if (input.fault === 'throws') throw new Error('select secret from /srv/secret.ts')
    if (input.fault === 'throws nothing') throw undefined as unknown as Error
    if (input.fault === 'does not await')
      void db.plain.create({ text: 'a' }).then(({ id }) => db.plain.update(id, { amount: 0 }))
    if (input.fault === 'wrong output') return { total: 'much' as never, at: now }
    if (input.fault === 'creates as caller') await db.as(caller).notes.create({ text: 'own' })
    if (input.fault === 'as caller') return { total: await db.as(caller).notes.count(), at: now }
    return { total: input.amount + 1, at: now }
  },
})

/** A plain id is nothing that the caller need be able to read. */
const give = command('give', {
  input: { to: field.uuid() },
  output: notes,
  access: signedIn,
  uses: { notes },
  run: ({ input, db }) => db.notes.create({ text: 'a gift', owner: input.to }),
})

const nothing = command('nothing', {
  access: signedIn,
  uses: { plain },
  run: async () => undefined,
})

const noRow = command('no-row', {
  output: notes,
  access: signedIn,
  run: async () => ({ id: 'not an id' }) as never,
})

/** Reads and then writes, with a pause between for others, so that serializable runs collide. */
export const meeting: { wait: () => Promise<void> } = { wait: () => Promise.resolve() }
const increment = command('increment', {
  input: { id: field.ref('plain') },
  output: { amount: field.integer() },
  access: signedIn,
  isolation: 'serializable',
  uses: { plain },
  async run({ input, db }) {
    const { amount } = await db.plain.get(input.id)
    await meeting.wait()
    return { amount: (await db.plain.update(input.id, { amount: amount + 1 })).amount }
  },
})

const byText = query('by-text', {
  input: { text: field.text({ max: 100 }), limit: field.integer({ min: 1, max: 10, default: 5 }) },
  output: { id: field.uuid(), amount: field.integer() },
  access: signedIn,
  sql: ({ text, limit }) =>
    sql`select id, amount from plain where text = ${text} order by id limit ${limit}`,
})

/** Would use up a position of the log. */
const writing = query('writing', {
  input: {},
  output: { position: field.bigint() },
  access: anyone,
  sql: () => sql`select nextval(pg_get_serial_sequence('mettle.events', 'position')) as position`,
})

const changeQuery = hook('change-query', {
  on: byText,
  before: ({ input }) => ({ ...input, limit: input.text === 'too far' ? 1_000 : input.limit }),
})

export const workshop = backend('workshop', {
  parts: {
    users,
    plain,
    drafts,
    tidy,
    notes,
    ledger,
    trimText,
    firstHook,
    secondHook,
    watchReads,
    make,
    changeMake,
    sum,
    give,
    nothing,
    noRow,
    increment,
    byText,
    writing,
    changeQuery,
  },
})

export const workshopPeople = { ada: [], bob: [], staff: ['staff'] } as const
