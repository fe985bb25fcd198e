/** A plan as text. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { renderPlan } from '../../../src/migrate/render.ts'
import { step } from '../../../src/migrate/step.ts'

test('says that there is nothing to do', () => {
  assert.equal(renderPlan([]), '-- nothing to do: the database is as declared\n')
})

test('gives each step its reason and runs as it stands', () => {
  const text = renderPlan([
    step({ name: 'create table a', statements: ['x', 'y'], lock: 'none', reason: 'New.' }),
    step({
      name: 'drop table b',
      kind: 'destructive',
      statements: ['drop table "b"'],
      lock: 'access exclusive',
      reason: 'Gone.',
    }),
    step({
      name: 'create index c',
      statements: ['create index concurrently c', 'comment'],
      inTransaction: false,
      lock: 'share update exclusive',
      reason: 'Sorted.',
    }),
  ])
  assert.equal(
    text,
    `-- 1/3 create table a
-- New.
begin;
x;
y;
commit;

-- 2/3 drop table b [destructive]
-- Gone.
-- lock: access exclusive
drop table "b";

-- 3/3 create index c
-- Sorted.
-- lock: share update exclusive
create index concurrently c;
comment;
`,
  )
})
