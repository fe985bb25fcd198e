/**
 * Wrong declarations get exact messages: `METTLE_GOLDEN=write` writes the files, a person reads the
 * difference.
 */

import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Seed } from 'mettle'
import { buildModel } from '../../../src/model/build.ts'
import { DeclarationError } from '../../../src/model/diagnostics.ts'
import { checkSeed } from '../../../src/model/mistakes.ts'
import { field, run, seed, withFields } from './loose.ts'
import { wrongDeclarations } from './wrong-declarations.ts'

const golden = join(import.meta.dirname, 'golden')

for (const [name, declare] of Object.entries(wrongDeclarations)) {
  test(`tells the mistake: ${name}`, () => {
    const file = join(golden, `${name}.txt`)
    const told = `${mistakesOf(() => buildModel(declare())).message.replaceAll(/\n {2}at .*/g, '')}\n`
    if (process.env['METTLE_GOLDEN'] === 'write') writeFileSync(file, told)
    assert.equal(told, readFileSync(file, 'utf8'))
  })
}

test('every golden file has its declaration', () => {
  const files = readdirSync(golden).map(file => file.replace('.txt', ''))
  assert.deepEqual(files.toSorted(), Object.keys(wrongDeclarations).toSorted())
})

test('a mistake names the line of its part', () => {
  const [mistake] = mistakesOf(() => buildModel(withFields({ id: field.uuid() }))).diagnostics
  assert.equal(mistake?.place, 'things.fields.id')
  assert.match(mistake.at ?? '', /loose\.ts:\d+:\d+$/)
})

test('a seed tells its own mistakes', () => {
  const places = (declared: Seed): readonly string[] =>
    mistakesOf(() => checkSeed(declared)).diagnostics.map(({ place }) => place)
  assert.deepEqual(places(seed({ usses: {}, run })), ['seed.usses', 'seed.uses'])
  assert.deepEqual(places(seed()), ['seed'])
  checkSeed(seed({ uses: {}, run }))
})

function mistakesOf(check: () => unknown): DeclarationError {
  let thrown: unknown = null
  try {
    check()
  } catch (error) {
    thrown = error
  }
  assert.ok(thrown instanceof DeclarationError, `expected mistakes, got ${String(thrown)}`)
  return thrown
}
