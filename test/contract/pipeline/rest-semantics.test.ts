/** What HTTP promises about methods, versions and patches, on real rows. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertProblem, type Json, type Reply, startBackend } from '../../support/backend.ts'

const shop = await startBackend()

const widget = { name: 'Widget', price: '2.50', stock: 3 }

async function made(more: object = {}): Promise<Reply & { path: string }> {
  const reply = await shop.send('POST', '/products', { as: 'staff', body: { ...widget, ...more } })
  assert.equal(reply.status, 201, reply.text)
  return { ...reply, path: `/products/${reply.json.id}` }
}

const put = (path: string, body: unknown, headers = {}) =>
  shop.send('PUT', path, { as: 'staff', body, headers })
const patch = (path: string, body: unknown, headers = {}) =>
  shop.send('PATCH', path, { as: 'staff', body, headers })

test('what was created is where Location says, under the ETag that was given', async () => {
  const product = await made()
  assert.equal(product.headers.location, `/api/v1${product.path}`)
  const read = await shop.send('GET', product.path)
  const staffs = await shop.send('GET', product.path, { as: 'staff' })
  assert.deepEqual([staffs.text, staffs.headers.etag], [product.text, product.headers.etag])
  assert.equal(read.text, product.text)
})

test('HEAD answers what GET does, without the body', async () => {
  const { path } = await made()
  const targets = [path, `${path}?fields=name`, '/products?limit=1', '/products/x', '/nowhere']
  for (const target of targets) {
    const [get, head] = [await shop.send('GET', target), await shop.send('HEAD', target)]
    assert.deepEqual([head.status, head.text], [get.status, ''])
    const plain = ({ headers }: Reply) => ({
      ...headers,
      date: '',
      'x-request-id': '',
      ratelimit: '',
    })
    assert.deepEqual(plain(head), plain(get), target)
  }
})

test('OPTIONS and 405 name the methods of each path', async () => {
  const { path } = await made()
  const allowed: Readonly<Record<string, string>> = {
    '/products': 'GET, HEAD, OPTIONS, POST',
    [path]: 'DELETE, GET, HEAD, OPTIONS, PATCH, PUT',
    [`${path}/order-lines`]: 'GET, HEAD, OPTIONS',
    '/checkout': 'OPTIONS, POST',
    '/best-sellers': 'GET, HEAD, OPTIONS',
  }
  const before = await shop.counts()
  for (const [target, methods] of Object.entries(allowed)) {
    const options = await shop.send('OPTIONS', target)
    assert.deepEqual([options.status, sorted(options)], [204, methods])
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND']) {
      if (methods.split(', ').includes(method)) continue
      const reply = await shop.send(method, target, { as: 'staff' })
      assertProblem(reply, 405, 'wire.method-not-allowed')
      assert.equal(sorted(reply), methods)
    }
  }
  assert.deepEqual(await shop.counts(), before)
})

function sorted({ headers }: Reply): string {
  return String(headers.allow).split(', ').toSorted().join(', ')
}

test('a GET does not mind a body', async () => {
  const { path, text } = await made()
  for (const raw of ['{"name":"x"}', 'not json', '[']) {
    const read = await shop.send('GET', path, { raw })
    assert.deepEqual([read.status, read.text], [200, text])
  }
})

test('who has the newest version is told so', async () => {
  const { path, headers } = await made()
  const tag = String(headers.etag)
  for (const held of [tag, `W/${tag}`, `"x", ${tag}`, '*']) {
    const reply = await shop.send('GET', path, { as: 'staff', headers: { 'if-none-match': held } })
    assert.deepEqual([reply.status, reply.text, reply.headers.etag], [304, '', tag])
  }
  await patch(path, { stock: 4 })
  const fresh = await shop.send('GET', path, { as: 'staff', headers: { 'if-none-match': tag } })
  assert.deepEqual([fresh.status, fresh.json.stock], [200, 4])
})

test('a tag of one view is not that of another', async () => {
  const { path, headers } = await made()
  const held = { 'if-none-match': String(headers.etag) }
  const narrow = await shop.send('GET', `${path}?fields=name`, { as: 'staff', headers: held })
  assert.equal(narrow.status, 200)
  const wide = await shop.send('GET', `${path}?expand=orderLines`, { as: 'staff', headers: held })
  assert.equal(wide.status, 200)
})

test('the tag of a view with other rows changes with them', async () => {
  const { path, json } = await made()
  const body = { lines: [{ product: json.id, quantity: 1 }] }
  const { json: order } = await shop.send('POST', '/checkout', { as: 'ada', body })
  const target = `/orders/${order.id}?expand=lines.product`
  const tag = (await shop.send('GET', target, { as: 'ada' })).headers.etag
  const headers = { 'if-none-match': String(tag) }
  assert.equal((await shop.send('GET', target, { as: 'ada', headers })).status, 304)
  await patch(path, { name: 'Other' })
  const fresh = await shop.send('GET', target, { as: 'ada', headers })
  assert.deepEqual([fresh.status, fresh.json.lines[0].product.name], [200, 'Other'])

  const changed = await patch(target, { status: 'paid' })
  const read = await shop.send('GET', target, { as: 'staff' })
  assert.deepEqual([changed.text, changed.headers.etag], [read.text, read.headers.etag])
})

test('a change is made to the version that was expected, or not at all', async () => {
  const { path, headers, json } = await made()
  const first = String(headers.etag)
  assert.equal((await patch(path, { stock: 4 }, { 'if-match': first })).status, 200)
  const before = await shop.counts()
  for (const stale of [first, '"1"', '"99"', '"7-x", "8-x"', `W/"2"`, '"nonsense"']) {
    assertProblem(await patch(path, { stock: 5 }, { 'if-match': stale }), 412, 'run.stale')
    assertProblem(await put(path, widget, { 'if-match': stale }), 412, 'run.stale')
    const deletion = { as: 'admin', headers: { 'if-match': stale } }
    assertProblem(await shop.send('DELETE', path, deletion), 412, 'run.stale')
  }
  assert.deepEqual(await shop.counts(), before)
  assert.equal((await patch(path, { stock: 5 }, { 'if-match': '"2"' })).status, 200, 'bare version')
  assert.equal((await patch(path, { stock: 6 }, { 'if-match': '*' })).json.version, 4)
  const deletion = { as: 'admin', headers: { 'if-match': '"4"' } }
  assert.equal((await shop.send('DELETE', path, deletion)).status, 204)
  assertProblem(await patch(path, { stock: 6 }, { 'if-match': '*' }), 404, 'run.not-found')
  assert.ok(json.version === 1)
})

test('of many who change one version, one does', async () => {
  const { path } = await made()
  const replies = await Promise.all(
    Array.from({ length: 20 }, (_, stock) => patch(path, { stock }, { 'if-match': '"1"' })),
  )
  const statuses = replies.map(({ status }) => status).toSorted((left, right) => left - right)
  assert.deepEqual(statuses, [200, ...Array.from({ length: 19 }, () => 412)])
})

test('PUT says it all: the same again changes nothing, and what is left out is emptied', async () => {
  const { path } = await made({ attributes: { a: 1 } })
  await shop.newEvents()
  const first = await put(path, { ...widget, stock: 9 })
  assert.deepEqual([first.status, first.json.attributes, first.json.version], [200, null, 2])
  const again = await put(path, { ...widget, stock: 9 })
  assert.deepEqual([again.text, again.headers.etag], [first.text, first.headers.etag])
  assert.deepEqual(await shop.newEvents(), ['products.updated'])
  const short = await put(path, { name: 'x' })
  assertProblem(short, 422, 'validate.invalid')
  assert.deepEqual(
    short.json.errors.map(({ pointer }: Json) => pointer),
    ['/price', '/stock'],
  )
  assertProblem(await put(`/products/${shop.people['ada']}`, widget), 404, 'run.not-found')
})

test('a row is gone once', async () => {
  const { path } = await made()
  const gone = await shop.send('DELETE', path, { as: 'admin' })
  assert.deepEqual([gone.status, gone.text], [204, ''])
  assertProblem(await shop.send('DELETE', path, { as: 'admin' }), 404, 'run.not-found')
  assertProblem(await shop.send('GET', path), 404, 'run.not-found')
})

test('conditions that mean nothing are not passed over in silence', async () => {
  const { path } = await made()
  const headers = { 'if-match': '"1"' }
  const create = await shop.send('POST', '/products', { as: 'staff', body: widget, headers })
  assertProblem(create, 400, 'wire.invalid-header')
  assertProblem(await patch(path, {}, { 'if-match': '1' }), 400, 'wire.invalid-header')
  assertProblem(await patch(path, {}, { 'if-none-match': '*' }), 400, 'wire.invalid-header')
})

/** RFC 7396, appendix A: original, patch, result. */
const mergePatches: readonly (readonly [original: Json, patch: Json, result: Json])[] = [
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [
    ['a', 'b'],
    ['c', 'd'],
    ['c', 'd'],
  ],
  [{ a: 'b' }, ['c'], ['c']],
  [{ a: 'foo' }, null, undefined],
  [{ a: 'foo' }, 'bar', 'bar'],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: 'b', c: null }, { a: 'b' }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
]

for (const [original, change, result] of mergePatches) {
  test(`${JSON.stringify(change)} on ${JSON.stringify(original)}`, async () => {
    // A document is an object, so that what is not stands one level down.
    const { path } = await made({ attributes: { v: original } })
    const type = { 'content-type': 'application/merge-patch+json' }
    const reply = await patch(path, { attributes: { v: change } }, type)
    assert.equal(reply.status, 200, reply.text)
    const expected = result === undefined ? {} : { v: result }
    assert.deepEqual(reply.json.attributes, expected)
    assert.deepEqual((await shop.send('GET', path)).json.attributes, expected)
  })
}

test('a patch of a document that is not there, and one that empties it', async () => {
  const { path } = await made()
  const given = await patch(path, { attributes: { a: { b: null, c: 1 } } })
  assert.deepEqual(given.json.attributes, { a: { c: 1 } })
  assert.equal((await patch(path, { attributes: null })).json.attributes, null)
  const empty = await patch(path, {})
  assert.deepEqual([empty.status, empty.json.version], [200, 3])
})
