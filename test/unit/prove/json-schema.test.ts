/** The reading of JSON Schema that drills bring along, beside that of ajv. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import clinic from '../../../examples/clinic/backend.ts'
import { openApi } from '../../../src/emit/openapi/openapi.ts'
import { buildModel } from '../../../src/model/build.ts'
import { schemasOf } from '../../../src/prove/contract/json-schema.ts'
import { ajvSchemas } from '../../support/contract.ts'
import { gallery } from '../../support/gallery.ts'

const id = '0190c5f0-5f9c-7000-8000-0123456789ab'
const texts = ['', 'a', 'ä😀', '1', '-9.50', '1e3', 'ada@example.com', 'x'.repeat(300), id]
const moments = ['2026-02-28', '2026-13-01', '2026-02-28T10:00:00.000Z', '2026-02-28T25:00:00Z']
const values = fc.oneof(
  fc.constantFrom<unknown>(...texts, ...moments, null, true, false, 0, 1, -1, 1.5, 3e9, '/a/b'),
  fc.constantFrom<unknown>([], [1], [id, id], {}, { a: 1 }, [{ product: id, quantity: 1 }]),
)

for (const backend of [gallery, clinic]) {
  test(`judges every schema of ${backend.name} as ajv does`, () => {
    const document = openApi(buildModel(backend))
    const [ours, theirs] = [schemasOf(document), ajvSchemas(document)]
    const named = Object.entries(document.components.schemas)
    const cases = fc.constantFrom(...named).chain(([name, schema]) => {
      const known = Object.keys(Object(schema['properties']))
      const member = fc.constantFrom(...known, 'unknown')
      const object = fc.dictionary(member, values, { minKeys: Math.max(0, known.length - 2) })
      return fc.tuple(fc.constant(name), fc.oneof(object, values))
    })
    let right = 0
    fc.assert(
      fc.property(cases, ([name, value]) => {
        const pointer = `#/components/schemas/${name}`
        const found = ours.judge(pointer, value, 'it')
        const expected = theirs.judge(pointer, value, 'it')
        assert.equal(
          found.length === 0,
          expected.length === 0,
          `${found.join()} ${expected.join()}`,
        )
        if (expected.length === 0) right += 1
      }),
      { numRuns: 5_000 },
    )
    assert.ok(right > 20, `only ${right} values were right`)
  })
}

test('a word that nobody can judge is an error, and so is a schema that is not there', () => {
  const schemas = schemasOf({ one: { multipleOf: 2 }, two: { format: 'iban' } })
  assert.throws(() => schemas.judge('#/one', 1, 'it'), /multipleOf, which nobody can judge/)
  assert.throws(() => schemas.judge('#/two', 'a', 'it'), /the format iban/)
  assert.throws(() => schemas.judge('#/three', 'a', 'it'), /nothing at #\/three/)
})
