/** From any tables to any other: after a migration nothing is pending. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { field, resource } from 'mettle'
import { migrate, pendingSteps } from '../../../src/engine/migrations/migrate.ts'
import { emptyDatabase } from '../../support/model.ts'
import { modelOf, open } from './declared.ts'
import type { Field } from '../../../src/declare/field.ts'

const optional = fc.boolean()
const text = fc.string({ maxLength: 8, unit: fc.constantFrom('a', "'", '\\', '"', 'é', '%') })

const anyField: fc.Arbitrary<Field> = fc.oneof(
  fc
    .record({ optional, default: text, max: fc.integer({ min: 8, max: 99 }) })
    .map(options => field.text(options)),
  fc
    .record({ optional, min: fc.integer({ max: 0 }), max: fc.integer({ min: 0 }) })
    .map(options => field.integer({ ...options, default: 0 })),
  fc
    .record({ optional, min: fc.bigInt({ min: -(2n ** 63n), max: 0n }) })
    .map(options => field.bigint(options)),
  fc
    .record({
      optional,
      precision: fc.integer({ min: 5, max: 40 }),
      scale: fc.integer({ min: 0, max: 4 }),
    })
    .map(options => field.decimal({ ...options, min: '-1', default: '0' })),
  fc.record({ optional, default: fc.boolean() }).map(options => field.boolean(options)),
  fc.record({ optional }).map(options => field.date(options)),
  fc.record({ optional }).map(options => field.timestamp({ ...options, default: 'now' })),
  fc.record({ optional, unique: fc.boolean() }).map(options => field.uuid(options)),
  fc
    .uniqueArray(fc.constantFrom('a', 'b', "it's", '"'), { minLength: 1 })
    .map(values => field.choice(values, { optional: true })),
  fc.record({ optional }).map(options => field.document({ ...options, default: { a: ["'", 1] } })),
  fc
    .record({ optional })
    .map(options => field.list(field.text(), { ...options, default: ["it's"] })),
  fc.record({ optional }).map(options => field.object({ a: field.integer() }, options)),
  fc.record({ optional }).map(options => field.ref('owners', { ...options, inverse: false })),
)

const anyShape = fc.dictionary(fc.constantFrom('alpha', 'beta', 'gammaRay', 'delta'), anyField)

test('a migrated database is as declared', { timeout: 60_000 }, async () => {
  const { database } = await emptyDatabase()
  await fc.assert(
    fc.asyncProperty(anyShape, async shape => {
      const model = modelOf({
        owners: resource('owners', { fields: {}, access: open }),
        things: resource('things', { fields: shape, access: open }),
      })
      await migrate(database, model, { allowDestructive: true, allowBlocking: true })
      assert.deepEqual(await pendingSteps(database, model), [])
    }),
    { numRuns: 30 },
  )
})
