/** A declared query gives its rows in the declared form, whatever the user's SQL looks like. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { backend, field, query, resource, sql } from 'mettle'
import { limits } from '../../../src/base/limits.ts'
import { renderSql } from '../../../src/declare/sql.ts'
import { buildModel } from '../../../src/model/build.ts'
import { compileQuery, createPlanQuery } from '../../../src/sql/query.ts'
import { tablesOf } from './tables.ts'

const items = resource('items', { fields: { name: field.text({ max: 50 }) } })

const totals = query('totals', {
  input: { from: field.integer() },
  output: {
    label: field.text(),
    unitPrice: field.decimal({ precision: 10, scale: 2 }),
    count: field.bigint(),
    at: field.timestamp({ optional: true }),
  },
  sql: ({ from }) => sql`select 'not used' where ${from} = 0`,
})

const model = buildModel(backend('counting', { parts: { items, totals } }))
const declared = model.queries.get('totals')!
const session = await tablesOf(model)

async function rowsOf(source: Parameters<typeof compileQuery>[1]): Promise<unknown> {
  const { plan, values } = compileQuery(declared, source)
  const [row] = await session.run(plan.text, values)
  assert.equal(row![1], null)
  return JSON.parse(String(row![0]))
}

const some = (count: number) =>
  sql`select 'x' as label, 1 as "unitPrice", n as count, null as at from generate_series(1, ${count}::int) n`

const named = (label: string) =>
  sql`select ${label}::text as label, 1 as "unitPrice", 2 as count, null as at`

test('columns are taken by name, cast and written as declared, in the order of the source', async () => {
  const source = sql`
    select 3 as "unitPrice", n as count, 'no ' || n as label, null as at, 'more' as "ignored"
    from generate_series(${2}::int, 4) n order by n desc -- the last line is a comment`
  assert.deepEqual(await rowsOf(source), [
    { label: 'no 4', unitPrice: '3.00', count: '4', at: null },
    { label: 'no 3', unitPrice: '3.00', count: '3', at: null },
    { label: 'no 2', unitPrice: '3.00', count: '2', at: null },
  ])
})

test('what a query builder compiled is taken as well', async () => {
  const compiled = {
    sql: `select $1::text as label, 1 as "unitPrice", 2 as count, '2026-01-01'::date as at`,
    parameters: ["it's"],
  }
  assert.deepEqual(await rowsOf(compiled), [
    { label: "it's", unitPrice: '1.00', count: '2', at: '2026-01-01T00:00:00.000Z' },
  ])
})

test('no rows are an empty array, and there are never too many', async () => {
  assert.deepEqual(await rowsOf(some(0)), [])
  const rows = await rowsOf(some(limits.queryRowsMax + 5))
  assert.ok(Array.isArray(rows) && rows.length === limits.queryRowsMax)
})

test('one text is compiled once, and two texts never share a plan', () => {
  const planQuery = createPlanQuery()
  const first = planQuery(declared, named('a'))
  const second = planQuery(declared, named('b'))
  assert.equal(first.plan, second.plan)
  assert.deepEqual(second.values, ['b'])
  const other = planQuery(
    declared,
    sql`select 'a' as label, 1 as "unitPrice", 2 as count, null as at`,
  )
  assert.notEqual(other.plan.key, first.plan.key)
  assert.ok(first.plan.text.includes(renderSql(named('a')).text))
})
