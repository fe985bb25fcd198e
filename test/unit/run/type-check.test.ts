/** The summary of what a compiler says. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { summariseTypeErrors } from '../../../src/run/type-check.ts'

const error = (file: string, code = 1) => `${file}(1,2): error TS${code}: wrong`

test('no error, no word', () => {
  assert.equal(summariseTypeErrors('', '/project', '/project/app'), null)
  assert.equal(summariseTypeErrors('Found 0 errors.\n', '/project', '/project/app'), null)
})

test('errors beside the backend come first, the rest is counted', () => {
  const others = Array.from({ length: 6 }, (_, at) => error(`other/${at}.ts`))
  const output = [...others, error('app/backend.ts', 2), '  more about it'].join('\n')
  const lines = summariseTypeErrors(output, process.cwd(), `${process.cwd()}/app`)!.split('\n')
  assert.equal(lines[0], 'Types do not fit (7 errors):')
  assert.equal(lines[1], '  app/backend.ts:1:2  TS2: wrong')
  assert.equal(lines[2], '  other/0.ts:1:2  TS1: wrong')
  assert.equal(lines.length, 7)
  assert.equal(lines[6], '  … and 2 more: npx tsc --noEmit -p .')
})
