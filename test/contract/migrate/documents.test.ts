/** Indexes of places in documents are made, kept, renamed and dropped like any other. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { migrate, pendingSteps } from '../../../src/engine/migrations/migrate.ts'
import { buildModel } from '../../../src/model/build.ts'
import { emptyDatabase } from '../../support/model.ts'
import { withFields } from '../../unit/model/loose.ts'
import { field } from 'mettle'
import { open, query } from './declared.ts'

type Indexes = readonly (readonly string[])[]

function things(document: string, renamedFrom: string | undefined, indexes: Indexes) {
  const about = field.document({ optional: true, ...(renamedFrom && { renamedFrom }) })
  return buildModel(withFields({ [document]: about }, { indexes, access: open }))
}

const long = `about.${'wörd '.repeat(8)}.end`
const first: Indexes = [['about.size'], ['-about.size', 'createdAt'], ['about.Größe.a-b'], [long]]

test('an index of a place follows its declaration', async () => {
  const { database, url } = await emptyDatabase()
  await migrate(database, things('about', undefined, []))
  await query(url, `insert into things (about) values ('{"size": 1}'), ('{"size": {}}'), (null)`)

  const added = await migrate(database, things('about', undefined, first))
  assert.deepEqual(
    added.map(step => step.name.replace(/wörd.*|w_rd.*/, '…')),
    [
      'create index things_about.Größe.a-b_id_idx',
      'create index things_about.size_desc_created_at_id_idx',
      'create index things_about.size_id_idx',
      'create index things_about.…',
    ],
  )
  assert.deepEqual(await pendingSteps(database, things('about', undefined, first)), [])

  const changed = things('about', undefined, [['about.size', 'version'], ...first.slice(1)])
  const swapped = await migrate(database, changed)
  assert.deepEqual(
    swapped.map(step => step.name),
    ['create index things_about.size_version_id_idx', 'drop index things_about.size_id_idx'],
  )

  const renamed = things('detail', 'about', [
    ['detail.size', 'version'],
    ['-detail.size', 'createdAt'],
  ])
  const steps = await migrate(database, renamed)
  assert.ok(steps.every(step => step.kind === 'safe'))
  assert.ok(!steps.some(step => step.name.startsWith('create index')), 'nothing is built again')
  assert.deepEqual(await pendingSteps(database, renamed), [])
  const names = await query(
    url,
    `select relname from pg_class where relname ~ '^things_d' order by 1`,
  )
  assert.deepEqual(
    names.map(row => row['relname']),
    ['things_detail.size_desc_created_at_id_idx', 'things_detail.size_version_id_idx'],
  )
})
