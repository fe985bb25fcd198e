/** A migration that is cut off before any of its statements is finished by the next run. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { field, resource } from 'mettle'
import { migrate, pendingSteps } from '../../../src/engine/migrations/migrate.ts'
import { parseTable, readCatalogue } from '../../../src/migrate/catalogue.ts'
import { emptyDatabase } from '../../support/model.ts'
import { modelOf, open, query } from './declared.ts'
import type { Sessions } from '../../../src/engine/migrations/session.ts'

const before = modelOf({
  users: resource('users', { fields: { name: field.text({ max: 50 }) }, access: open }),
  orders: resource('orders', {
    fields: {
      customer: field.ref('users'),
      note: field.text({ optional: true, max: 20 }),
      state: field.choice(['new', 'paid']),
    },
    access: open,
  }),
})
const after = modelOf({
  people: resource('people', {
    fields: { fullName: field.text({ max: 60, renamedFrom: 'name' }) },
    indexes: [['fullName']],
    access: open,
    renamedFrom: 'users',
  }),
  orders: resource('orders', {
    fields: {
      customer: field.ref('people'),
      text: field.text({ default: '', max: 30, renamedFrom: 'note' }),
      state: field.choice(['new', 'sent']),
      total: field.decimal({ precision: 9, scale: 2, min: '0', default: '0' }),
    },
    access: open,
  }),
})

class Killed extends Error {}

/** Ends each session without a word before its statement number `last + 1`. */
function dyingAfter(database: Sessions, last: number): Sessions {
  return {
    session: work =>
      database.session(connection => {
        let count = 0
        return work({
          run(statement) {
            if (count === last) throw new Killed()
            count += 1
            return connection.run(statement)
          },
        })
      }),
  }
}

async function catalogueOf(url: string) {
  const rows = await query(url, readCatalogue)
  return rows.map(row => {
    const table = parseTable(String(Object.values(row)[0]))
    return { ...table, columns: table.columns.toSorted((a, b) => (a.name < b.name ? -1 : 1)) }
  })
}

test('killed before every statement in turn, a migration ends in the same tables', async () => {
  const whole = await emptyDatabase()
  await migrate(whole.database, before)
  await migrate(whole.database, after)
  const expected = await catalogueOf(whole.url)

  const { database, url } = await emptyDatabase()
  const stages = [before, after]
  let kills = 0
  for (const model of stages) {
    for (let last = 0; ; last += 1) {
      try {
        await migrate(dyingAfter(database, last), model)
        break
      } catch (error) {
        assert.ok(error instanceof Killed, String(error))
        kills += 1
      }
    }
  }
  assert.ok(kills > 40, `only ${kills} kills`)
  assert.deepEqual(await catalogueOf(url), expected)
  assert.deepEqual(await pendingSteps(database, after), [])
})
