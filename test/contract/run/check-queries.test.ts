/** Declared SQL that PostgreSQL cannot run is told when a backend starts. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { access, backend, field, query, resource, sql, type Query } from 'mettle'
import shop from '../../../examples/shop/backend.ts'
import { migrate } from '../../../src/engine/migrations/migrate.ts'
import { buildModel } from '../../../src/model/build.ts'
import { BackendFileError } from '../../../src/run/backend-file.ts'
import { checkQueries } from '../../../src/run/check-queries.ts'
import { emptyDatabase } from '../../support/model.ts'

const { anyone } = access
const notes = resource('notes', {
  fields: { text: field.text({ max: 100 }), size: field.integer() },
  access: { read: anyone },
})
const output = { size: field.integer() }
const { database } = await emptyDatabase()
await migrate(database, buildModel(backend('notes', { parts: { notes } })))

const check = (...queries: readonly Query[]) =>
  checkQueries(
    database,
    buildModel(
      backend('notes', {
        parts: { notes, ...Object.fromEntries(queries.map((each, at) => [`query${at}`, each])) },
      }),
    ),
  )

/** Of a query by its SQL: what is said of it. */
const faulty = {
  'an unknown column': [sql`select nope as size from notes`, /: column "nope" does not exist$/m],
  'an unknown table': [sql`select size from note`, /relation "note" does not exist/],
  'a column that is not selected': [sql`select text from notes`, /size does not exist/],
  'a syntax error': [sql`selec size from notes`, /syntax error/],
  'a type that does not fit': [
    sql`select ${true}::json as size`,
    /cannot cast type json to integer/,
  ],
} as const

for (const [what, [source, says]] of Object.entries(faulty)) {
  test(`${what} is told with the name of the query`, async () => {
    const wrong = query('wrong', { output, access: anyone, sql: () => source })
    await assert.rejects(check(wrong), (error: unknown) => {
      assert.ok(error instanceof BackendFileError)
      assert.match(error.message, says)
      assert.match(error.message, /^ {2}wrong: /m)
      return true
    })
  })
}

test('every faulty query is told, also where only a part of it that is optional is', async () => {
  const first = query('first', { output, access: anyone, sql: () => sql`select 1` })
  const second = query('second', {
    input: { since: field.date({ optional: true }), newest: field.boolean({ default: false }) },
    output,
    access: anyone,
    sql: ({ since }) =>
      since === null
        ? sql`select size from notes`
        : sql`select size from notes where on > ${since}`,
  })
  const third = query('third', {
    input: { order: field.choice(['up', 'down']) },
    output,
    access: anyone,
    sql: ({ order }) =>
      order === 'up'
        ? sql`select size from notes`
        : sql`select size from notes order by 1 downwards`,
  })
  await assert.rejects(
    check(first, second, third),
    /queries .*\n {2}first: .*\n {2}second: .*\n {2}third: /,
  )
})

test('what is right, and what cannot be foreseen, is let pass', async () => {
  const right = query('right', {
    input: { text: field.text(), least: field.decimal({ precision: 5, scale: 2, optional: true }) },
    output,
    access: anyone,
    sql: ({ text, least }, { caller }) =>
      sql`select size from notes where text = ${text} and size > ${least}::numeric and id <> ${caller.id}`,
  })
  const named = query('named', {
    input: { column: field.text() },
    output,
    access: anyone,
    sql: ({ column }) => sql`select ${sql.identifier(column)} as size from notes`,
  })
  const picky = query('picky', {
    input: { word: field.text() },
    output,
    access: anyone,
    sql({ word }) {
      if (word.length < 5) throw new Error('too short')
      return sql`select nope`
    },
  })
  await check(right, named, picky)
  await check(right) // nothing of the first look is left in the connection
})

test('the queries of the shop are right', async () => {
  const model = buildModel(shop)
  const { database: own } = await emptyDatabase()
  await migrate(own, model)
  await checkQueries(own, model)
})
