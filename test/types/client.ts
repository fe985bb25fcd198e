/** The client of a backend as its declaration types it. */

import { backend, command, field, hook, identity, query, resource, sql } from 'mettle'
import { createClient } from 'mettle/client'
import type { AutomaticClientOf, ClientOf } from 'mettle/client'
import type shop from '../../examples/shop/backend.ts'
import { holds } from './same.ts'
import type { IsAny, Same } from './same.ts'

declare const client: ClientOf<typeof shop>
declare const automatic: AutomaticClientOf<typeof shop>
const key = 'a key'

async function reads() {
  const { data, next } = await client.products.list(
    { name: { startsWith: 'Oak' }, price: { lt: '10.00' }, attributes: null },
    { sort: ['-price', 'createdAt'], limit: 5 },
  )
  const [product] = data
  const colours = { 'attributes.colour': { in: ['red', 'blue'] } }
  const { total } = await client.products.list(colours, { withTotal: true })
  holds<Same<typeof total.rows, number>>()
  const uncounted = await client.products.list(colours, { withTotal: false, limit: 1 })
  // @ts-expect-error not asked for
  void uncounted.total
  const perhaps = await client.products.list(colours, { withTotal: colours !== null })
  if ('total' in perhaps) holds<Same<typeof perhaps.total.exact, boolean>>()
  // @ts-expect-error perhaps not asked for
  void perhaps.total
  holds<Same<typeof next, string | null>>()
  holds<Same<IsAny<typeof product>, false>>()
  holds<Same<NonNullable<typeof product>['price'], string>>()
  holds<Same<NonNullable<typeof product>['stock'], number>>()
  holds<Same<NonNullable<typeof product>['createdAt'], string>>()

  const order = await client.orders.get('id', {
    fields: ['status', 'total'],
    expand: { customer: { fields: ['name'] }, lines: { expand: { product: true } } },
  })
  holds<Same<typeof order.status, 'pending' | 'paid' | 'shipped' | 'cancelled'>>()
  holds<Same<NonNullable<typeof order.customer>['name'], string>>()
  const ordered = order.lines[0]!.product
  holds<Same<NonNullable<typeof ordered>['name'], string>>()
  holds<Same<(typeof order.lines)[number]['order'], string>>()
  // @ts-expect-error not among the chosen fields
  void order.createdAt
  // @ts-expect-error not among the chosen fields of the customer
  void order.customer?.id

  for await (const each of client.orderLines.each({ quantity: { gte: 2 } }, { fields: ['price'] }))
    holds<Same<typeof each.price, string>>()
  const best = await client.queries.bestSellers({ limit: 3 })
  holds<Same<(typeof best)[number]['units'], number>>()
  await client.queries.bestSellers()
  await client.users.get((await client.auth.me()).id)
}

const tags = resource('tags', { fields: { name: field.text() } })
const taggings = resource('taggings', {
  fields: { product: field.ref('products'), tag: field.ref('tags') },
  link: { product: 'products', tag: 'tags' },
})
const products = resource('products', { fields: { name: field.text(), extra: field.document() } })
resource('wrong-link', {
  fields: { product: field.ref('products'), name: field.text() },
  // @ts-expect-error a name is no reference
  link: { product: 'products', name: 'names' },
})
const linked = backend('linked', { parts: { tags, taggings, products } })
declare const linking: ClientOf<typeof linked>

async function placesAndLinks() {
  const { data, total } = await linking.products.list(
    { 'extra.size': { gte: 2 }, 'extra.color': 'red' },
    { sort: ['-extra.size'], expand: { tags: { fields: ['name'] } }, withTotal: true },
  )
  holds<Same<typeof total, { readonly rows: number; readonly exact: boolean }>>()
  holds<Same<(typeof data)[number]['tags'][number]['name'], string>>()
  const tag = await linking.tags.get('id', { expand: { products: true, taggings: true } })
  holds<Same<(typeof tag.products)[number]['name'], string>>()
  holds<Same<(typeof tag.taggings)[number]['tag'], string>>()
  // @ts-expect-error no document
  await linking.products.list({ 'name.first': 'a' })
  // @ts-expect-error no such list
  await linking.tags.get('id', { expand: { books: true } })
}

async function aggregates() {
  const paid = { status: 'paid' } as const
  const { data, more } = await client.orders.aggregate(paid, {
    select: ['count()', 'sum(total)', 'max(createdAt)', 'min(total)'],
    group: ['status', 'month(createdAt)', 'customer'],
    having: { 'sum(total)': { gte: '100' }, 'count()': 3 },
    sort: ['-sum(total)', 'month(createdAt)'],
    limit: 5,
  })
  const [first] = data
  if (first === undefined) return
  holds<Same<typeof more, boolean>>()
  holds<Same<typeof first.count, number>>()
  holds<Same<typeof first.sum.total, string | null>>()
  holds<Same<typeof first.max.createdAt, string | null>>()
  holds<Same<typeof first.group.status, 'pending' | 'paid' | 'shipped' | 'cancelled'>>()
  holds<Same<typeof first.group.createdAt, string>>()
  // @ts-expect-error not selected
  void first.avg
  // @ts-expect-error not selected of this field
  void first.sum.version
  const all = await client.products.aggregate()
  holds<Same<NonNullable<(typeof all.data)[0]>['count'], number>>()
  // @ts-expect-error nothing tells groups apart
  void all.data[0]?.group
  await client.products.aggregate({}, { select: ['avg(price)'], group: ['attributes.colour'] })
  // @ts-expect-error a text has no sum
  await client.products.aggregate({}, { select: ['sum(name)'] })
  // @ts-expect-error no such field to group by
  await client.products.aggregate({}, { group: ['colour'] })
  // @ts-expect-error a status has no month
  await client.orders.aggregate({}, { group: ['month(status)'] })
  // @ts-expect-error no such figure
  await client.orders.aggregate({}, { having: { 'sum(status)': 1 } })
  // @ts-expect-error neither a figure nor what is grouped by
  await client.orders.aggregate({}, { group: ['status'], sort: ['customer'] })
}

async function batches() {
  const [made, order, first] = await client.batch(
    to => {
      const product = to.products.create(
        { name: 'Oak', price: '1.00' },
        { fields: ['id', 'price'] },
      )
      const bought = to.commands.checkout({ lines: [{ product: product.ref('id'), quantity: 1 }] })
      const page = to.orderLines.list({ order: bought.ref('id'), quantity: { gte: 1 } })
      void to.products.get(page.ref('data/0/product'))
      void to.orders.update(bought, { status: 'paid' }, { key: 'of this one' })
      // @ts-expect-error no such field of the answer
      void product.ref('name')
      // @ts-expect-error a number is no price
      void to.products.create({ name: 'Oak', price: 1 })
      // @ts-expect-error a text is no number
      void to.products.create({ name: 'Oak', price: '1', stock: product.ref('price') })
      // @ts-expect-error no such field to filter by
      void to.products.list({ nmae: 'x' })
      // @ts-expect-error no such command
      void to.commands.checkIn
      return [product, bought, page]
    },
    { atomic: true, key },
  )
  holds<Same<typeof made.price, string>>()
  holds<Same<typeof order.status, 'pending' | 'paid' | 'shipped' | 'cancelled'>>()
  holds<Same<NonNullable<(typeof first.data)[0]>['quantity'], number>>()
  const [bought, best] = await automatic.batch(to => [
    to.commands.checkout({ lines: [] }),
    to.queries.bestSellers({}),
  ])
  if (bought.ok) holds<Same<typeof bought.value.total, string>>()
  else if (bought.problem.code === 'checkout.out-of-stock')
    holds<Same<typeof bought.problem.data.left, number>>()
  if (best.ok) holds<Same<NonNullable<(typeof best.value)[0]>['units'], number>>()
  // @ts-expect-error a key is needed
  await client.batch(to => [to.products.list()])
  const [page] = await automatic.batch(to => [to.orders.list({}, { withTotal: true })], {
    atomic: true,
  })
  holds<Same<typeof page.total.rows, number>>()
  const whole = await automatic
    .batch(to => [to.commands.checkout({ lines: [] })], { atomic: true })
    .outcome()
  if (!whole.ok && whole.problem.code === 'checkout.out-of-stock')
    holds<Same<typeof whole.problem.data.left, number>>()
}

async function hooks() {
  const paid = { status: 'paid' } as const
  const outcome = await client.orders.update('id', paid).outcome()
  if (!outcome.ok && outcome.problem.code === 'shipped-stays.shipped') void outcome.problem.data
  const made = await client.products.update('id', {}).outcome()
  // @ts-expect-error no hook stands around it
  if (!made.ok && made.problem.code === 'shipped-stays.shipped') void made
  const read = await client.orders.get('id').outcome()
  // @ts-expect-error nor around this operation
  if (!read.ok && read.problem.code === 'shipped-stays.shipped') void read

  const edited = await hooked.notes.edit('id', row => row).outcome()
  if (!edited.ok && edited.problem.code === 'two.odd')
    holds<Same<typeof edited.problem.data.why, string>>()
  if (!edited.ok && edited.problem.code === 'one.even') void edited.problem.data
  const joined = await hooked.auth
    .signUp({ email: 'a@example.com', password: 'long enough' })
    .outcome()
  if (!joined.ok && joined.problem.code === 'door.full')
    holds<Same<typeof joined.problem.data.seats, number>>()
  const told = await hooked.commands.tell({}, { key }).outcome()
  if (!told.ok && told.problem.code === 'late.too-late') void told.problem.data
  if (!told.ok && told.problem.code === 'tell.deaf') void told.problem.data
  const [changed] = await hooked.batch(to => [to.notes.update('id', { text: 'a' })], { key })
  if (!changed.ok && changed.problem.code === 'two.odd')
    holds<Same<typeof changed.problem.data.why, string>>()
}

async function closed() {
  await guarded.auth.signIn({ email: 'a@example.com', password: 'long enough' })
  // @ts-expect-error nobody signs up himself
  void guarded.auth.signUp
}

async function writes() {
  const made = await client.products.create({ name: 'Oak Bowl', price: '9.90' }, { key })
  await automatic.products.create({ name: 'Oak Bowl', price: '9.90' })
  await client.products.update(made, { stock: 5, attributes: { colour: 'red' } })
  await client.products.update(made.id, { stock: 5 }, { key: null })
  await client.products.replace(made, { name: 'Oak', price: '1.00', stock: 0 })
  await client.products.edit(made.id, row => ({ stock: row.stock - 1 }))
  await client.products.delete(made)
  const lines = [{ product: made.id, quantity: 1 }]
  const order = await client.commands.checkout({ lines }, { key })
  holds<Same<typeof order.total, string>>()
  const outcome = await client.commands.checkout({ lines }, { key }).outcome()
  if (!outcome.ok && outcome.problem.code === 'checkout.out-of-stock')
    holds<Same<typeof outcome.problem.data.left, number>>()
  await client.auth.signUp({ email: 'a@example.com', password: 'long enough', name: 'Ada' })
}

async function withoutInput() {
  await declaredInPlace.commands.go({}, { key })
  await declaredInPlace.queries.now({})
  await declaredInPlace.batch(to => [to.commands.go({}), to.queries.now()], { key })
  // @ts-expect-error it has no input
  await declaredInPlace.commands.go({ anything: 1 }, { key })
  // @ts-expect-error it has no input
  await declaredInPlace.queries.now({ anything: 1 })
  // @ts-expect-error it has no input
  await declaredInPlace.batch(to => [to.commands.go({ anything: 1 })], { key })
  // @ts-expect-error it has no input
  await declaredInPlace.batch(to => [to.queries.now({ anything: 1 })], { key })
}

async function refused() {
  // @ts-expect-error a key is needed
  await client.products.create({ name: 'Oak Bowl', price: '9.90' })
  // @ts-expect-error a key is needed
  await client.commands.checkout({ lines: [] })
  // @ts-expect-error the options lack the key
  await client.commands.checkout({ lines: [] }, {})
  // @ts-expect-error no such field
  await client.products.create({ name: 'Oak Bowl', prize: '9.90' }, { key })
  // @ts-expect-error decimals are text
  await client.products.update('id', { price: 9.9 })
  // @ts-expect-error the system's own
  await client.products.update('id', { version: 2 })
  // @ts-expect-error an account's own
  await client.users.update('id', { roles: ['admin'] })
  // @ts-expect-error no such field to filter by
  await client.products.list({ nmae: 'x' })
  // @ts-expect-error no such operator
  await client.products.list({ stock: { contains: 1 } })
  // @ts-expect-error only documents have places
  await client.products.list({ 'name.first': 'a' })
  // @ts-expect-error no such status
  await client.orders.list({ status: 'lost' })
  // @ts-expect-error no such sort
  await client.products.list({}, { sort: ['colour'] })
  // @ts-expect-error no such field
  await client.products.get('id', { fields: ['colour'] })
  // @ts-expect-error no such relation
  await client.orders.get('id', { expand: { lines: true, shop: true } })
  // @ts-expect-error no such relation further down
  await client.orders.get('id', { expand: { lines: { expand: { customer: true } } } })
  // @ts-expect-error no such option
  await client.orders.get('id', { expand: { lines: { feilds: ['price'] } } })
  // @ts-expect-error no such resource
  void client.shops
  // @ts-expect-error no such command
  void client.commands.checkIn
}

const events = resource('events-2-come', {
  fields: {
    at: field.timestamp({ default: 'now' }),
    seats: field.bigint({ optional: true }),
    prices: field.list({ amount: field.decimal({ precision: 6, scale: 2 }), day: field.date() }),
    follows: field.ref('events-2-come', { optional: true, inverse: 'followers' }),
    before: field.ref('events-2-come', { optional: true, inverse: false }),
  },
})
const commands = resource('commands', { fields: { events: field.ref('events-2-come') } })
const move = command('move', {
  input: { to: field.timestamp(), seats: field.bigint() },
  run: async () => undefined,
})
const people = resource('people', { fields: { name: field.text() } })
const guests = resource('guests', {
  fields: {
    event: field.ref('events-2-come', { inverse: 'lists' }),
    person: field.ref('people', { inverse: false }),
  },
  link: { event: 'visited', person: 'guests' },
})
const stage = backend('stage', { parts: { events, commands, move, people, guests } })

async function kinds() {
  const other = createClient<typeof stage>({ url: '', keys: 'automatic' })
  const event = await other['events-2Come'].create({
    prices: [{ amount: '1.00', day: '2026-01-01' }],
  })
  holds<Same<typeof event.at, string>>()
  holds<Same<typeof event.seats, string | null>>()
  holds<Same<(typeof event.prices)[number]['amount'], string>>()
  await other['events-2Come'].update(event, { at: new Date(), seats: 5n })
  const { followers, commands: told } = await other['events-2Come'].get('id', {
    expand: { followers: true, commands: true },
  })
  holds<Same<(typeof followers)[number]['seats'], string | null>>()
  holds<Same<(typeof told)[number]['events'], string>>()
  const invited = await other['events-2Come'].get('id', { expand: { guests: true, lists: true } })
  holds<Same<(typeof invited.guests)[number]['name'], string>>()
  holds<Same<(typeof invited.lists)[number]['person'], string>>()
  const guest = await other.people.get('id', { expand: { visited: { fields: ['at'] } } })
  holds<Same<(typeof guest.visited)[number]['at'], string>>()
  await other.commandsRows.list()
  const moved = await other.commands.move({ to: new Date(), seats: '5' })
  holds<Same<typeof moved, null>>()
  // @ts-expect-error it has no inverse
  await other['events-2Come'].get('id', { expand: { before: true, eventsToCome: true } })
  // @ts-expect-error without an identity nobody signs in
  void other.auth
}

const notes = resource('notes', { fields: { text: field.text() } })
const tell = command('tell', {
  errors: { deaf: { status: 409, title: 'Deaf' } },
  run: async () => undefined,
})
const hooking = backend('hooking', {
  parts: {
    users: identity({ fields: {}, signUp: 'open' }),
    notes,
    tell,
    one: hook('one', {
      on: notes,
      operations: ['read', 'create'],
      errors: { even: { status: 409, title: 'Even' } },
    }),
    two: hook('two', {
      on: notes,
      errors: { odd: { status: 409, title: 'Odd', data: { why: field.text() } } },
    }),
    late: hook('late', { on: tell, errors: { tooLate: { status: 409, title: 'Late' } } }),
    door: hook('door', {
      on: identity({ fields: {}, signUp: 'open' }),
      operations: ['create'],
      errors: { full: { status: 409, title: 'Full', data: { seats: field.integer() } } },
    }),
    silent: hook('silent', { on: notes, after: () => undefined }),
  },
})
declare const hooked: ClientOf<typeof hooking>
const guard = backend('guard', { parts: { users: identity({ fields: {}, signUp: 'closed' }) } })
declare const guarded: ClientOf<typeof guard>

const inline = backend('inline', {
  parts: {
    users: identity({ fields: {}, signUp: 'open' }),
    go: command('go', { run: async () => undefined }),
    tell: command('tell', {
      input: { to: field.ref('users') },
      output: { told: field.boolean() },
      errors: { deaf: { status: 409, title: 'Deaf' } },
      run: async ({ input }) => ({ told: input.to !== '' }),
    }),
    now: query('now', { output: { day: field.date() }, sql: () => sql`select now() as day` }),
  },
})
declare const declaredInPlace: ClientOf<typeof inline>

async function inPlace() {
  const gone = await declaredInPlace.commands.go({}, { key })
  holds<Same<typeof gone, null>>()
  const { told } = await declaredInPlace.commands.tell({ to: 'id' }, { key })
  holds<Same<typeof told, boolean>>()
  const [now] = await declaredInPlace.queries.now()
  holds<Same<NonNullable<typeof now>['day'], string>>()
}
void [reads, placesAndLinks, aggregates, batches, inPlace, writes, refused, kinds, hooks, closed]
void withoutInput
