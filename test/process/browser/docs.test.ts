/** The reference page in a real browser: it works without the rest of the world, for everybody. */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { startBackend } from '../../support/backend.ts'
import { type BrowserPage, startChromium } from '../../support/chromium.ts'

const shop = await startBackend()
const url = `http://127.0.0.1:${shop.node.port}/docs`
const browser = await startChromium({ after })

/** Words for expressions in the page. */
const words = `
  const one = what => document.querySelector(what);
  const at = (operation, what) => document.getElementById(operation).querySelector(what);
  const fill = (input, value) => { input.value = value; input.dispatchEvent(new Event('input', { bubbles: true })); };
`
const within = (page: BrowserPage, code: string) =>
  page.evaluate(`(async () => { ${words} ${code} })()`)

async function open(hash = '', look = { width: 1280, height: 900, dark: false }) {
  const page = await browser.newPage(look)
  await page.open(url + hash)
  return page
}

/** Sends the request of an operation's form and resolves to what the page shows of the answer. */
async function send(page: BrowserPage, operation: string) {
  // an operation is made ready when it opens
  await page.until(
    `document.getElementById('${operation}').querySelector('.sample').textContent !== ''`,
  )
  await within(
    page,
    `at('${operation}', '.answer').replaceChildren(); at('${operation}', '.send').click()`,
  )
  await page.until(`document.getElementById('${operation}').querySelector('.answer pre')`)
  const shown = await within(
    page,
    `return [at('${operation}', '.status b').textContent, at('${operation}', '.answer code').textContent]`,
  )
  const [status, text] = shown as [string, string]
  return { status: Number(status), text }
}

async function signIn(page: BrowserPage, name: string, password: string) {
  await within(
    page,
    `one('#sign').click(); fill(one('#email'), '${name}@example.com'); fill(one('#password'), '${password}'); one('#sign-in .send').click()`,
  )
}

test('it is whole in itself and keeps to its policy', async () => {
  const page = await open()
  assert.deepEqual(page.requested, [url])
  assert.deepEqual(page.errors, [])
  assert.equal(await page.evaluate('document.title'), 'shop API')
  await page.evaluate(`{
    const script = document.createElement('script')
    try { script.textContent = 'window.ran = true' } catch {}
    document.body.append(script)
    const image = document.createElement('img')
    image.src = 'https://example.com/x.png'
    document.body.append(image)
  }`)
  assert.equal(await page.evaluate('window.ran === undefined'), true)
  assert.ok(page.errors.length > 0)
})

test('whoever signs in creates a row, reads it and changes it, but not what he has not seen', async () => {
  const page = await open('#products.create')
  await signIn(page, 'staff', 'not the password at all')
  await page.until(`document.querySelector('#sign-in-says').textContent !== ''`)
  await signIn(page, 'staff', 'correct horse battery staple')
  await page.until(`document.querySelector('#caller').textContent === 'staff@example.com'`)
  await within(
    page,
    `fill(at('products.create', 'textarea'), '{"name":"Bowl","price":"2.50"}'); fill(at('products.create', '[data-name="Idempotency-Key"]'), 'bowl-1')`,
  )
  const made = await send(page, 'products.create')
  assert.equal(made.status, 201, made.text)
  assert.deepEqual(await send(page, 'products.create'), made)
  const { id } = JSON.parse(made.text)

  await within(page, `location.hash = 'products.update'`)
  await page.until(`document.getElementById('products.update').open`)
  await within(
    page,
    `fill(at('products.update', '[data-name=id]'), '${id}'); fill(at('products.update', 'textarea'), '{"stock":7}')`,
  )
  const tag = await within(page, `return at('products.update', '[data-name="If-Match"]').value`)
  assert.match(String(tag), /^"1/)
  const changed = await send(page, 'products.update')
  assert.equal(changed.status, 200, changed.text)
  const again = await send(page, 'products.update')
  assert.deepEqual([again.status, JSON.parse(again.text).code], [412, 'run.stale'])

  await page.open(`${url}#orders.list`)
  await page.until(`document.querySelector('#caller').textContent === 'staff@example.com'`)
  assert.equal((await send(page, 'orders.list')).status, 200)
  await within(page, `one('#sign').click()`)
  await page.until(`document.querySelector('#sign').textContent === 'Sign in'`)
  assert.equal((await send(page, 'orders.list')).status, 401)
})

test('the keyboard reaches everything, and search leads to an operation', async () => {
  const page = await open()
  await page.press('Tab')
  assert.equal(await page.evaluate('document.activeElement.className'), 'skip')
  await page.press('/')
  assert.equal(await page.evaluate('document.activeElement.id'), 'search')
  await within(page, `fill(one('#search'), 'run checkout')`)
  const left = await page.evaluate(
    `[...document.querySelectorAll('#menu li')].filter(one => one.offsetParent).length`,
  )
  assert.equal(left, 1)
  await page.press('Enter')
  await page.until(`location.hash === '#checkout' && document.getElementById('checkout').open`)
  assert.equal(await page.evaluate('document.activeElement.localName'), 'summary')
  const nameless = await page.evaluate(`[...document.querySelectorAll('input, select, textarea')]
    .filter(one => !one.labels.length && !one.ariaLabel).map(one => one.outerHTML)`)
  assert.deepEqual(nameless, [])
  const ids = await page.evaluate(`[...document.querySelectorAll('[id]')].map(one => one.id)`)
  assert.equal(new Set(ids as string[]).size, (ids as string[]).length)
})

test('search finds fields, places in documents and error codes where nothing is called so', async () => {
  const page = await open()
  const found = async (text: string) => {
    await within(page, `fill(one('#search'), '${text}')`)
    return (await page.evaluate(`[...document.querySelectorAll('#menu li a')]
      .filter(one => one.offsetParent).map(one => one.hash.slice(1))`)) as string[]
  }
  const stale = await found('run.stale')
  assert.ok(stale.includes('products.update') && !stale.includes('products.list'), String(stale))
  const coloured = await found('attributes.colour')
  assert.ok(coloured.includes('products.list') && !coloured.includes('orders.list'))
  assert.deepEqual(await found('expiresInD'), ['auth.api-keys.create'])
  assert.ok((await found('products PRICE')).every(id => id.startsWith('products.')))
  assert.ok(!(await found('create')).includes('products.list'), 'createdAt is another word')
  assert.deepEqual(await found('zebra'), [])
  assert.equal(await page.evaluate(`document.querySelector('#nothing').hidden`), false)
})

test('aggregates and batches have samples of the typed client', async () => {
  const page = await open('#products.aggregate')
  const sample = async (operation: string, code: string) => {
    await within(page, `location.hash = '${operation}'`)
    await page.until(`document.getElementById('${operation}').dataset.ready === 'yes'`)
    await within(page, `${code}; at('${operation}', '[data-language=client]').click()`)
    const text = await within(page, `return at('${operation}', '.sample').textContent`)
    return String(text).replaceAll(/\s+/g, ' ')
  }
  const put = (name: string, value: string) =>
    `fill(at('products.aggregate', '[data-name=${name}]'), '${value}')`
  const figures = [put('select', 'count(),sum(stock)'), put('figures', 'count()[gt]=1')].join(';')
  const asked = await sample('products.aggregate', figures)
  assert.match(
    asked,
    /products\.aggregate\(\{\}, \{ select: \[ "count\(\)", "sum\(stock\)" \], having: \{ "count\(\)": \{ gt: "1" \} \} \}\)/,
  )
  const operations = [
    { operation: 'products.create', input: { name: 'Pine Chest', price: '79.00' } },
    { operation: 'checkout', input: { lines: [{ product: { $ref: '0/id' }, quantity: 2 }] } },
    { operation: 'orders.list', query: { 'status[in]': ['paid'], limit: 2 } },
  ]
  const body = JSON.stringify({ atomic: true, operations })
  assert.match(
    await sample('batch', `fill(at('batch', 'textarea'), '${body}')`),
    new RegExp(
      [
        String.raw`import \{ createClient, newKey \} .* = await client\.batch\(to => \{`,
        String.raw` const step0 = to\.products\.create\(\{ name: "Pine Chest", price: "79.00" \}\)`,
        String.raw` const step1 = to\.commands\.checkout\(\{ lines: \[ \{ product: step0\.ref\('id'\), quantity: 2 \} \] \}\)`,
        String.raw` const step2 = to\.orders\.list\(\{ status: \{ in: \[ "paid" \] \} \}, \{ limit: 2 \}\)`,
        String.raw` return \[step0, step1, step2\] \}, \{ atomic: true, key: newKey\(\) \}\)`,
      ].join(''),
    ),
  )
  assert.deepEqual(page.errors, [])
})

test('samples follow the form, and do what they say', async () => {
  const page = await open('#products.list')
  await within(
    page,
    `fill(at('products.list', '[data-name=limit]'), '1'); const filter = at('products.list', '[id="products.list:filter:name"]');
    filter.parentElement.querySelector('select').value = 'name[startsWith]'; fill(filter, "Bo'")`,
  )
  const sample = () => within(page, `return at('products.list', '.sample').textContent`)
  const curl = String(await sample())
  const silent = curl.replace(/^curl /, 'curl -s ')
  const { stdout } = await promisify(execFile)('bash', ['-c', silent])
  assert.deepEqual(JSON.parse(stdout), { data: [], next: null })
  await within(page, `at('products.list', '[data-language=client]').click()`)
  assert.match(
    String(await sample()),
    /client\.products\.list\(\{\s+name: \{\s+startsWith: "Bo'"\s+\}\s+\}, \{\s+limit: 1\s+\}\)/,
  )
  await within(page, `fill(at('products.list', '[data-name=withTotal]'), 'true')`)
  assert.match(String(await sample()), /\}, \{\s+limit: 1,\s+withTotal: true\s+\}\)/)
  await within(page, `at('products.list', '[data-language=fetch]').click()`)
  const code = String(await sample()).replace('console.log(', 'return (')
  const status = await page.evaluate(
    `(async () => { ${code.replace(/return \((.*), await.*$/s, 'return $1')} })()`,
  )
  assert.equal(status, 200)
})

/** Text whose contrast with what is behind it is below 4.5 (WCAG 2.2, 1.4.3). */
const faint = `(() => {
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })
  const rgba = colour => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data] }
  const light = colour => rgba(colour).slice(0, 3).map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, at) => sum + v * [0.2126, 0.7152, 0.0722][at], 0)
  const behind = one => { for (; one; one = one.parentElement) { const colour = getComputedStyle(one).backgroundColor; if (rgba(colour)[3] === 255) return colour } return 'white' }
  const found = []
  for (const one of document.querySelectorAll('body *')) {
    if (one.closest('script, style, dialog') || !one.offsetParent || ![...one.childNodes].some(node => node.nodeType === 3 && node.data.trim())) continue
    const [a, b] = [light(getComputedStyle(one).color), light(behind(one))].sort((x, y) => y - x)
    if ((a + 0.05) / (b + 0.05) < 4.5) found.push(one.className + ' ' + one.textContent.slice(0, 40))
  }
  return found
})()`

for (const dark of [false, true]) {
  test(`everything can be read in ${dark ? 'dark' : 'light'}, on a phone too`, async () => {
    const wide = await open('#products.update', { width: 1280, height: 900, dark })
    assert.deepEqual(await wide.evaluate(faint), [])
    const page = await open('', { width: 390, height: 844, dark })
    await page.evaluate(`for (const one of document.querySelectorAll('details')) one.open = true`)
    assert.deepEqual(await page.evaluate(faint), [])
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 390)
    await within(page, `one('#caller').textContent = 'staff@example.com'`)
    const wrapped = `[...document.querySelectorAll('header > *')].filter(one => one.offsetHeight > 40)`
    assert.equal(await page.evaluate(`${wrapped}.length`), 0, 'the header is one line')
    const font = `getComputedStyle(document.querySelector('textarea')).fontFamily`
    assert.match(String(await page.evaluate(font)), /monospace$/)
    const scheme = `matchMedia('(prefers-color-scheme: dark)').matches`
    assert.equal(await page.evaluate(scheme), dark)
    await page.evaluate(`document.querySelector('#theme').click()`)
    assert.deepEqual(await page.evaluate(faint), [])
    await page.evaluate(`document.querySelector('#open-menu').click()`)
    assert.equal(
      await page.evaluate(`document.querySelector('#search').offsetParent !== null`),
      true,
    )
  })
}

test('conditions on figures are sent as they are proposed', async () => {
  const page = await open('#products.aggregate')
  const conditions = "at('products.aggregate', '[data-name=figures]')"
  const proposed = await within(page, `return ${conditions}.placeholder`)
  assert.equal(proposed, 'count()[gt]=1')
  await within(page, `fill(${conditions}, '${proposed}&min(price)[gte]=0')`)
  const { status, text } = await send(page, 'products.aggregate')
  assert.equal(status, 200, text)
  const asked = page.requested.map(address => decodeURIComponent(address)).at(-1)
  assert.match(asked ?? '', /aggregate\?count\(\)\[gt\]=1&min\(price\)\[gte\]=0$/)
})
