/** Idempotency keys are forgotten after their time, all of them, and no others. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { limits } from '../../../src/base/limits.ts'
import { backend } from '../../../src/declare/backend.ts'
import { forgettingKeys } from '../../../src/engine/upkeep/forget-keys.ts'
import { buildModel } from '../../../src/model/build.ts'
import { migratedDatabase } from '../../support/model.ts'

test('keys beyond one statement are forgotten too; what is younger stays', async () => {
  const { database } = await migratedDatabase(buildModel(backend('empty', { parts: {} })))
  const old = limits.upkeepRowsMax + 1
  const insert = `insert into mettle.idempotency (caller, operation, key, hash, created_at)
    select '', 'x', n::text, '', now() - make_interval(hours => $1) from generate_series(1, $2) n`
  const { idempotencyRetentionHours: hours } = limits
  await database.run({ text: insert, values: [hours + 1, old] }, 'pool')
  const young = insert.replace('n::text', "'young ' || n")
  await database.run({ text: young, values: [hours - 1, 3] }, 'pool')
  const left = () =>
    database.run({ text: 'select key from mettle.idempotency order by key', values: [] }, 'pool')

  const given = new AbortController()
  given.abort()
  await forgettingKeys(database).run(given.signal)
  assert.equal((await left()).length, old + 3)
  await forgettingKeys(database).run(new AbortController().signal)
  assert.deepEqual(await left(), [['young 1'], ['young 2'], ['young 3']])
})
