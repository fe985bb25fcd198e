/** Places inside documents: filters, sorts and indexes, whatever a document holds there. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { access, backend, field, resource } from 'mettle'
import { system } from '../../../src/base/caller.ts'
import type { FilterOperator } from '../../../src/declare/rule.ts'
import { buildModel } from '../../../src/model/build.ts'
import { compileRead } from '../../../src/sql/read.ts'
import { explain, explainBatch } from './explain.ts'
import { readPage, runAlone, runBatch, shapeOf, sortOf } from './running.ts'
import { tablesOf } from './tables.ts'

const model = buildModel(
  backend('store', {
    parts: {
      things: resource('things', {
        fields: {
          name: field.text({ max: 20 }),
          about: field.document({ optional: true }),
        },
        indexes: [['about.size'], ['-about.size', 'name'], ['about.box.width']],
        access: { read: access.anyone },
      }),
    },
  }),
)
const session = await tablesOf(model)

const long = 'x'.repeat(300)

/** Everything that a document can hold at one place. */
const sizes: readonly unknown[] = [
  undefined,
  null,
  0,
  -1,
  1,
  1.0,
  1.5,
  10,
  9,
  2e-7,
  -9_007_199_254_740_991,
  9_007_199_254_740_991,
  '',
  'a',
  'ab',
  'b',
  '1',
  '10',
  'true',
  'null',
  'ä',
  '\u{10ffff}',
  'say "no" \\ {}',
  long,
  `${long}y`,
  true,
  false,
  [],
  ['a'],
  [1],
  ['a', 1, null],
  [[]],
  {},
  { a: 1 },
  { width: 'a' },
]

interface Thing {
  readonly name: string
  readonly about: Readonly<Record<string, unknown>> | null
}

const things: readonly Thing[] = [
  { name: 't00', about: null },
  ...sizes.map((size, at) => ({
    name: `t${String(at + 1).padStart(2, '0')}`,
    about: { size, box: { width: at % 5, list: [at] } },
  })),
]
for (const { name, about } of things) {
  const id = '00000000-0000-7000-8000-0000000000'.concat(name.slice(1))
  const row = [id, name, about === null ? null : JSON.stringify(about)]
  await session.run('insert into things (id, name, about) values ($1, $2, $3)', row)
}

function sizeOf({ about }: Thing): unknown {
  return about?.['size'] ?? undefined
}

async function found(
  name: string,
  operator: FilterOperator,
  value: unknown,
): Promise<readonly unknown[]> {
  const shape = shapeOf('things', 'list', { filters: [{ field: name, operator }] })
  const plan = compileRead(model, shape, system)
  const { rows } = await readPage(session, plan, { values: [value, 1000], caller: system })
  return rows.map(row => row['name'])
}

function expected(meets: (size: unknown) => boolean): readonly string[] {
  return things.filter(thing => meets(sizeOf(thing))).map(({ name }) => name)
}

const comparisons: Readonly<Record<string, (size: string, than: string) => boolean>> = {
  gt: (size, than) => size > than,
  gte: (size, than) => size >= than,
  lt: (size, than) => size < than,
  lte: (size, than) => size <= than,
}

for (const operand of [0, 1, -1, 9_007_199_254_740_991, 'a', '', '10', '\u{10ffff}', true, false]) {
  const json = JSON.stringify(operand)
  test(`about.size compared with ${json}`, async () => {
    const same = (size: unknown) => size === operand
    assert.deepEqual(await found('about.size', 'eq', json), expected(same))
    assert.deepEqual(
      await found('about.size', 'ne', json),
      expected(size => !same(size)),
    )
    for (const [operator, compare] of Object.entries(comparisons)) {
      const meets = (size: unknown) =>
        typeof size === typeof operand && compare(size as string, operand as string)
      assert.deepEqual(
        await found('about.size', operator as FilterOperator, json),
        expected(meets),
        operator,
      )
    }
  })
}

test('in, contains, startsWith and isNull', async () => {
  const many: readonly unknown[] = [1, 'a', true]
  const driver = many.map(each => JSON.stringify(each))
  assert.deepEqual(
    await found('about.size', 'in', driver),
    expected(size => many.includes(size)),
  )
  assert.deepEqual(await found('about.size', 'in', []), [])
  const contains = (part: unknown) => (size: unknown) =>
    typeof size === 'string'
      ? size.includes(String(part))
      : Array.isArray(size) && size.includes(part)
  for (const part of ['a', 1, 'y', '"', '%', '']) {
    assert.deepEqual(
      await found('about.size', 'contains', JSON.stringify(part)),
      expected(contains(part)),
    )
  }
  for (const prefix of ['a', '1', '', 'say "', `${long}y`, '_']) {
    const begins = (size: unknown) => typeof size === 'string' && size.startsWith(prefix)
    assert.deepEqual(await found('about.size', 'startsWith', prefix), expected(begins))
  }
  assert.deepEqual(
    await found('about.size', 'isNull', true),
    expected(size => size === undefined),
  )
  assert.deepEqual(
    await found('about.size', 'isNull', false),
    expected(size => size !== undefined),
  )
  assert.deepEqual(
    await found('about.box.list.0', 'eq', '7'),
    things.slice(8, 9).map(({ name }) => name),
  )
})

for (const sort of [['about.size'], ['-about.size'], ['-about.size', 'name'], ['about.box.width']])
  for (const limit of [1, 7])
    test(`pages of ${limit} by ${sort.join()} show every row once, in order`, async () => {
      const first = compileRead(model, shapeOf('things', 'list', { sort: sortOf(...sort) }), system)
      const later = compileRead(
        model,
        shapeOf('things', 'list', { sort: sortOf(...sort), after: true }),
        system,
      )
      assert.ok(first.bounded && later.bounded)
      const whole = await readPage(session, first, { values: [1000], caller: system })
      const seen: unknown[] = []
      let page = await readPage(session, first, { values: [limit], caller: system })
      seen.push(...page.rows)
      while (page.next !== null) {
        page = await readPage(session, later, { values: [...page.next, limit], caller: system })
        seen.push(...page.rows)
      }
      assert.deepEqual(seen, whole.rows)
      assert.equal(seen.length, things.length)
    })

test('texts come first, then numbers, then booleans, and what has no order last', async () => {
  const plan = compileRead(
    model,
    shapeOf('things', 'list', { sort: sortOf('about.size'), fields: ['about'] }),
    system,
  )
  const { rows } = await readPage(session, plan, { values: [1000], caller: system })
  const kinds = rows.map(row => {
    const about = row['about'] as Record<string, unknown> | null
    const size = about?.['size'] ?? null
    return size === null || typeof size === 'object' ? 'none' : typeof size
  })
  assert.deepEqual([...new Set(kinds)], ['string', 'number', 'boolean', 'none'])
})

test('the exact statement of a filter, alone and among others', async () => {
  const filters = [{ field: 'about.box.width', operator: 'eq' }] as const
  const shape = shapeOf('things', 'list', { filters, fields: ['name'] })
  const plan = compileRead(model, shape, system)
  const keys = `'{"box","width"}'`
  const at = `t."about" #> ${keys}`
  const value = `(case jsonb_typeof(${at}) when 'string' then jsonb_object(array['', left(t."about" #>> ${keys}, 200)]) -> '' when 'number' then ${at} when 'boolean' then ${at} end)`
  const where = /from "things" t where (.*) order by/.exec(plan.text)?.[1]
  assert.equal(where, `${value} = $2::jsonb`)
  assert.ok(plan.bounded)
  const request = { values: ['3', 2], caller: system }
  const alone = await runAlone(session, plan, request)
  assert.match(String(alone?.[0]), /^\[\{"name":"t04"\},\{"name":"t09"\}\]$/)
  assert.deepEqual(await runBatch(session, plan, [request, request]), [alone, alone])
})

test('a declared place is found by its index, in its order, among 20,000 rows', async () => {
  await session.run(
    `insert into things (name, about) select 'more', jsonb_build_object('size', n, 'box',
       jsonb_build_object('width', n % 1000)) from generate_series(100, 20000) n`,
  )
  await session.run('analyze things')
  const lists = [
    { filters: [{ field: 'about.size', operator: 'gte' }], sort: ['about.size'], values: ['5000'] },
    { filters: [{ field: 'about.size', operator: 'lt' }], sort: ['-about.size'], values: ['5000'] },
    { filters: [{ field: 'about.box.width', operator: 'eq' }], sort: [], values: ['7'] },
    { filters: [], sort: ['-about.size', 'name'], values: [] },
  ] as const
  for (const { filters, sort, values } of lists) {
    const shape = shapeOf('things', 'list', { filters, sort: sortOf(...sort) })
    const plan = compileRead(model, shape, system)
    assert.ok(plan.bounded)
    const request = { values: [...values, 5], caller: system }
    const evidence = await explain(session, plan, request)
    assert.equal(evidence.removed, 0, evidence.text)
    assert.ok(evidence.scanned <= 6, evidence.text)
    const batch = await explainBatch(session, plan, [request, request])
    assert.ok(batch.scanned <= 12, batch.text)
  }
})

test('what an index cannot hold does not hinder a write', async () => {
  for (const size of [
    'x'.repeat(100_000),
    'ä'.repeat(9_000),
    ['x'.repeat(9_000)],
    { a: 'x'.repeat(9_000) },
  ]) {
    await session.run(`insert into things (name, about) values ('huge', $1)`, [
      JSON.stringify({ size, box: { width: size } }),
    ])
  }
  const [row] = await session.run(`select count(*)::int from things where name = 'huge'`)
  assert.deepEqual(row, [4])
})
