/** The typed client against a running shop: what it sends, what it gives, what it fails with. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ClientProblem, createClient, newKey } from 'mettle/client'
import type { ClientOf, ClientOptions } from 'mettle/client'
import type shop from '../../../examples/shop/backend.ts'
import { startBackend } from '../../support/backend.ts'

const running = await startBackend()
const url = `http://127.0.0.1:${running.node.port}`
const password = 'correct horse battery staple'

function connect(options: Partial<ClientOptions> = {}): ClientOf<typeof shop> {
  return createClient<typeof shop>({ url, ...options })
}

async function signedIn(name: string): Promise<ClientOf<typeof shop>> {
  const client = connect()
  await client.auth.signIn({ email: `${name}@example.com`, password })
  return client
}

const staff = await signedIn('staff')
const ada = await signedIn('ada')
const anonymous = connect()

async function product(name: string, stock = 0) {
  return staff.products.create({ name, price: '9.90', stock }, { key: newKey() })
}

test('a row is made, read, changed, replaced and deleted', async () => {
  const made = await product('Bowl')
  assert.deepEqual([made.name, made.price, made.stock, made.version], ['Bowl', '9.90', 0, 1])
  const changed = await staff.products.update(made, { attributes: { colour: 'red' } })
  assert.deepEqual(changed.attributes, { colour: 'red' })
  const seen = await anonymous.products.get(made.id, { fields: ['name', 'version'] })
  assert.deepEqual(seen, { name: 'Bowl', version: 2 })
  const replaced = await staff.products.replace(changed, { name: 'Cup', price: '1.00', stock: 3 })
  assert.deepEqual([replaced.attributes, replaced.version], [null, 3])
  const admin = await signedIn('admin')
  assert.equal(await admin.products.delete(replaced), undefined)
  const gone = await anonymous.products.get(made.id).outcome()
  assert.ok(!gone.ok && gone.problem.code === 'run.not-found' && gone.problem.status === 404)
})

test('a text that looks like a number stays a text inside a document', async () => {
  for (const size of [10, '10', 'true', true, 'say "no"'])
    await staff.products.create(
      { name: `sized ${JSON.stringify(size)}`, price: '1', attributes: { size } },
      { key: newKey() },
    )
  const named = async (size: string | number | boolean) =>
    (await anonymous.products.list({ 'attributes.size': size })).data.map(({ name }) => name)
  assert.deepEqual(await named(10), ['sized 10'])
  assert.deepEqual(await named('10'), ['sized "10"'])
  assert.deepEqual(await named(true), ['sized true'])
  assert.deepEqual(await named('say "no"'), ['sized "say \\"no\\""'])
  const { data, total } = await anonymous.products.list(
    { 'attributes.size': { in: ['10', 'true'], startsWith: 't', isNull: false } },
    { fields: ['name'], withTotal: true, limit: 1 },
  )
  assert.deepEqual(data, [{ name: 'sized "true"' }])
  assert.deepEqual(total, { rows: 1, exact: true })
})

test('filters, sorts, fields and related rows arrive as they were meant', async () => {
  for (const [at, name] of ['Fir 10%', 'Fir & Co', 'Fir=é'].entries())
    await staff.products.create({ name, price: `${at + 1}.00` }, { key: newKey() })
  const { data, next } = await anonymous.products.list(
    { name: { startsWith: 'Fir' }, price: { gte: '1.00', lt: '3' }, attributes: null },
    { sort: ['-price'], fields: ['name'], limit: 50 },
  )
  assert.deepEqual([data, next], [[{ name: 'Fir & Co' }, { name: 'Fir 10%' }], null])
  const names = await anonymous.products.list(
    { name: { in: ['Fir=é', 'Fir 10%'] }, createdAt: { gt: new Date(0) } },
    { sort: ['name'], fields: ['name'] },
  )
  assert.deepEqual(names.data, [{ name: 'Fir 10%' }, { name: 'Fir=é' }])

  const bowl = await product('Fir Bowl', 9)
  const lines = [{ product: bowl.id, quantity: 2 }]
  const { id } = await ada.commands.checkout({ lines }, { key: newKey() })
  const order = await ada.orders.get(id, {
    fields: ['status'],
    expand: {
      customer: { fields: ['name'] },
      lines: { fields: ['quantity'], expand: { product: { fields: ['name'] } } },
    },
  })
  assert.deepEqual(order, {
    status: 'pending',
    customer: { name: 'ada' },
    lines: [{ quantity: 2, product: { name: 'Fir Bowl' } }],
  })
})

test('figures of groups arrive as they were asked for', async () => {
  for (const [at, colour] of ['red', 'red', 'blue'].entries())
    await staff.products.create(
      { name: `Figure ${at}`, price: `${at + 1}.50`, stock: at, attributes: { colour } },
      { key: newKey() },
    )
  const ours = { name: { startsWith: 'Figure' } }
  const byColour = await anonymous.products.aggregate(ours, {
    select: ['count()', 'sum(price)', 'avg(stock)', 'max(name)'],
    group: ['attributes.colour', 'year(createdAt)'],
    having: { 'count()': { gte: 1 }, 'sum(price)': { gt: '3.00' } },
    sort: ['-sum(price)', 'attributes.colour'],
    limit: 1,
  })
  const [first] = byColour.data
  assert.ok(first !== undefined && byColour.more)
  const { createdAt: year, ...key } = first.group
  assert.deepEqual(
    { ...first, group: key },
    {
      group: { 'attributes.colour': 'red' },
      count: 2,
      sum: { price: '4.00' },
      avg: { stock: '0.500000' },
      max: { name: 'Figure 1' },
    },
  )
  assert.match(year, /^\d{4}-01-01$/)
  const whole = await anonymous.products.aggregate(ours)
  assert.deepEqual(whole, { data: [{ count: 3 }], more: false })
})

test('a batch refers to what it made, as a whole or each for itself', async () => {
  const chest = { name: 'Batch Chest', price: '79.00', stock: 3 }
  const [made, order, paid, lines, best] = await staff.batch(
    to => {
      const row = to.products.create(chest, { fields: ['id', 'name'] })
      const bought = to.commands.checkout({ lines: [{ product: row.ref('id'), quantity: 2 }] })
      const settled = to.orders.update(bought, { status: 'paid' }, { fields: ['status', 'total'] })
      const ours = to.orderLines.list({ order: bought.ref('id') }, { fields: ['quantity'] })
      return [row, bought, settled, ours, to.queries.bestSellers({ limit: 1 })]
    },
    { atomic: true, key: newKey() },
  )
  assert.deepEqual([made.name, order.status], ['Batch Chest', 'pending'])
  assert.deepEqual([paid, lines.data], [{ status: 'paid', total: '158.00' }, [{ quantity: 2 }]])
  assert.equal(best.length, 1)

  const [gone, missing, figures] = await staff.batch(
    to => {
      const row = to.products.create({ name: 'Batch Lid', price: '1.00' })
      const figure = to.products.aggregate({ name: { in: ['Batch Chest', 'none'] } })
      return [row, to.products.get('01a20000-0000-7000-8000-000000000000'), figure]
    },
    { key: null },
  )
  assert.ok(gone.ok && gone.value.name === 'Batch Lid')
  assert.ok(!missing.ok && missing.problem.code === 'run.not-found')
  assert.equal(missing.problem.status, 404)
  assert.ok(figures.ok && figures.value.data[0]?.count === 1)
  const [last] = await staff.batch(to => [to.products.delete(gone.value.id)], { key: null })
  assert.ok(!last.ok && last.problem.code === 'authorise.denied')
})

test('an atomic batch that fails says which operation, and a key repeats nothing', async () => {
  const key = newKey()
  const send = () => staff.batch(to => [to.products.create({ name: 'K', price: '1' })], { key })
  const [[first], [again]] = [await send(), await send()]
  assert.ok(first.ok && again.ok && first.value.id === again.value.id)
  const failing = staff.batch(
    to => {
      const row = to.products.create({ name: 'L', price: '1' })
      return [row, to.products.update(row, { stock: -1 })]
    },
    { atomic: true, key: null },
  )
  await assert.rejects(failing, { code: 'validate.invalid', operation: 1 })
  await assert.rejects(
    staff.batch(to => [to.products.get(to.products.create(chair).ref('id'))], { key: null }),
    TypeError,
  )
})

const chair = { name: 'Chair', price: '1' }

test('a list is walked through page by page, as far as it is asked for', async () => {
  for (let at = 0; at < 5; at++) await product(`Walk ${at}`)
  const asked: string[] = []
  const counting = connect({
    fetch: (target, init) => {
      asked.push(target)
      return fetch(target, init)
    },
  })
  const walk = () => counting.products.each({ name: { startsWith: 'Walk' } }, { limit: 2 })
  const names: string[] = []
  for await (const { name } of walk()) names.push(name)
  assert.deepEqual(names, ['Walk 0', 'Walk 1', 'Walk 2', 'Walk 3', 'Walk 4'])
  assert.equal(asked.length, 3)
  for await (const { name } of walk()) if (name === 'Walk 1') break
  assert.equal(asked.length, 4)
})

test('what others changed meanwhile is a typed conflict, and edit begins anew', async () => {
  const row = await product('Edit', 5)
  await staff.products.update(row, { stock: 4 })
  const stale = await staff.products.update(row, { stock: 3 }).outcome()
  assert.ok(!stale.ok && stale.problem.code === 'run.stale' && stale.problem.status === 412)
  let calls = 0
  const edited = await staff.products.edit(row.id, async ({ stock }) => {
    calls++
    if (calls === 1) await staff.products.update(row.id, { stock: 10 })
    return { stock: stock + 1 }
  })
  assert.deepEqual([edited.stock, calls], [11, 2])
  const never = staff.products.edit(
    row.id,
    async ({ stock }) => {
      await staff.products.update(row.id, { stock: stock + 1 })
      return { stock: 0 }
    },
    { attemptsMax: 2 },
  )
  await assert.rejects(never, { code: 'run.stale' })
  await assert.rejects(staff.products.delete(row), { code: 'authorise.denied' })
})

test('the errors of a command are told apart, with their data', async () => {
  const { id } = await product('Rare', 1)
  const call = () => ada.commands.checkout({ lines: [{ product: id, quantity: 2 }] }, { key: null })
  const outcome = await call().outcome()
  assert.ok(!outcome.ok && outcome.problem.code === 'checkout.out-of-stock')
  assert.deepEqual(outcome.problem.data, { product: 'Rare', left: 1 })
  await assert.rejects(call(), error => {
    assert.ok(error instanceof ClientProblem)
    assert.deepEqual([error.status, error.title], [409, 'Not enough stock'])
    return true
  })
  const faulty = await ada.commands.checkout({ lines: [] }, { key: null }).outcome()
  assert.ok(!faulty.ok && faulty.problem.code === 'validate.invalid')
  assert.equal(faulty.problem.errors[0]!.pointer, '/lines')
  assert.match(
    faulty.problem.message,
    /^The input is not valid \(validate\.invalid\)\n {2}\/lines must have/,
  )
})

test('the errors of a hook are told apart at the calls that it stands around', async () => {
  const { id } = await product('Gone', 1)
  const lines = [{ product: id, quantity: 1 }]
  const order = await ada.commands.checkout({ lines }, { key: null })
  const shipped = await staff.orders.update(order, { status: 'shipped' })
  const again = await staff.orders.update(shipped, { status: 'paid' }).outcome()
  assert.ok(!again.ok && again.problem.code === 'shipped-stays.shipped')
  assert.equal(again.problem.title, 'The order has left')
})

test('a query answers rows', async () => {
  const best = await staff.queries.bestSellers({ limit: 1 })
  assert.equal(best.length, 1)
  assert.ok(Array.isArray(await staff.queries.bestSellers()))
  await assert.rejects(ada.queries.bestSellers(), { code: 'authorise.denied', status: 403 })
})

test('a user signs up, sees its sessions, changes the password and signs out', async () => {
  const client = connect({ keys: 'automatic' })
  const credentials = { email: 'eve@example.com', password }
  const account = await client.auth.signUp({ ...credentials, name: 'Eve' })
  assert.deepEqual([account.email, account.roles], ['eve@example.com', []])
  assert.equal((await client.auth.me()).id, account.id)
  const sessions = await client.auth.sessions()
  assert.deepEqual(
    sessions.map(({ current }) => current),
    [true, false],
  )
  await client.auth.endSession(sessions[1]!.id)
  assert.equal((await client.auth.sessions()).length, 1)
  await client.auth.changePassword({ current: password, next: 'another horse battery' })
  await client.auth.endOtherSessions()
  await client.auth.signOut()
  await assert.rejects(client.auth.me(), { code: 'identify.required' })
  await assert.rejects(client.auth.signIn(credentials), { code: 'identify.wrong-credentials' })

  test('an API key goes where a token goes, and its owner manages it', async () => {
    const owner = await signedIn('staff')
    const scopes = ['products.read']
    const { key, ...made } = await owner.auth.createApiKey({
      password,
      name: 'feed',
      expiresInDays: 1,
      scopes,
    })
    assert.deepEqual([made.name, made.scopes, made.lastUsedAt], ['feed', scopes, null])
    const program = connect({ token: key })
    await program.products.list({}, { limit: 1 })
    await assert.rejects(program.orders.list(), { code: 'authorise.out-of-scope' })
    await assert.rejects(program.auth.apiKeys(), { code: 'authorise.key-refused' })
    const listed = await owner.auth.apiKeys()
    assert.deepEqual(
      listed.map(({ id, prefix }) => [id, prefix]),
      [[made.id, key.slice(0, 12)]],
    )
    await owner.auth.revokeApiKey(made.id)
    await assert.rejects(program.products.list(), { code: 'identify.invalid-key' })
    await owner.auth.createApiKey({ password, name: 'second' })
    await owner.auth.revokeApiKeys()
    assert.deepEqual(await owner.auth.apiKeys(), [])
  })
})

test('a token from elsewhere is asked for before each call', async () => {
  let asked = 0
  const client = connect({
    token: async () => {
      asked++
      return 'nonsense'
    },
  })
  await assert.rejects(client.products.list(), { code: 'identify.invalid-token', status: 401 })
  assert.equal(asked, 1)
})
