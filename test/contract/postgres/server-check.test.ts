/** The adapter looks at the server before it trusts it. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { postgresDatabase } from '../../../src/adapters/postgres/database.ts'
import type { Observation } from '../../../src/base/observe.ts'
import { scratchDatabase } from '../../support/database.ts'
import { failing, statement } from './database-conformance.ts'
import { clock, startedDatabase } from './support.ts'
import { startTransactionPooler } from './transaction-pooler.ts'

const url = await scratchDatabase()

test('a server that can lose acknowledged writes is refused, or reported on request', async context => {
  const admin = (await startedDatabase(context, url)).database
  const name = new URL(url).pathname.slice(1)
  await admin.run(statement(`alter database ${name} set synchronous_commit = off`), 'pool')
  await assert.rejects(startedDatabase(context, url), /synchronous_commit is off/)

  const seen: Observation[] = []
  const observe = (observation: Observation) => void seen.push(observation)
  const database = postgresDatabase({ url, clock, observe, durability: 'reported' })
  await database.start()
  await database.stop()
  assert.ok(seen.some(each => each.kind === 'lifecycle' && each.event === 'not-durable'))
  await admin.run(statement(`alter database ${name} reset synchronous_commit`), 'pool')
})

for (const backends of [1, 3]) {
  test(`a pooler that pools transactions over ${backends} connections is refused`, async context => {
    const pooled = await startTransactionPooler(context, url, backends)
    await assert.rejects(startedDatabase(context, pooled), error => {
      return failing({ kind: 'unavailable' })(error) && /session pooling/.test(String(error))
    })
  })
}
