/** The summary of what a compiler says. */

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { summariseTypeErrors, TypeCheck } from '../../../src/run/type-check.ts'

const error = (file: string, code = 1) => `${file}(1,2): error TS${code}: wrong`

test('no error, no word', () => {
  assert.equal(summariseTypeErrors('', '/project', '/project/app'), null)
  assert.equal(summariseTypeErrors('Found 0 errors.\n', '/project', '/project/app'), null)
})

test('a project that cannot be read is told, although it has no place', () => {
  const output = "error TS2688: Cannot find type definition file for 'node'.\n"
  assert.equal(
    summariseTypeErrors(output, '/project', '/project/app'),
    "Types do not fit (1 error):\n  TS2688: Cannot find type definition file for 'node'.",
  )
})

test('where types cannot be checked, the obstacle says what to do', context => {
  const folder = mkdtempSync(join(tmpdir(), 'mettle-types-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  const obstacle = () => new TypeCheck(join(folder, 'backend.ts'), () => {}).obstacle
  assert.match(obstacle()!, /npm install --save-dev typescript/)
  mkdirSync(join(folder, 'node_modules'))
  const typescript = resolve(import.meta.dirname, '../../../node_modules/typescript')
  symlinkSync(typescript, join(folder, 'node_modules/typescript'))
  assert.match(obstacle()!, /no tsconfig\.json/)
  writeFileSync(join(folder, 'tsconfig.json'), '{}')
  assert.equal(obstacle(), null)
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
