/** Where the references of an input stand. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { access, backend, command, field, identity } from 'mettle'
import { referencesIn } from '../../../src/engine/pipeline/references.ts'
import { buildModel } from '../../../src/model/build.ts'

const ref = field.ref('users')
const users = identity({ fields: {}, signUp: 'open' })
const work = command('work', {
  input: {
    plain: field.uuid(),
    one: ref,
    maybe: field.ref('users', { optional: true }),
    list: field.list(ref),
    rows: field.list({ who: ref, inner: field.object({ whom: field.list(ref) }) }),
    document: field.document(),
  },
  access: access.anyone,
  run: async () => undefined,
})
const { input } = buildModel(backend('test', { parts: { users, work } })).commands.get('work')!

test('in fields, lists, objects and objects in lists, and nowhere else', () => {
  const found = referencesIn(
    input,
    {
      plain: 'p',
      one: 'a',
      maybe: null,
      list: ['b', 'c'],
      rows: [
        { who: 'd', inner: { whom: [] } },
        { who: 'e', inner: { whom: ['f', 'g'] } },
      ],
      document: { one: 'h', list: ['i'] },
    },
    '',
  )
  assert.deepEqual(
    found.map(({ pointer, id, target }) => `${pointer} ${id} ${target}`),
    [
      '/one a users',
      '/list/0 b users',
      '/list/1 c users',
      '/rows/0/who d users',
      '/rows/1/who e users',
      '/rows/1/inner/whom/0 f users',
      '/rows/1/inner/whom/1 g users',
    ],
  )
  assert.deepEqual(referencesIn(input, {}, ''), [])
})
