/**
 * What the types of a large and of a circular model cost the compiler: a budget, in instantiations.
 */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'

const root = resolve(import.meta.dirname, '../../..')
const folder = mkdtempSync(join(tmpdir(), 'mettle-type-cost-'))
after(() => rmSync(folder, { recursive: true }))

/** Each refers to the next and the last to the first, so the model is one circle. */
function largeModel(count: number, hooked = false): string {
  const numbers = Array.from({ length: count }, (_, index) => index)
  const next = (n: number): number => (n + 1) % count
  const words = hooked ? ['r', 'c', 'h'] : ['r', 'c']
  const parts = numbers.flatMap(n => words.map(word => word + n)).join(', ')
  return [
    `import { access, backend, command, field, identity, resource } from 'mettle'`,
    ...(hooked ? [`import { hook } from 'mettle'`] : []),
    `export const users = identity({ fields: {}, signUp: 'open', roles: ['x'] })`,
    ...numbers.map(n => resourceText(n, next(n))),
    ...numbers.map(n => commandText(n, next(n))),
    ...(hooked ? numbers.map(hookText) : []),
    `export default backend('large', { parts: { users, ${parts} } })`,
  ].join('\n')
}

const resourceText = (n: number, next: number): string => `
export const r${n} = resource('r${n}', {
  fields: {
    name: field.text({ max: 100 }),
    price: field.decimal({ precision: 12, scale: 2 }),
    state: field.choice(['a', 'b', 'c'], { default: 'a' }),
    note: field.text({ optional: true }),
    count: field.integer({ default: 0 }),
    at: field.timestamp({ default: 'now' }),
    tags: field.list(field.text(), { default: [] }),
    extra: field.document({ optional: true }),
    owner: field.ref('users', { default: 'caller' }),
    next: field.ref('r${next}', { optional: true, inverse: 'previous' }),
  },
  indexes: [['name'], ['owner', '-createdAt']],
  access: {
    read: access.anyOf(access.owner('owner'), access.role('x')),
    update: access.owner('owner'),
  },
})`

const commandText = (n: number, next: number): string => `
export const c${n} = command('c${n}', {
  input: { row: field.ref('r${n}'), amount: field.integer({ min: 1 }) },
  output: r${n},
  errors: { gone: { status: 409, title: 'Gone', data: { left: field.integer() } } },
  access: access.signedIn,
  uses: { a: r${n}, b: r${next} },
  async run({ input, db, fail }) {
    const row = await db.a.get(input.row)
    if (row.count < input.amount) fail.gone({ left: row.count })
    const [first] = await db.b.list({ state: 'a', count: { gt: 1 } }, { sort: ['-createdAt'] })
    return db.a.update(row.id, { count: row.count - input.amount, note: first?.name ?? null })
  },
})`

const hookText = (n: number): string => `
export const h${n} = hook('h${n}', {
  on: r${n},
  operations: ['create', 'update'],
  errors: { fixed: { status: 409, title: 'Fixed', data: { since: field.date() } } },
  before: ({ input, fail }) => {
    if (input.count === 0) fail.fixed({ since: '2026-01-01' })
  },
})`

const clientText = (n: number): string => `
{
  const made = await client.r${n}.create({ name: 'a', price: '1.00' }, { key: null })
  const { data } = await client.r${n}.list({ state: 'a', count: { gt: 1 } }, { sort: ['-name'] })
  const { next } = await client.r${n}.get('id', { fields: ['name'], expand: { next: true, previous: true } })
  const outcome = await client.commands.c${n}({ row: made.id, amount: 1 }, { key: 'a' }).outcome()
  if (!outcome.ok && outcome.problem.code === 'c${n}.gone') outcome.problem.data.left.toFixed()
  const figures = await client.r${n}.aggregate({ state: 'a' }, { select: ['sum(price)'], group: ['state'] })
  const [whole] = await client.batch(to => [to.r${n}.create({ name: 'a', price: '1.00' })], { key: null })
  if (whole.ok) whole.value.count.toFixed()
  console.log(data[0]?.at, next?.state, figures.data[0]?.sum.price, figures.data[0]?.group.state)
}`

const hookedText = (n: number): string => `
{
  const outcome = await client.r${n}.update('id', { count: 0 }).outcome()
  if (!outcome.ok && outcome.problem.code === 'h${n}.fixed') outcome.problem.data.since.trim()
}`

/** Uses the first `used` of `count` resources. */
function clientProgram(count: number, used: number, hooked = false): string {
  const name = hooked ? `hooked-${count}` : `backend-${count}`
  writeFileSync(join(folder, `${name}.mts`), largeModel(count, hooked))
  return [
    `import { createClient } from 'mettle/client'`,
    `import type backend from './${name}.mts'`,
    `const client = createClient<typeof backend>({ url: '' })`,
    `void client`,
    ...Array.from({ length: used }, (_, n) => clientText(n) + (hooked ? hookedText(n) : '')),
  ].join('\n')
}

function instantiations(name: string, source: string): number {
  const file = join(folder, `${name}.mts`)
  const project = join(folder, `${name}.json`)
  writeFileSync(file, source)
  const settings = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      paths: {
        mettle: [join(root, 'src/index.ts')],
        'mettle/client': [join(root, 'src/client/index.ts')],
      },
      typeRoots: [join(root, 'node_modules/@types')],
    },
    files: [file],
    include: [],
  }
  writeFileSync(project, JSON.stringify(settings))
  const compiler = join(root, 'node_modules/.bin/tsc')
  const report = execFileSync(compiler, ['-p', project, '--extendedDiagnostics'], {
    encoding: 'utf8',
  })
  return Number(/^Instantiations:\s+(\d+)/m.exec(report)?.[1])
}

const base = instantiations('base', `import { field } from 'mettle'\nexport default field`)

test('a resource of ten fields with a command of its own costs less than 1,200 instantiations', () => {
  const large = instantiations('large', largeModel(50))
  const each = (large - base) / 50
  assert.ok(each < 1_200, `${Math.round(each)} instantiations for each of 50`)
})

test('the cost grows with the model and not with its square', () => {
  const small = (instantiations('small', largeModel(10)) - base) / 10
  const large = (instantiations('larger', largeModel(40)) - base) / 40
  assert.ok(large < 1.2 * small, `${Math.round(small)} each of 10, ${Math.round(large)} each of 40`)
})

test('seven calls of a resource by a client cost less than 4,000, whatever else is declared', () => {
  const program = (count: number, used: number) =>
    instantiations(`client-${count}-${used}`, clientProgram(count, used))
  const each = (count: number) => (program(count, 10) - program(count, 1)) / 9
  const [ofTen, ofFifty] = [each(10), each(50)]
  assert.ok(ofFifty < 4_000, `${Math.round(ofFifty)} for each of 50`)
  assert.ok(ofFifty < 1.5 * ofTen, `${Math.round(ofTen)} of 10, ${Math.round(ofFifty)} of 50`)
})

test('the errors of a hook around each cost less than 1,000 of one more call', () => {
  const program = (used: number, hooked: boolean) =>
    instantiations(`hooks-${used}-${hooked}`, clientProgram(50, used, hooked))
  const each = (hooked: boolean) => (program(10, hooked) - program(1, hooked)) / 9
  const more = each(true) - each(false)
  assert.ok(more < 1_000, `${Math.round(more)} for each`)
})
