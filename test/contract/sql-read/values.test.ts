/** Values come out as the API promises, whatever the session's settings are. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { access, field, resource } from 'mettle'
import { system } from '../../../src/base/caller.ts'
import { compileRead } from '../../../src/sql/read.ts'
import { desk, idOf } from '../../unit/sql/desk.ts'
import { naughtyStrings } from '../../support/naughty-strings.ts'
import { fillDesk } from './desk-rows.ts'
import { readOne, shapeOf } from './running.ts'
import { modelOf } from '../migrate/declared.ts'
import { tablesOf } from './tables.ts'

const session = await tablesOf(desk)
const [ticket] = await fillDesk(session)
const plan = compileRead(desk, shapeOf('tickets', 'one'), system)

async function stored(assignment: string, values: readonly unknown[] = []) {
  await session.run(`update tickets set ${assignment} where id = '${ticket!.id}'`, values)
  const row = await readOne(session, plan, { values: [ticket!.id], caller: system })
  return row!
}

test('each kind has its form in JSON', async () => {
  const row = await stored(
    `version = 7, priority = -2147483648, due = '0001-01-31', cost = 12.5,
     weight = -9223372036854775808, open = false, mood = 'a "quoted" one',
     seen_at = '2026-02-03 04:05:06.07+02',
     token = '${idOf(11).toUpperCase()}',
     labels = '["a", "b"]', extra = '{"n": 1.50, "deep": [null, {"x": "ü"}]}',
     created_at = '9999-12-31T23:59:59.999Z',
     updated_at = '0001-01-01T00:00:00Z', assignee_id = '${idOf(3)}', author_id = '${idOf(2)}'`,
  )
  assert.deepEqual(row, {
    id: ticket!.id,
    version: 7,
    createdAt: '9999-12-31T23:59:59.999Z',
    updatedAt: '0001-01-01T00:00:00.000Z',
    author: idOf(2),
    assignee: idOf(3),
    subject: ticket!.subject,
    priority: -2_147_483_648,
    due: '0001-01-31',
    cost: '12.500',
    weight: '-9223372036854775808',
    open: false,
    mood: 'a "quoted" one',
    seenAt: '2026-02-03T02:05:06.070Z',
    token: idOf(11),
    labels: ['a', 'b'],
    extra: { n: 1.5, deep: [null, { x: 'ü' }] },
    salary: 1,
    draft: `draft of ${ticket!.id}`,
    memo: null,
  })
})

test('empty values are null', async () => {
  const row = await stored(
    'priority = null, due = null, cost = null, seen_at = null, token = null, extra = null, assignee_id = null, draft = null',
  )
  for (const name of ['priority', 'due', 'cost', 'seenAt', 'token', 'extra', 'assignee', 'draft']) {
    assert.equal(row[name], null)
  }
})

test('the time zone of the session does not show', async () => {
  await session.run("set timezone = 'Asia/Kolkata'")
  const row = await stored("seen_at = '2026-02-03T04:05:06.007Z'")
  await session.run("set timezone = 'UTC'")
  assert.equal(row['seenAt'], '2026-02-03T04:05:06.007Z')
})

test('any text comes back as it went in', async () => {
  const texts = [
    ...naughtyStrings,
    '\u2028\u2029',
    '\u0001\u001f\u007f',
    '"\\/\b\f\n\r\t',
    '😀'.repeat(20),
  ]
  for (const whole of texts) {
    const text = Array.from(whole).slice(0, 500).join('')
    if (text.includes('\0') || !text.isWellFormed()) continue
    const row = await stored('subject = $1', [text])
    assert.equal(row['subject'], text)
  }
})

test('a word that only another release knows is escaped like any text', async () => {
  const fields = { word: field.choice(['a', 'b']) }
  const signs = modelOf({ signs: resource('signs', { fields, access: { read: access.anyone } }) })
  const tables = await tablesOf(signs)
  await tables.run('alter table signs drop constraint signs_word_choice')
  const word = '"},{"forged":"\\'
  await tables.run('insert into signs (id, word) values ($1, $2)', [idOf(1), word])
  const one = compileRead(signs, shapeOf('signs', 'one'), system)
  const row = await readOne(tables, one, { values: [idOf(1)], caller: system })
  assert.equal(row!['word'], word)
})
