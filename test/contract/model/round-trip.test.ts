/** What a field takes is what PostgreSQL gives back: every kind, and the naughty strings. */

import assert from 'node:assert/strict'
import { randomBytes, randomInt } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { backend, field, identity, resource } from 'mettle'
import type { Repositories } from 'mettle'
import { system } from '../../../src/base/caller.ts'
import { createData } from '../../../src/engine/data/create-data.ts'
import { createRepositories } from '../../../src/engine/data/repositories.ts'
import { buildModel } from '../../../src/model/build.ts'
import { Faults } from '../../../src/model/faults.ts'
import { codec } from '../../../src/model/kinds/index.ts'
import { samples } from '../../support/kind-samples.ts'
import { migratedDatabase, systemClock } from '../../support/model.ts'
import { createPlans } from '../../../src/sql/plans.ts'
import { naughtyStrings } from '../../support/naughty-strings.ts'

const { ref: _, ...plain } = samples
const fields = Object.fromEntries(Object.entries(plain).map(([kind, each]) => [kind, each.field]))
const users = identity({ fields: {}, signUp: 'open' })
const rows = resource('rows', { fields: { ...fields, user: field.ref('users') } })
const texts = resource('texts', {
  fields: { text: field.text(), extra: field.document(), list: field.list(field.text()) },
})
const uses = { users, rows, texts }
const model = buildModel(backend('round', { parts: uses }))
const { database } = await migratedDatabase(model)
const observe = () => {}
const data = createData({ model, database, clock: systemClock, random: randomBytes, observe })
const repositories = createRepositories(model, createPlans(model))

/** Writes in one transaction, reads what is committed in another. */
async function inTransaction<T>(work: (db: Repositories<typeof uses>) => Promise<T>): Promise<T> {
  const aliases = new Map(Object.entries(uses).map(([alias, { name }]) => [alias, name]))
  const facts = { caller: system, requestId: 'test', nowMs: 0 }
  return data.transaction({ isolation: 'read committed' }, scope =>
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what `uses` promises
    work(repositories(aliases, scope, facts) as unknown as Repositories<typeof uses>),
  )
}

test('every kind comes back as it was given', async t => {
  const seed = Number(process.env['METTLE_SEED'] ?? randomInt(2 ** 31))
  t.diagnostic(`METTLE_SEED=${seed}`)
  const wire = fc.record(
    Object.fromEntries(Object.entries(plain).map(([kind, each]) => [kind, each.wire])),
  )
  const { fields: columns } = model.resources.get('rows')!
  const declared = columns.filter(each => each.name in fields)
  const canonical = fc.sample(wire, { numRuns: 100, seed }).map(value => {
    const faults = new Faults('body')
    const row = codec.readShape('check', declared, value, '', faults)
    faults.throwIfAny()
    return row
  })
  const ids = await inTransaction(async db => {
    const user = await db.users.create({ email: 'somebody@example.org' })
    const inputs = canonical.map(row => ({ ...codec.loadShape(declared, row), user: user.id }))
    return (await db.rows.createMany(inputs)).map(row => row.id)
  })
  await inTransaction(async db => {
    for (const [index, id] of ids.entries()) {
      const {
        id: _id,
        version: _version,
        createdAt: _c,
        updatedAt: _u,
        user: _user,
        ...row
      } = await db.rows.get(id)
      const faults = new Faults('body')
      assert.deepEqual(codec.readShape('store', declared, row, '', faults), canonical[index])
      assert.deepEqual(faults.list, [])
    }
  })
})

test('naughty strings come back unchanged: as text, inside documents and as their keys', async () => {
  const kept = naughtyStrings.filter(text => !text.includes('\0') && text.isWellFormed())
  const ids = await inTransaction(async db => {
    const inputs = kept.map(text => ({ text, extra: { [text || 'empty']: [text] }, list: [text] }))
    return (await db.texts.createMany(inputs)).map(row => row.id)
  })
  await inTransaction(async db => {
    for (const [index, id] of ids.entries()) {
      const text = kept[index]!
      const row = await db.texts.get(id)
      assert.deepEqual(
        [row.text, row.list, row.extra],
        [text, [text], { [text || 'empty']: [text] }],
      )
    }
    for (const text of kept) assert.ok((await db.texts.count({ text })) >= 1, text)
  })
})
