/** Filters choose the rows that plain JavaScript chooses. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { system } from '../../../src/base/caller.ts'
import type { FilterOperator } from '../../../src/declare/rule.ts'
import { compileCount } from '../../../src/sql/count.ts'
import { compileRead } from '../../../src/sql/read.ts'
import { desk, idOf } from '../../unit/sql/desk.ts'
import { fillDesk, type Ticket } from './desk-rows.ts'
import { explain } from './explain.ts'
import { readPage, shapeOf, sortOf } from './running.ts'
import { tablesOf } from './tables.ts'

const session = await tablesOf(desk)
const tickets = await fillDesk(session)

type Case = readonly [
  field: keyof Ticket,
  operator: FilterOperator,
  value: unknown,
  meets: (ticket: Ticket) => boolean,
]

const late = '2026-01-01T00:00:00.002Z'

const cases: readonly Case[] = [
  ['priority', 'eq', 2, ({ priority }) => priority === 2],
  ['priority', 'ne', 2, ({ priority }) => priority !== 2],
  ['priority', 'gt', 1, ({ priority }) => priority !== null && priority > 1],
  ['priority', 'gte', 1, ({ priority }) => priority !== null && priority >= 1],
  ['priority', 'lt', 2, ({ priority }) => priority !== null && priority < 2],
  ['priority', 'lte', 2, ({ priority }) => priority !== null && priority <= 2],
  ['priority', 'in', [0, 3], ({ priority }) => priority === 0 || priority === 3],
  ['priority', 'in', [], () => false],
  ['priority', 'isNull', true, ({ priority }) => priority === null],
  ['priority', 'isNull', false, ({ priority }) => priority !== null],
  ['subject', 'contains', 'ject 3', ({ subject }) => subject === 'subject 3'],
  ['subject', 'contains', '%', () => false],
  ['subject', 'contains', 'SUBJECT', () => false],
  ['subject', 'startsWith', 'subject 3', ({ subject }) => subject === 'subject 3'],
  ['subject', 'startsWith', 'subject_3', () => false],
  ['subject', 'startsWith', '', () => true],
  ['subject', 'in', ['subject 1', 'a"b\\c,{}', "d'e"], ({ subject }) => subject === 'subject 1'],
  ['cost', 'eq', '1.5', ({ cost }) => cost === '1.500'],
  ['cost', 'gt', '0.5', ({ cost }) => cost === '1.500' || cost === '2.500'],
  ['weight', 'lt', '9000000000000000001', ({ weight }) => weight.endsWith('0')],
  ['due', 'gte', '2026-01-02', ({ due }) => due !== null && due >= '2026-01-02'],
  ['createdAt', 'lt', late, ({ createdAt }) => createdAt < late],
  ['author', 'eq', idOf(2), ({ author }) => author === idOf(2)],
  ['assignee', 'ne', idOf(2), ({ assignee }) => assignee !== idOf(2)],
  [
    'assignee',
    'in',
    [idOf(2), idOf(3)],
    ({ assignee }) => assignee === idOf(2) || assignee === idOf(3),
  ],
  ['id', 'eq', idOf(1003), ({ id }) => id === idOf(1003)],
]

for (const [field, operator, value, meets] of cases) {
  test(`${field}[${operator}]=${JSON.stringify(value)}`, async () => {
    const filters = [{ field, operator }]
    const plan = compileRead(desk, shapeOf('tickets', 'list', { filters }), system)
    const { rows } = await readPage(session, plan, { values: [value, 1000], caller: system })
    const expected = tickets.filter(meets).map(({ id }) => id)
    assert.deepEqual(
      rows.map(row => row['id']),
      expected,
    )
    const count = compileCount(desk, { resource: 'tickets', filters, most: null }, system)
    assert.deepEqual(await session.run(count.text, [value]), [[String(expected.length)]])
  })
}

test('all filters hold together, two of one field too', async () => {
  const filters = [
    { field: 'priority', operator: 'gte' },
    { field: 'author', operator: 'eq' },
    { field: 'priority', operator: 'lt' },
  ] as const
  const plan = compileRead(desk, shapeOf('tickets', 'list', { filters }), system)
  const { rows } = await readPage(session, plan, { values: [1, idOf(3), 3, 1000], caller: system })
  const expected = tickets.filter(
    ({ author, priority }) => author === idOf(3) && (priority === 1 || priority === 2),
  )
  assert.ok(expected.length > 0)
  assert.deepEqual(
    rows.map(row => row['id']),
    expected.map(({ id }) => id),
  )
})

test('a prefix is a range of the index, to the last code point', async () => {
  await session.run(
    `insert into tickets (id, version, author_id, subject, weight, open, mood, labels, salary)
     select uuidv7(), 1, '${idOf(1)}', repeat('z', n % 3) || repeat(chr(1114111), n / 3), 0, true,
       'fine', '[]', 1
     from generate_series(0, 900) n, generate_series(1, 10) times`,
  )
  await session.run('analyze tickets')
  const filters = [{ field: 'subject', operator: 'startsWith' }] as const
  const shape = shapeOf('tickets', 'list', {
    filters,
    sort: sortOf('subject'),
    fields: ['subject'],
  })
  const plan = compileRead(desk, shape, system)
  assert.ok(plan.bounded)
  for (const prefix of ['z', 'zz', `zz${'\u{10ffff}'.repeat(250)}`, '\u{10ffff}', 'subject 4']) {
    const request = { values: [prefix, 10_000], caller: system }
    const { rows } = await readPage(session, plan, request)
    const [found] = await session.run(
      'select count(*)::int from tickets where starts_with(subject, $1)',
      [prefix],
    )
    const expected = Number(found?.[0])
    assert.ok(expected > 0)
    assert.equal(rows.length, expected)
    const evidence = await explain(session, plan, { values: [prefix, 20], caller: system })
    assert.equal(evidence.removed, 0)
    assert.ok(evidence.scanned <= 21, evidence.text)
  }
})

function bounded(field: string, operator: FilterOperator, ...sort: readonly string[]): boolean {
  const shape = shapeOf('tickets', 'list', {
    filters: [{ field, operator }],
    sort: sortOf(...sort),
  })
  return compileRead(desk, shape, system).bounded
}

test('what an index finds is bounded, what a filter drops is not', () => {
  assert.equal(bounded('author', 'eq'), true)
  assert.equal(bounded('author', 'eq', '-priority'), true)
  assert.equal(bounded('priority', 'gte', 'priority'), true)
  assert.equal(bounded('id', 'in'), true)
  assert.equal(bounded('token', 'eq'), true)
  assert.equal(bounded('priority', 'gte'), false)
  assert.equal(bounded('author', 'ne'), false)
  assert.equal(bounded('author', 'in'), false)
  assert.equal(bounded('mood', 'eq'), false)
  assert.equal(bounded('mood', 'eq', 'subject'), false)
  assert.equal(bounded('priority', 'isNull'), false)
})
