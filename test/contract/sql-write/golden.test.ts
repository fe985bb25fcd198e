/**
 * The exact text of each form of write; `METTLE_GOLDEN=write` writes the files anew, to be read in
 * the diff.
 */

import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'

import { system } from '../../../src/base/caller.ts'
import type { Caller } from '../../../src/base/caller.ts'
import type { WriteShape } from '../../../src/sql/plan.ts'
import { compileWrite } from '../../../src/sql/write/compile.ts'
import { compileWriteWhere } from '../../../src/sql/write/where.ts'
import { ada, library, staff } from './library.ts'
import { librarian } from './scene.ts'

const scene = await librarian()
const view = { fields: null, expand: [] }
const plain = { fields: [], merge: [], versioned: false, keyed: false }

const writes: Readonly<
  Record<string, readonly [Partial<WriteShape> & Pick<WriteShape, 'resource' | 'form'>, Caller]>
> = {
  'create-guarded': [{ resource: 'items', form: 'create', fields: ['loan', 'book'] }, ada],
  'create-keyed': [
    { resource: 'books', form: 'create', fields: ['title', 'isbn', 'price'], keyed: true },
    staff,
  ],
  'create-by-the-system': [{ resource: 'loans', form: 'create', fields: ['note'] }, system],
  'update-guarded': [
    {
      resource: 'books',
      form: 'update',
      fields: ['isbn', 'extra'],
      merge: ['extra'],
      versioned: true,
    },
    ada,
  ],
  'update-versioned': [
    { resource: 'books', form: 'update', fields: ['title', 'copies'], versioned: true },
    staff,
  ],
  'update-keyed': [{ resource: 'loans', form: 'update', fields: ['status'], keyed: true }, ada],
  'delete-restricted': [{ resource: 'labels', form: 'delete', versioned: true }, ada],
  'delete-cascading': [{ resource: 'loans', form: 'delete', keyed: true }, ada],
  'delete-clearing': [{ resource: 'shelves', form: 'delete' }, ada],
}

for (const [name, [shape, caller]] of Object.entries(writes)) {
  test(`${name} has this text, and PostgreSQL takes it`, async () => {
    const plan = compileWrite(library, { ...plain, ...shape }, caller, view)
    const parameters = plan.parameters.map(
      ({ source, type }) => `${source.from === 'field' ? source.name : source.from} ${type}`,
    )
    const changed = plan.waiting === plan.text ? '' : `\n\n-- waiting\n${plan.waiting}`
    const lone = plan.lone === null ? '' : `\n\n-- lone\n${plan.lone}`
    compare(name, `-- ${parameters.join(', ')}\n${plan.text}${changed}${lone}\n`)
    for (const text of [plan.text, plan.waiting]) {
      assert.deepEqual(
        await scene.select(
          text,
          plan.parameters.map(() => []),
        ),
        [],
      )
    }
  })
}

test('update-where has this text, and PostgreSQL takes it', async () => {
  const shape = {
    resource: 'loans',
    form: 'update',
    filters: [{ field: 'createdAt', operator: 'lt' }],
    fields: ['status'],
  } as const
  const plan = compileWriteWhere(library, shape, ada)
  const parameters = plan.parameters.map(
    ({ source, type }) => `${source.from === 'value' ? source.at : source.from} ${type}`,
  )
  compare('update-where', `-- ${parameters.join(', ')}\n${plan.text}\n`)
  assert.deepEqual(
    await scene.select(
      plan.text,
      plan.parameters.map(() => null),
    ),
    [],
  )
})

function compare(name: string, text: string): void {
  const file = new URL(`golden/${name}.sql`, import.meta.url)
  if (process.env['METTLE_GOLDEN'] === 'write') writeFileSync(file, text)
  assert.equal(text, readFileSync(file, 'utf8'))
}
