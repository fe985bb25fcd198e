/** A real browser at pages of other origins: what they may read, what they may do, what runs. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { after, test } from 'node:test'
import { startChromium, type BrowserPage } from '../../support/chromium.ts'
import { ask } from '../../support/running.ts'
import { production } from '../run/production.ts'

/** A page of somebody else, empty; resolves to its origin. */
async function foreignPage(host: string): Promise<string> {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>.</title>')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  after(() => {
    server.close()
    server.closeAllConnections()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return `http://${host}:${address.port}`
}

// Browsers take ports of one host for one site, and a host by name for another site than by number.
const listed = await foreignPage('127.0.0.1')
const sibling = await foreignPage('127.0.0.1')
const stranger = await foreignPage('localhost')

const { start } = await production()
const running = start({ WORKERS: '1', ALLOWED_ORIGINS: listed })
const url = (await running.url).replace('localhost', '127.0.0.1')
const chromium = await startChromium({ after })
const markup = '<img src=x onerror="window.ran=true">'
await ask(`${url}/api/v1/notes`, { body: { text: markup } })

async function pageAt(origin: string): Promise<BrowserPage> {
  const page = await chromium.newPage()
  await page.open(origin)
  return page
}

let visitors = 0

/** What a page does: an expression with the API at `url`; JSON goes in and out. */
const run = (page: BrowserPage, expression: string) =>
  page.evaluate(`(async () => {
    const url = ${JSON.stringify(url)}
    const send = (path, body, more = {}) => fetch(url + path, {
      method: 'POST', credentials: 'include', body: JSON.stringify(body), ...more,
      headers: { 'content-type': 'application/json', ...more.headers },
    })
    return ${expression}
  })()`)

/** Signs a new visitor of the listed page up, by cookie; his browser keeps it. */
async function signUp(page: BrowserPage): Promise<void> {
  visitors += 1
  const login = { email: `visitor-${visitors}@example.com`, password: 'correct horse battery' }
  const status = await run(page, `(await send('/auth/sign-up', ${JSON.stringify(login)})).status`)
  assert.equal(status, 201)
}

const isSignedIn = (page: BrowserPage) =>
  run(page, `(await fetch(url + '/auth/me', { credentials: 'include' })).status === 200`)

const notes = async () => (await ask(`${url}/api/v1/notes?limit=100`)).json.data.length

async function preflights(): Promise<number> {
  const { text } = await ask(`${url}/metrics`)
  const line = text
    .split('\n')
    .find(one => /_duration_seconds_count\{.*operation="preflight"/.test(one))
  return Number(line?.split(' ').at(-1) ?? 0)
}

test('a page of a listed origin acts by cookie and reads answers, problems and headers', async () => {
  const page = await pageAt(listed)
  await signUp(page)
  assert.equal(await isSignedIn(page), true)
  const created = await run(
    page,
    `await send('/api/v1/notes', { text: 'from afar' }).then(answer => ({
    status: answer.status, etag: answer.headers.get('etag'), limit: answer.headers.get('ratelimit'),
    location: answer.headers.get('location'), hidden: answer.headers.get('set-cookie') }))`,
  )
  const { status, etag, limit, location, hidden } = Object(created)
  assert.deepEqual([status, hidden], [201, null])
  for (const header of [etag, limit, location]) assert.ok(String(header).length > 3)
  const problem = `await fetch(url + '/nowhere').then(answer => answer.json())`
  assert.equal(Object(await run(page, problem)).code, 'wire.not-found')
  assert.equal(await run(page, `(await send('/auth/sign-out')).status`), 204)
  assert.equal(await isSignedIn(page), false)
})

test('it asks for leave once, and sends the headers that it may', async () => {
  const page = await pageAt(listed)
  await signUp(page)
  const before = await preflights()
  for (const key of ['one', 'two', 'three']) {
    const headers = { 'idempotency-key': `"${key}"`, 'x-request-id': `request-${key}` }
    const more = JSON.stringify({ headers })
    const status = await run(page, `(await send('/api/v1/worker', {}, ${more})).status`)
    assert.equal(status, 200)
  }
  assert.equal(await preflights(), before + 1)
  const refused = `await send('/api/v1/worker', {}, { headers: { 'x-other': '1' } }).catch(String)`
  assert.match(String(await run(page, refused)), /Failed to fetch/)
})

test('it renews tokens without a cookie', async () => {
  const page = await pageAt(listed)
  await signUp(page)
  const login = { email: `visitor-${visitors}@example.com`, password: 'correct horse battery' }
  const both = await run(
    page,
    `await (async () => {
    const more = { credentials: 'omit' }
    const first = await send('/auth/token', ${JSON.stringify({ ...login, refresh: true })}, more)
    const { refreshToken } = await first.json()
    const next = await send('/auth/token/refresh', { refreshToken }, more)
    const { accessToken } = await next.json()
    const headers = { authorization: 'Bearer ' + accessToken }
    return (await fetch(url + '/auth/me', { headers })).json()
  })()`,
  )
  assert.equal(Object(both).email, login.email)
})

test('other pages read nothing, and change nothing for who is signed in', async () => {
  const browser = await chromium.newPage()
  await browser.open(listed)
  await signUp(browser)
  const before = await notes()
  for (const origin of [sibling, stranger]) {
    await browser.open(origin)
    const attempts = [
      `await fetch(url + '/api/v1/notes').catch(String)`,
      `await fetch(url + '/auth/me', { credentials: 'include' }).catch(String)`,
      `await send('/api/v1/notes', { text: 'forged' }).catch(String)`,
      `await send('/auth/sign-out', {}).catch(String)`,
    ]
    for (const attempt of attempts)
      assert.match(String(await run(browser, attempt)), /Failed to fetch/)
    // Without leave, as forms always could: nobody reads the answer, but the request is sent.
    for (const path of ['/auth/sign-out', '/api/v1/notes', '/auth/sessions'])
      await run(
        browser,
        `await fetch(url + '${path}', { method: 'POST', mode: 'no-cors',
        credentials: 'include', body: '{"text":"forged"}' }).catch(String)`,
      )
    await run(
      browser,
      `void document.body.insertAdjacentHTML('beforeend',
      '<form method=post enctype=text/plain action="' + url + '/auth/sign-out"></form>')`,
    )
    const arrived = browser.until(`location.href.endsWith('/auth/sign-out')`).catch(() => null)
    await run(browser, `void document.querySelector('form').submit()`)
    await arrived
    await browser.until(`location.pathname === '/auth/sign-out'`)
    await browser.open(listed)
    assert.equal(await isSignedIn(browser), true, origin)
  }
  assert.equal(await notes(), before)
})

test('nothing of it is framed, loaded as a script or a picture, or run as a page', async () => {
  const page = await pageAt(stranger)
  for (const [tag, path] of [
    ['script', '/api/v1/notes'],
    ['img', '/openapi.json'],
  ] as const) {
    const loaded = await run(
      page,
      `await new Promise(done => {
      const one = document.createElement('${tag}')
      one.onload = () => done(true)
      one.onerror = () => done(false)
      one.src = url + '${path}'
      document.body.append(one)
    })`,
    )
    assert.equal(loaded, false, tag)
  }
  await run(
    page,
    `await new Promise(done => {
    const frame = document.createElement('iframe')
    frame.onload = done
    frame.src = url + '/api/v1/notes'
    document.body.append(frame)
  })`,
  )
  await page.until('performance.now() > 0')
  assert.ok(
    page.errors.some(error => /frame/i.test(error)),
    page.errors.join('\n'),
  )

  const nested = encodeURIComponent(markup)
  for (const path of [
    '/api/v1/notes',
    `/${nested}`,
    `/api/v1/notes?sort=${nested}`,
    '/health/ready',
  ]) {
    await page.open(url + path)
    assert.match(String(await page.evaluate('document.contentType')), /json$|^text\/plain$/, path)
    assert.equal(await page.evaluate('document.images.length'), 0)
    assert.equal(await page.evaluate('typeof window.ran'), 'undefined')
  }
})

test('no script sees the cookie of the session', async () => {
  const page = await pageAt(listed)
  await signUp(page)
  await page.open(`${url}/health/live`)
  assert.equal(await page.evaluate('document.cookie'), '')
  await page.open(`${url}/auth/me`)
  assert.match(String(await page.evaluate('document.body.innerText')), /visitor-\d+@example/)
})
