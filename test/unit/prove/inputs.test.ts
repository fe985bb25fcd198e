/** Values made from declared fields are values that the fields take; chance can be had again. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { backend, field, resource } from 'mettle'
import type { Parts } from '../../../src/declare/backend.ts'
import type { Field } from 'mettle'
import { buildModel } from '../../../src/model/build.ts'
import { Faults } from '../../../src/model/faults.ts'
import { codec } from '../../../src/model/kinds/index.ts'
import type { FieldModel } from '../../../src/model/model.ts'
import { matching } from '../../../src/prove/model/pattern.ts'
import { createValues, type Size } from '../../../src/prove/model/values.ts'
import { seeded } from '../../../src/prove/random.ts'
import { samples } from '../../support/kind-samples.ts'

const bounded: Readonly<Record<string, Field>> = {
  short: field.text({ min: 1, max: 3 }),
  long: field.text({ min: 300, max: 400 }),
  code: field.text({ max: 20, pattern: /^[A-Z]{2}-\d{3,}(?:x|yz)?$/ }),
  few: field.integer({ min: 3, max: 7 }),
  below: field.integer({ max: -5 }),
  cents: field.decimal({ precision: 4, scale: 2, min: '0.5' }),
  tags: field.list(field.text({ max: 5 }), { min: 2, max: 3 }),
}

function fieldsOf(fields: Readonly<Record<string, Field>>): readonly FieldModel[] {
  const things = resource('things', { fields, access: {} })
  const users = resource('users', { fields: {}, access: {} })
  const parts: Parts = { users, things }
  const built = buildModel(backend('things', { parts }))
  return built.resources.get('things')!.fields.filter(({ system }) => !system)
}

const everyKind = Object.fromEntries(
  Object.entries(samples).map(([kind, each]) => [kind, each.field]),
)

test('every kind of field takes what is made for it, modest or generous', () => {
  for (const [name, fields] of Object.entries({ everyKind, bounded })) {
    for (const size of ['modest', 'generous'] satisfies Size[]) {
      for (let seed = 1; seed <= 20; seed++) {
        const made = createValues(seeded(seed)).input(fieldsOf(fields), { size, whole: true })
        const faults = new Faults('body')
        codec.readShape('check', fieldsOf(fields), made, '', faults)
        assert.doesNotThrow(() => faults.throwIfAny(), `${name} ${size} ${JSON.stringify(made)}`)
      }
    }
  }
})

test('what may be left out is left out', () => {
  const fields = fieldsOf({
    needed: field.text({ max: 9 }),
    absent: field.integer({ default: 3 }),
    free: field.text({ max: 9, optional: true }),
  })
  assert.deepEqual(Object.keys(createValues(seeded(1)).input(fields)), ['needed'])
})

test('a pattern that cannot be walked is told, never answered wrongly', () => {
  for (const pattern of ['^a+$', '[^a-z]', '(ab|cd){2}', '\\w{3}\\.', '.?x']) {
    for (let seed = 1; seed <= 10; seed++) {
      assert.match(matching(pattern, seeded(seed)), new RegExp(pattern, 'u'))
    }
  }
  assert.throws(() => matching('^(?=a)b$', seeded(1)), /no value for the pattern/)
})

test('the same seed gives the same, another seed something else', () => {
  const draw = (seed: number) => {
    const random = seeded(seed)
    return [random.word(8), random.uuid(), random.whole(0, 1_000), random.fork('a').next()]
  }
  assert.deepEqual(draw(7), draw(7))
  assert.notDeepEqual(draw(7), draw(8))
  assert.notEqual(seeded(7).fork('a').next(), seeded(7).fork('b').next())
  assert.deepEqual(new Set(seeded(3).shuffled([1, 2, 3, 4])), new Set([1, 2, 3, 4]))
})
