/** Scopes of an API key hold on every way to a row: what is outside is not done and not seen. */

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { access, backend, field, identity, resource } from 'mettle'
import {
  assertProblem,
  type Json,
  password,
  type Reply,
  startBackend,
} from '../../support/backend.ts'

const shop = await startBackend()
const send = (key: string, method: string, target: string, body?: unknown, more: object = {}) =>
  shop.send(method, target, { body, headers: { authorization: `Bearer ${key}`, ...more } })

async function keyOf(as: string, scopes?: readonly string[]): Promise<string> {
  const made = await shop.send('POST', '//auth/api-keys', {
    as,
    body: { password, name: 'a key', ...(scopes !== undefined && { scopes }) },
  })
  assert.equal(made.status, 201, made.text)
  return made.json.key
}

function assertOutside(reply: Reply, scope: string): void {
  assertProblem(reply, 403, 'authorise.out-of-scope')
  assert.equal(reply.json.detail, `It takes the scope "${scope}".`)
}

let product: Json
let order: Json
before(async () => {
  const input = { name: 'Lamp', price: '10.00', stock: 1_000 }
  product = (await shop.send('POST', '/products', { as: 'staff', body: input })).json
  const body = { lines: [{ product: product.id, quantity: 2 }] }
  order = (await shop.send('POST', '/checkout', { as: 'ada', body })).json
})

test('a key without scopes does what its user may, and no more', async () => {
  const [ada, staff] = [await keyOf('ada'), await keyOf('staff')]
  assert.equal((await send(ada, 'GET', `/orders/${order.id}`)).status, 200)
  assertProblem(
    await send(ada, 'POST', '/products', { name: 'x', price: '1' }),
    403,
    'authorise.denied',
  )
  assert.equal((await send(staff, 'POST', '/products', { name: 'x', price: '1' })).status, 201)
  const bob = await keyOf('bob', ['orders'])
  assertProblem(await send(bob, 'GET', `/orders/${order.id}`), 404, 'run.not-found')
})

test('each operation takes its scope', async () => {
  const reading = await keyOf('staff', ['products.read'])
  const path = `/products/${product.id}`
  for (const target of [
    '/products',
    path,
    '/products/aggregate?select=count()',
    '/products?withTotal=true',
  ])
    assert.equal((await send(reading, 'GET', target)).status, 200, target)
  const row = { name: 'Chair', price: '1.00', stock: 1 }
  assertOutside(await send(reading, 'POST', '/products', row), 'products.create')
  assertOutside(await send(reading, 'PATCH', path, { stock: 1 }), 'products.update')
  assertOutside(await send(reading, 'PUT', path, row), 'products.update')
  assertOutside(await send(reading, 'GET', '/orders'), 'orders.read')
  assertOutside(await send(reading, 'GET', '/orders/aggregate?select=count()'), 'orders.read')
  assertOutside(await send(reading, 'GET', `/orders/${order.id}/lines`), 'order-lines.read')
  assertOutside(await send(reading, 'GET', '/best-sellers'), 'best-sellers')
  const lines = [{ product: product.id, quantity: 1 }]
  assertOutside(await send(reading, 'POST', '/checkout', { lines }), 'checkout')
  const deleting = await keyOf('admin', ['products.delete'])
  assertOutside(await send(deleting, 'GET', path), 'products.read')
  const { json } = await shop.send('POST', '/products', { as: 'staff', body: row })
  assert.equal((await send(deleting, 'DELETE', `/products/${json.id}`)).status, 204)
  const all = await keyOf('staff', ['products', 'best-sellers'])
  assert.equal((await send(all, 'PATCH', path, { stock: 900 })).status, 200)
  assert.equal((await send(all, 'GET', '/best-sellers')).status, 200)
})

test('rows that hang on others take the scope to read them', async () => {
  const orders = await keyOf('ada', ['orders.read'])
  const target = `/orders/${order.id}`
  assertOutside(await send(orders, 'GET', `${target}?expand=lines`), 'order-lines.read')
  assertOutside(await send(orders, 'GET', `/orders?expand=customer`), 'users.read')
  const lines = await keyOf('ada', ['orders.read', 'order-lines'])
  assert.equal((await send(lines, 'GET', `${target}?expand=lines`)).json.lines.length, 1)
  assertOutside(await send(lines, 'GET', `${target}?expand=lines.product`), 'products.read')
  assertOutside(await send(lines, 'GET', `/order-lines?expand=product`), 'products.read')
  const staff = await keyOf('staff', ['orders.read', 'orders.update'])
  const changing = send(staff, 'PATCH', `${target}?expand=lines`, { status: 'paid' })
  assertOutside(await changing, 'order-lines.read')
  assertProblem(await send(orders, 'GET', `${target}?expand=nonsense`), 422, 'validate.query')
})

test('who may change but not read is told that it was done, and no more', async () => {
  const blind = await keyOf('staff', ['products.create', 'products.update', 'checkout'])
  const key = { 'idempotency-key': '"blind"' }
  const row = { name: 'Blind', price: '1.00', stock: 5 }
  const made = await send(blind, 'POST', '/products', row, key)
  assert.deepEqual([made.status, made.text, made.headers.etag], [201, '', undefined])
  const again = await shop.send('POST', '/products', { as: 'staff', body: row, headers: key })
  assert.equal(again.json.name, 'Blind', 'the key of the request is that of the user')
  const replayed = await send(blind, 'POST', '/products', row, key)
  assert.deepEqual([replayed.text, replayed.headers['idempotent-replayed']], ['', 'true'])
  const changed = await send(blind, 'PATCH', `/products/${again.json.id}`, {})
  assert.deepEqual([changed.status, changed.text, changed.headers.etag], [204, '', undefined])
  const lines = [{ product: again.json.id, quantity: 1 }]
  const bought = await send(blind, 'POST', '/checkout', { lines })
  assert.deepEqual([bought.status, bought.text], [204, ''])
})

for (const atomic of [false, true]) {
  test(`a batch is no way around them${atomic ? ', done as a whole' : ''}`, async () => {
    const key = await keyOf('staff', ['products.create', 'orders.read'])
    const batch = async (operations: readonly object[]) => {
      const reply = await send(key, 'POST', '/batch', { operations, atomic })
      return atomic && reply.status !== 200
        ? [reply.json.code]
        : reply.json.results.map(({ status, problem }: Json) => problem?.code ?? status)
    }
    const input = { name: 'Batch', price: '1.00' }
    const creating = { operation: 'products.create', input }
    const expanding = {
      operation: 'orders.read',
      id: order.id,
      query: { expand: 'lines' },
    }
    assert.deepEqual(await batch([expanding]), ['authorise.out-of-scope'])
    assert.deepEqual(await batch([{ operation: 'products.list' }]), ['authorise.out-of-scope'])
    const made = await send(key, 'POST', '/batch', { operations: [creating], atomic })
    assert.equal(made.json.results[0].status, 201)
    assert.equal(made.json.results[0].body, undefined)
    // What a key may not see, it may not write elsewhere either.
    const copying = {
      operation: 'products.create',
      input: { name: { $ref: '0/name' }, price: '1.00' },
    }
    const copied = await batch([creating, copying])
    assert.notEqual(copied.at(-1), 201)
  })
}

/** One of `ada`'s: she may see all of it, her keys what their scopes say. */
function atomicallyOf(operations: readonly object[], idempotencyKey: string) {
  const headers = { 'idempotency-key': `"${idempotencyKey}"` }
  const body = { atomic: true, operations }
  return {
    with: (key: string) => send(key, 'POST', '/batch', body, headers),
    wide: () => shop.send('POST', '/batch', { as: 'ada', body, headers }),
  }
}
const buying = () => ({
  operation: 'checkout',
  input: { lines: [{ product: product.id, quantity: 2 }] },
})

test('a replay of a batch shows a narrow key no row that the batch would not', async () => {
  const narrow = await keyOf('ada', ['checkout', 'orders.read'])
  const reading = {
    operation: 'orders.read',
    id: { $ref: '0/id' },
    query: { expand: 'lines.product' },
  }
  const first = atomicallyOf([buying(), reading], 'never done')
  const refused = await first.with(narrow)
  assertProblem(refused, 403, 'authorise.out-of-scope')
  const done = atomicallyOf([buying(), reading], 'done before')
  const whole = await done.wide()
  assert.equal(whole.json.results[1].body.lines[0].product.id, product.id)
  const replayed = await done.with(narrow)
  assertProblem(replayed, 403, 'authorise.out-of-scope')
  assert.equal(replayed.json.detail, refused.json.detail)
  assert.equal((await done.wide()).text, whole.text)
  const lines = await keyOf('ada', ['checkout', 'orders.read', 'order-lines', 'products.read'])
  assert.equal((await done.with(lines)).text, whole.text)
})

test('a replay of a batch shows no key what it is blind to, nor lets it be referred to', async () => {
  const blind = await keyOf('ada', ['checkout'])
  const done = atomicallyOf([buying()], 'blind after')
  const whole = await done.wide()
  assert.equal(whole.json.results[0].body.customer, order.customer)
  const replayed = await done.with(blind)
  assert.deepEqual([replayed.status, replayed.json.results], [200, [{ status: 204 }]])
  const key = await keyOf('ada', ['checkout', 'order-lines.read'])
  const using = { operation: 'order-lines.list', query: { order: { $ref: '0/id' } } }
  const referring = atomicallyOf([buying(), using], 'refers')
  const early = await referring.with(key)
  const { results } = (await referring.wide()).json
  assert.equal(results[1].body.data[0].order, results[0].body.id)
  for (const reply of [early, await referring.with(key)])
    assertProblem(reply, 422, 'validate.invalid')
})

test('a batch is kept whole, whatever the key that it was done with may see', async () => {
  const blind = await keyOf('ada', ['checkout'])
  const done = atomicallyOf([buying()], 'blind first')
  const unseen = await done.with(blind)
  assert.deepEqual([unseen.status, unseen.json.results], [200, [{ status: 204 }]])
  const [seen] = (await done.wide()).json.results
  assert.equal(seen.status, 200)
  assert.equal(seen.body.customer, order.customer)
})

test('a list across a link takes the scope to read the link as well', async () => {
  const anyone = access.signedIn
  const open = { read: anyone, create: anyone }
  const names = { fields: { name: field.text() }, access: open }
  const library = await startBackend(
    backend('library', {
      parts: {
        users: identity({ fields: { name: field.text({ max: 50 }) }, signUp: 'open' }),
        books: resource('books', names),
        tags: resource('tags', names),
        bookTags: resource('book-tags', {
          fields: { book: field.ref('books'), tag: field.ref('tags') },
          link: { book: 'books', tag: 'tags' },
          access: open,
        }),
      },
    }),
    { ada: [] },
  )
  const ask = async (target: string, scopes: readonly string[]) => {
    const body = { password, name: 'a key', scopes }
    const { json } = await library.send('POST', '//auth/api-keys', { as: 'ada', body })
    return library.send('GET', target, { headers: { authorization: `Bearer ${json.key}` } })
  }
  const both = ['books.read', 'tags.read']
  assertOutside(await ask('/books?expand=tags', both), 'book-tags.read')
  assertOutside(await ask('/books?expand=tags', ['books.read', 'book-tags.read']), 'tags.read')
  assert.equal((await ask('/books?expand=tags', [...both, 'book-tags'])).status, 200)
})

test('who may delete but not read hears of no resource that refers to the row', async () => {
  const open = { read: access.signedIn, create: access.signedIn, delete: access.signedIn }
  const payroll = await startBackend(
    backend('payroll', {
      parts: {
        users: identity({ fields: { name: field.text({ max: 50 }) }, signUp: 'open' }),
        salaries: resource('salaries', { fields: { amount: field.integer() }, access: open }),
        notes: resource('notes', { fields: { salary: field.ref('salaries') }, access: open }),
      },
    }),
    { ada: [] },
  )
  const salary = (await payroll.send('POST', '/salaries', { as: 'ada', body: { amount: 7 } })).json
  await payroll.send('POST', '/notes', { as: 'ada', body: { salary: salary.id } })
  const told = async (scopes: readonly string[]) => {
    const body = { password, name: 'a key', scopes }
    const { json } = await payroll.send('POST', '//auth/api-keys', { as: 'ada', body })
    const headers = { authorization: `Bearer ${json.key}` }
    const refused = await payroll.send('DELETE', `/salaries/${salary.id}`, { headers })
    assertProblem(refused, 409, 'run.referenced')
    return refused.json.detail
  }
  const blind = await told(['salaries.delete'])
  assert.equal(blind, 'Rows of another resource refer to this one.')
  assert.equal(await told(['salaries.delete', 'notes.create']), blind)
  const seeing = await told(['salaries.delete', 'notes.read'])
  assert.equal(seeing, 'Rows of notes refer to this one.')
})

test('the log line of a request names the key that it came with, by its id', async () => {
  const { json } = await shop.send('POST', '//auth/api-keys', {
    as: 'ada',
    body: { password, name: 'log' },
  })
  const told = async (target: string, body?: unknown) => {
    const from = shop.observations.length
    await send(json.key, body === undefined ? 'GET' : 'POST', target, body)
    return shop.observations.slice(from).flatMap(seen => {
      if (seen.kind !== 'request' && seen.kind !== 'step') return []
      return [[seen.operation, seen.caller, seen.apiKey]]
    })
  }
  const who = [shop.people['ada'], json.id]
  assert.deepEqual(await told('/products'), [['products.list', ...who]])
  assert.deepEqual(await told('//auth/me'), [['auth.me', ...who]])
  const operations = [{ operation: 'products.list' }]
  for (const atomic of [false, true])
    assert.deepEqual(await told('/batch', { operations, atomic }), [
      ['products.list', ...who],
      ['batch', ...who],
    ])
})
