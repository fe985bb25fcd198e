/** `mettle client`: one file that compiles by itself, and calls a running shop. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import shop from '../../../examples/shop/backend.ts'
import { clientModules, emitClientFile } from '../../../src/emit/client/file.ts'
import {
  access,
  backend,
  command,
  field,
  identity,
  query,
  resource,
  sql,
} from '../../../src/index.ts'
import type { Backend } from '../../../src/index.ts'
import { buildModel } from '../../../src/model/build.ts'
import { startBackend } from '../../support/backend.ts'

const root = resolve(import.meta.dirname, '../../..')
const folder = mkdtempSync(join(tmpdir(), 'mettle-standalone-'))
after(() => rmSync(folder, { recursive: true }))

const sources = clientModules.map(path => readFileSync(join(root, path), 'utf8'))

function written(declared: Backend): string {
  return emitClientFile(buildModel(declared), sources)
}

/** As strict as a project can be, and with the types of a browser alone. */
const options = {
  target: 'es2024',
  lib: ['es2024', 'dom', 'dom.asynciterable'],
  types: [],
  module: 'nodenext',
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noImplicitReturns: true,
  noPropertyAccessFromIndexSignature: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  erasableSyntaxOnly: true,
  verbatimModuleSyntax: true,
  allowImportingTsExtensions: true,
  noEmit: true,
}

/** What the compiler says of a client, and of a program beside it. */
function compile(client: string, program: string, pretty = false): string {
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options }))
  writeFileSync(join(folder, 'client.ts'), client)
  writeFileSync(join(folder, 'program.ts'), program)
  try {
    const args = ['-p', folder, '--pretty', String(pretty)]
    return execFileSync(join(root, 'node_modules/.bin/tsc'), args, { encoding: 'utf8' })
  } catch (error) {
    return String(Object(error).stdout)
  }
}

const program = `import { createClient } from './client.ts'
import type { RowOf } from './client.ts'

const shop = createClient({ url: 'http://localhost:3000' })
const order: RowOf<'orders'> = await shop.commands.checkout({ lines: [] }, { key: 'one' })
const { customer, lines } = await shop.orders.get(order.id, {
  expand: { customer: { fields: ['name'] }, lines: true },
})
const outcome = await shop.commands.checkout({ lines: [] }, { key: null }).outcome()
if (!outcome.ok && outcome.problem.code === 'checkout.out-of-stock')
  console.log(outcome.problem.data.left.toFixed(), customer?.name.trim(), lines[0]?.quantity)
for await (const { price } of shop.products.each({ stock: { gt: 0 } }, { sort: ['-price'] }))
  console.log(price.slice(1))
const paid = await shop.orders.update(order, { status: 'paid' }).outcome()
if (!paid.ok && paid.problem.code === 'shipped-stays.shipped') console.log(paid.problem.title)
const { total } = await shop.products.list({}, { withTotal: true })
await shop.auth.signUp({ email: 'a@example.com', password: total.rows.toFixed(), name: 'Ada' })
`

test('it compiles under strict, with a program that uses it', () => {
  assert.equal(compile(written(shop), program), '')
})

test('it refuses what the types inferred from the declaration refuse', () => {
  const wrong = [
    ['shop.products.create({ nmae: 1 }, { key: null })', /'nmae' does not exist/],
    ["shop.products.list({ stock: { contains: 'a' } })", /'contains' does not exist/],
    ["shop.products.create({ name: 'a', price: '1' })", /Expected 2 arguments/],
    ["shop.orders.get('a', { expand: { lines: { fields: ['colour'] } } })", /colour/],
    ['shop.commands.checkout({ lines: [{ quantity: 1 }] }, { key: null })', /'product' is missing/],
    [
      "shop.products.update('a', {}).outcome().then(o => o.ok || o.problem.code === 'x.y')",
      /overlap/,
    ],
    ['shop.products.list({}, { limit: 1 }).then(page => page.total)', /'total' does not exist/],
  ] as const
  const calls = wrong.map(([call]) => `await ${call}\n`)
  const said = compile(written(shop), program + calls.join(''))
  for (const [at, [, expected]] of wrong.entries()) {
    const line = program.split('\n').length + at
    const found = said.split('\n').find(each => each.startsWith(`program.ts(${line},`))
    assert.match(found ?? said, expected)
  }
})

test('a forgotten key is named by the compiler', () => {
  const checkout = 'shop.commands.checkout({ lines: [] })'
  const create = "shop.products.create({ name: 'a', price: '1' })"
  const calls = [create, checkout, 'shop.batch(() => [])']
  const said = compile(written(shop), `${program}void ${calls.join('\nvoid ')}\n`, true)
  const told = said.match(/Arguments for the rest parameter 'optionsWithKey' were not provided/g)
  assert.equal(told?.length, calls.length, said)
})

const things = resource('things-4-all', {
  fields: {
    on: field.boolean({ default: true }),
    at: field.timestamp({ optional: true }),
    count: field.bigint(),
    word: field.choice(["it's", 'b\\c']),
    tags: field.list(field.choice(['a', 'b'])),
    parts: field.list({ day: field.date(), more: field.object({ any: field.document() }) }),
    like: field.ref('things-4-all', { optional: true, inverse: 'alike' }),
    secret: field.text({ optional: true, access: { read: access.nobody } }),
  },
  access: { read: access.anyone },
})
const nothing = command('do-nothing', { run: async () => undefined })
const some = query('some', { output: { n: field.integer() }, sql: () => sql`select 1 as n` })
const tags = resource('tags', { fields: { tag: field.text() }, access: { read: access.anyone } })
const tagged = resource('tagged', {
  fields: { thing: field.ref('things-4-all'), tag: field.ref('tags', { inverse: false }) },
  link: { thing: 'things', tag: 'labels' },
  access: { read: access.anyone },
})
const odd = backend('odd-2-one', { parts: { things, tags, tagged, nothing, some } })

test('every kind of field and name is written so that it compiles', () => {
  const calls = `import { createClient } from './client.ts'
const odd = createClient({ url: '', keys: 'automatic' })
const thing = await odd['things-4All'].create({
  count: 5n, word: "it's", tags: ['a'], parts: [{ day: '2026-01-01', more: { any: {} } }],
})
const { alike, like, labels } = await odd['things-4All'].get(thing.id, {
  expand: { alike: true, like: true, labels: true },
})
console.log(labels[0]?.tag, (await odd['things-4All'].list({}, { sort: ['-at'], withTotal: true })).total.rows)
const nothing: null = await odd.commands.doNothing({})
console.log(thing.at?.trim(), alike[0]?.word, like?.on, nothing, (await odd.queries.some())[0]?.n)
`
  assert.equal(compile(written(odd), calls), '')
  const refused = `${calls}await odd.commands.doNothing({ anything: 1 })\nvoid odd.auth\n`
  const said = compile(written(odd), refused).split('\n')
  assert.deepEqual(
    said.flatMap(line => /error (.*)/.exec(line)?.[1] ?? []),
    [
      "TS2322: Type 'number' is not assignable to type 'never'.",
      "TS2339: Property 'auth' does not exist on type 'Client<Backend, \"automatic\">'.",
    ],
  )
  const shut = backend('shut', { parts: { users: identity({ fields: {}, signUp: 'closed' }) } })
  const signs = `import { createClient } from './client.ts'\nvoid createClient({ url: '' }).auth.sign`
  assert.equal(compile(written(shut), `${signs}In\n`), '')
  assert.match(compile(written(shut), `${signs}Up\n`), /'signUp' does not exist/)
  assert.match(written(odd), /secret\?: string/)
  assert.doesNotMatch(written(odd), /secret\?: TextFilter/)
})

test('the same declaration gives the same text', () => {
  assert.equal(written(shop), written(shop))
})

test('it calls a running shop', async () => {
  const running = await startBackend()
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  const file = join(folder, 'running.ts')
  writeFileSync(file, written(shop))
  const { createClient, newKey, ClientProblem } = await import(pathToFileURL(file).href)
  const client = createClient({ url: `http://127.0.0.1:${running.node.port}` })
  const password = 'correct horse battery staple'
  await client.auth.signIn({ email: 'staff@example.com', password })
  const { id } = await client.products.create({ name: 'Mug', price: '2.50' }, { key: newKey() })
  await client.products.edit(id, ({ stock }: { stock: number }) => ({ stock: stock + 2 }))
  const seen = await client.products.list({ name: 'Mug' }, { fields: ['stock', 'version'] })
  assert.deepEqual(seen, { data: [{ stock: 2, version: 2 }], next: null })
  await assert.rejects(client.products.delete(id), error => {
    assert.ok(error instanceof ClientProblem)
    assert.equal(Object(error).code, 'authorise.denied')
    return true
  })
})
