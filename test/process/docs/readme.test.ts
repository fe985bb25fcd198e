/** What the pages tell a reader to type, typed against the shop as it starts from a fresh copy. */

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { readPage, root, section } from '../../support/markdown.ts'
import { mettle, userFolder } from '../../support/running.ts'
import { callsOf, matches, runCalls, type Printed } from './session.ts'

const tour = section(readPage('README.md'), '## A tour in ten calls')

const clearing: (() => void)[] = []
const scope = { after: (clear: () => void) => void clearing.push(clear) }
const folder = userFolder(scope, {})
const shop = mettle(scope, ['dev', join(root, 'examples/shop/backend.ts')], { folder })
after(async () => {
  await shop.stop()
  for (const clear of clearing) clear()
})

// Everything runs before the first test is told of: hooks that end the shop wait for tests only.
const port = Number(new URL(await shop.url).port)
const printed = new Map<string, readonly Printed[]>()
const pages = ['REST', 'BATCH', 'SECURITY', 'API-DOCS'].map(name => readPage(`docs/${name}.md`))
for (const page of [tour, ...pages]) printed.set(page.path, await runCalls(callsOf(page), port))

for (const [path, calls] of printed) {
  suite(path, () => {
    for (const call of calls) {
      const { line, script, expected } = call
      if (expected === null) continue
      test(`line ${line}: ${(/^.*\bcurl .*/m.exec(script)?.[0] ?? script).slice(0, 80)}`, () => {
        if (!matches(call.printed, expected)) assert.equal(call.printed, expected)
      })
    }
  })
}

test('the tour has ten calls, each with its answer', () => {
  const answered = callsOf(tour).map(({ expected }) => expected !== null)
  assert.deepEqual(
    answered,
    Array.from({ length: 10 }, () => true),
  )
})

test('an answer that is not the one on the page is told', () => {
  assert.ok(matches('{"id":"a","n":1,"code":"x"}', '{"id":"…","n":1,…}'))
  assert.ok(!matches('{"id":"a","status":"b"}', '{"id":"…"}'))
  assert.ok(!matches('{"id":"a","n":2}', '{"id":"…","n":1}'))
  assert.ok(!matches('{"id":"a"} and more', '{"id":"…"}'))
})
