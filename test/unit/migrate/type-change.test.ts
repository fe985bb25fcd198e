/** What a change of type costs, and how it is said. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diff } from '../../../src/migrate/diff.ts'
import { judgeTypeChange } from '../../../src/migrate/type-change.ts'
import { column, statementsOf, table } from './tables.ts'

const costs = [
  ['numeric(12,2)', 'numeric(14,2)', 'safe'],
  ['numeric(12,2)', 'numeric(10,2)', 'destructive'],
  ['numeric(12,2)', 'numeric(12,4)', 'destructive'],
  ['integer', 'bigint', 'blocking'],
  ['bigint', 'integer', 'destructive'],
  ['uuid', 'text collate pg_c_utf8', 'blocking'],
  ['text collate pg_c_utf8', 'date', 'destructive'],
] as const

for (const [from, to, kind] of costs) {
  test(`${from} to ${to} is ${kind}`, () => assert.equal(judgeTypeChange(from, to).kind, kind))
}

test('the default steps aside, and values go through text', () => {
  const want = table('t', { columns: [column('n', { type: 'date', default: 'now()' })] })
  const have = table('t', { columns: [column('n', { default: "'x'::text" })] })
  assert.deepEqual(statementsOf(diff([want], [have])), [
    'alter table "t" alter column "n" drop default',
    'alter table "t" alter column "n" type date using "n"::text::date',
    'alter table "t" alter column "n" set default now()',
  ])
})
