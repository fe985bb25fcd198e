/** Every drill has a control, every control a drill, and names find them. */

import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { isBroken } from '../../../src/prove/broken/broken.ts'
import { choose, readCatalogue } from '../../../src/prove/catalogue.ts'

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
