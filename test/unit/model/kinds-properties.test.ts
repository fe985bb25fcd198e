/** Laws of the kinds: canonical values stay, user code gives back what it got, nothing throws. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Faults } from '../../../src/model/faults.ts'
import { codec } from '../../../src/model/kinds/index.ts'
import { samples } from '../../support/kind-samples.ts'
import { fieldOf } from './field-of.ts'

for (const [kind, { field: declared, wire }] of Object.entries(samples)) {
  const model = fieldOf(declared)

  test(`${kind}: canonical values stay, through driver and user code`, () => {
    fc.assert(
      fc.property(wire, value => {
        const faults = new Faults('body')
        const canonical = codec.read('check', model, value, '', faults)
        assert.deepEqual(faults.list, [])
        assert.deepEqual(codec.read('check', model, canonical, '', faults), canonical)
        const user = codec.load(model, codec.encode(model, canonical))
        assert.deepEqual(codec.read('store', model, user, '', faults), canonical)
        assert.deepEqual(faults.list, [])
      }),
    )
  })

  test(`${kind}: whatever comes is taken or refused, never thrown at`, () => {
    const anything = fc.oneof(fc.jsonValue(), fc.anything())
    fc.assert(
      fc.property(anything, value => {
        for (const reading of ['check', 'store', 'parse'] as const) {
          codec.read(reading, model, value, '', new Faults('body'))
        }
      }),
    )
  })
}
