/** Every drill has a control, every control a drill, and names find them. */

import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { backend } from '../../../src/index.ts'
import { buildModel } from '../../../src/model/build.ts'
import { isBroken } from '../../../src/prove/broken/broken.ts'
import { choose, readCatalogue } from '../../../src/prove/catalogue.ts'
import { explanationOf } from '../../../src/prove/report/explanation.ts'
import { bare, readPage, section, tableRows } from '../../support/markdown.ts'

const stages = join(import.meta.dirname, '../../../src/prove/broken/stages')
const catalogue = await readCatalogue()

test('each drill has a control of the same name, which says what is wrong with it', async () => {
  const ids = catalogue.map(({ drill }) => `${drill.id}.ts`)
  assert.deepEqual(new Set(readdirSync(stages)), new Set(ids))
  for (const file of readdirSync(stages)) {
    const loaded: { readonly default?: unknown } = await import(join(stages, file))
    assert.ok(isBroken(loaded.default) && loaded.default.says.length > 10, file)
  }
})

test('a name is a drill or a group; another is refused with what there is', () => {
  const ids = (...names: string[]) => choose(catalogue, names).map(({ drill }) => drill.id)
  assert.deepEqual(ids('jwt'), ['jwt'])
  assert.ok(ids('security').includes('bola') && !ids('security').includes('kill-node'))
  assert.equal(ids().length, catalogue.length)
  assert.throws(() => ids('jtw'), /no drill and no group jtw\. Groups: .*security/)
})

test('claims are one sentence, promises are names', () => {
  for (const { drill } of catalogue) {
    assert.match(drill.claim, /^[A-Zk][^.]+[^.]$/, drill.id)
    assert.match(drill.promise, /^[a-z]+\.[a-z]+$/, drill.id)
  }
})

test('the page says of every drill what the drill says of itself, and of no other', () => {
  const rows = tableRows(section(readPage('docs/PROVE.md'), '## What the drills do'))
  const told = rows.map(([id = '', ...cells]) => [bare(id), ...cells])
  const known = catalogue.map(({ drill: { id, explained } }) => [
    id,
    explained?.does,
    explained?.bar,
  ])
  assert.deepEqual(told, known)
})

test('an explanation tells what is asked of the model, and whether it is there', () => {
  const [listed] = choose(catalogue, ['kill-node'])
  const facts = { model: null, stage: 'writes are forgotten', columns: 80 }
  const text = explanationOf(listed!, facts)
  assert.match(text, /^kill-node \(crash\)\n {2}claim +kill -9 of any node/)
  assert.match(text, /\n {2}attack +Kills nodes and their workers/)
  assert.match(text, /\n {2}passes when +Nothing acknowledged is lost/)
  assert.match(text, /\n {2}needs +An operation .*\n +There is no backend here/)
  assert.match(text, /\n {2}control +.*\(writes\n +are forgotten\) must go red/)
  assert.ok(text.split('\n').every(line => line.length <= 80 || line.includes('file')))
  const lacking = { ...listed!, drill: { ...listed!.drill, needs: () => 'there is none' } }
  const model = buildModel(backend('empty', { parts: {} }))
  const absent = explanationOf(lacking, { ...facts, model })
  assert.match(absent, /does not\s+apply to your\s+backend: there is none\./)
})
