/** Aggregates and counts: their statements, their figures, and whose rows they read. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anonymous, system, type Caller } from '../../../src/base/caller.ts'
import type { Term } from '../../../src/model/measures.ts'
import { compileAggregate, type AggregateShape } from '../../../src/sql/aggregate.ts'
import { compileCount } from '../../../src/sql/count.ts'
import { compileRead } from '../../../src/sql/read.ts'
import { callerOf, desk, idOf } from '../../unit/sql/desk.ts'
import { fillDesk } from './desk-rows.ts'
import { explain } from './explain.ts'
import { runAlone } from './running.ts'
import { tablesOf } from './tables.ts'

const session = await tablesOf(desk)
const tickets = await fillDesk(session)
const staff = callerOf(9, 'staff')
const author = callerOf(2)

/** `sum(cost)` or `priority`. */
function term(text: string): Term {
  const [, word = null, field = text] = /^(\w+)\((.*)\)$/.exec(text) ?? []
  return { word, field }
}

interface Asked {
  readonly resource?: string
  readonly select?: readonly string[]
  readonly group?: readonly string[]
  readonly filters?: AggregateShape['filters']
  readonly having?: readonly (readonly [string, AggregateShape['having'][number]['operator']])[]
  readonly sort?: readonly string[]
}

function shapeOf(asked: Asked): AggregateShape {
  return {
    resource: asked.resource ?? 'tickets',
    select: (asked.select ?? ['count()']).map(term),
    group: (asked.group ?? []).map(term),
    filters: asked.filters ?? [],
    having: (asked.having ?? []).map(([text, operator]) => ({ term: term(text), operator })),
    sort: (asked.sort ?? []).map(key => ({
      term: term(key.replace(/^-/, '')),
      descending: key.startsWith('-'),
    })),
  }
}

async function groups(
  asked: Asked,
  caller: Caller = staff,
  values: readonly unknown[] = [],
  limit = 1000,
) {
  const { plan } = compileAggregate(desk, shapeOf(asked), caller)
  assert.ok(!plan.bounded && plan.batch === null, 'it has a connection of its own')
  const [body, more] = (await runAlone(session, plan, { values: [...values, limit], caller })) ?? []
  // oxlint-disable-next-line typescript/no-explicit-any -- asserted by whoever looks
  const rows: Readonly<Record<string, any>>[] = JSON.parse(String(body))
  return { rows, more }
}

test('the exact statement', async () => {
  const shape = shapeOf({
    select: ['count()', 'sum(cost)', 'avg(priority)'],
    group: ['mood', 'month(createdAt)'],
    filters: [{ field: 'open', operator: 'eq' }],
    having: [['max(priority)', 'gte']],
    sort: ['-sum(cost)'],
  })
  const { plan, figures } = compileAggregate(desk, shape, author)
  const ids = (field: string) =>
    `select t."id" from "tickets" t where t."open" = $2::bool and t."${field}" = $3::uuid`
  const columns = desk.resources.get('tickets')!.fields.map(field => `t."${field.column}"`)
  assert.equal(
    plan.text,
    [
      `select '[' || coalesce(string_agg('{"group":{"mood":' || to_json(g."f1")::text || ',"createdAt":' ||`,
      `to_json(g."f2")::text || '},"count":' || g."f3"::text || ',"sum":{"cost":' ||`,
      `coalesce('"' || g."f4"::text || '"', 'null') || '},"avg":{"priority":' ||`,
      `coalesce('"' || g."f5"::text || '"', 'null') || '}}', ',' order by g."#")`,
      `filter (where g."#" <= $1::int4), '') || ']', count(*) > $1::int4 from`,
      `(select g.*, row_number() over (order by g."f4" desc, g."f1", g."f2") as "#" from`,
      `(select t."mood" as f1, date_trunc('month', t."created_at" at time zone 'UTC')::date as f2,`,
      `count(*) as f3, sum(t."cost") as f4, round(avg(t."priority"), 6) as f5, max(t."priority") as f6`,
      `from (select ${columns.join(', ')} from "tickets" t where t."id" in`,
      `(${ids('author_id')} union ${ids('assignee_id')})) t group by 1, 2) g`,
      `where g."f6" >= $4::int4 order by "#" limit $1::int4 + 1) g`,
    ].join(' '),
  )
  assert.deepEqual(
    figures.map(({ name, kind }) => [name, kind]),
    [['max(priority)', 'integer']],
  )
  const row = await runAlone(session, plan, { values: [true, 1, 10], caller: author })
  const mine = tickets.filter(each => [each.author, each.assignee].includes(author.id))
  const cents = mine.reduce((sum, { cost }) => sum + Number(cost ?? 0), 0)
  const priorities = mine.flatMap(({ priority }) => (priority === null ? [] : [priority]))
  const average = priorities.reduce((sum, each) => sum + each, 0) / priorities.length
  assert.deepEqual(JSON.parse(String(row?.[0])), [
    {
      group: { mood: 'fine', createdAt: '2026-01-01' },
      count: mine.length,
      sum: { cost: cents.toFixed(3) },
      avg: { priority: average.toFixed(6) },
    },
  ])
  assert.equal(row?.[1], false)
})

test('groups are those that JavaScript makes, each measure in its wire form', async () => {
  const { rows } = await groups({
    select: ['min(due)', 'count()', 'sum(weight)', 'sum(priority)', 'max(cost)', 'max(subject)'],
    group: ['assignee'],
  })
  const known = Map.groupBy(tickets, ({ assignee }) => assignee)
  assert.equal(rows.length, known.size)
  const sorted = (values: readonly (string | null)[]) =>
    values.filter(value => value !== null).toSorted()
  for (const row of rows) {
    const { assignee } = row['group']
    const own = known.get(assignee)!
    assert.deepEqual(row, {
      group: { assignee },
      count: own.length,
      sum: {
        weight: own.reduce((sum, { weight }) => sum + BigInt(weight), 0n).toString(),
        priority: String(own.reduce((sum, { priority }) => sum + (priority ?? 0), 0)),
      },
      min: { due: sorted(own.map(({ due }) => due))[0] },
      max: {
        cost: sorted(own.map(({ cost }) => cost)).at(-1),
        subject: sorted(own.map(({ subject }) => subject)).at(-1),
      },
    })
  }
})

test('without groups there is one row, also of nothing', async () => {
  const held = [{ field: 'priority', operator: 'eq' }] as const
  const asked = { select: ['count()', 'sum(cost)', 'avg(cost)', 'min(createdAt)'], filters: held }
  const { rows, more } = await groups(asked, staff, [999])
  const nothing = { count: 0, sum: { cost: null }, avg: { cost: null }, min: { createdAt: null } }
  assert.deepEqual([rows, more], [[nothing], false])
})

for (const [span, day] of [
  ['day', '2024-02-29'],
  ['week', '2024-02-26'],
  ['month', '2024-02-01'],
  ['quarter', '2024-01-01'],
  ['year', '2024-01-01'],
  ['hour', '2024-02-29T23:00:00.000Z'],
] as const)
  test(`a moment is counted to its ${span} in UTC, whatever zone the session has`, async () => {
    await session.run(`set timezone to 'Pacific/Auckland'`)
    await session.run(
      `insert into likes (by_id, created_at) values ($1, '2024-02-29T23:59:59.999Z')`,
      [idOf(1)],
    )
    const filters = [{ field: 'createdAt', operator: 'lt' }] as const
    const group = [`${span}(createdAt)`]
    const asked = { resource: 'likes', group, filters, select: ['min(createdAt)'] }
    const { rows } = await groups(asked, system, ['2025-01-01T00:00:00Z'])
    const earliest = { createdAt: '2024-02-29T23:59:59.999Z' }
    assert.deepEqual(rows, [{ group: { createdAt: day }, min: earliest }])
    await session.run('set timezone to UTC')
  })

test('a day groups by its month', async () => {
  const { rows } = await groups({ group: ['month(due)'] })
  assert.deepEqual(
    rows.map(row => row['group']),
    [{ due: '2026-01-01' }, { due: null }],
  )
})

test('conditions on figures, sorts and the limit', async () => {
  const known = [...Map.groupBy(tickets, ({ subject }) => subject)]
    .map(([subject, { length }]) => ({ group: { subject }, count: length }))
    .toSorted((a, b) => b.count - a.count || (a.group.subject < b.group.subject ? -1 : 1))
  const asked = { group: ['subject'], sort: ['-count()'] }
  assert.deepEqual(await groups(asked), { rows: known, more: false })
  assert.deepEqual(await groups(asked, staff, [], 2), { rows: known.slice(0, 2), more: true })
  assert.deepEqual(await groups(asked, staff, [], known.length), { rows: known, more: false })
  const least = known[2]!.count
  const many = await groups({ ...asked, having: [['count()', 'gte']] }, staff, [least])
  assert.deepEqual(
    many.rows,
    known.filter(({ count }) => count >= least),
  )
  const some = await groups({ ...asked, having: [['count()', 'in']] }, staff, [[least]])
  assert.deepEqual(
    some.rows,
    known.filter(({ count }) => count === least),
  )
})

const rulers: Readonly<Record<string, readonly [resource: string, Caller]>> = {
  'an author': ['tickets', author],
  'through a parent': ['comments', author],
  'rules in rules': ['likes', author],
  'owner and parent': ['stars', author],
  'by a condition': ['pages', author],
  staff: ['tickets', staff],
  nobody: ['tickets', anonymous],
}

for (const [name, [resource, caller]] of Object.entries(rulers))
  test(`counts what the list shows, and no more: ${name}`, async () => {
    const shape = {
      resource,
      form: 'list',
      fields: ['id'],
      expand: [],
      filters: [],
      sort: [],
      after: false,
    } as const
    const list = await runAlone(session, compileRead(desk, shape, caller), {
      values: [9999],
      caller,
    })
    const seen: unknown[] = JSON.parse(String(list?.[0]))
    const { rows } = await groups({ resource }, caller)
    assert.deepEqual(rows, [{ count: seen.length }])
    const count = compileCount(desk, { resource, filters: [], most: null }, caller)
    assert.deepEqual(await runAlone(session, count, { values: [], caller }), [String(seen.length)])
    const bounded = compileCount(desk, { resource, filters: [], most: 3 }, caller)
    const few = String(Math.min(3, seen.length))
    assert.deepEqual(await runAlone(session, bounded, { values: [], caller }), [few])
  })

test('the rows of one caller are found by an index among those of everybody', async () => {
  await session.run(
    `insert into tickets (author_id, subject, weight, mood, labels, salary)
     select $1, 'of others', 0, 'fine', '[]', 1 from generate_series(1, 20000)`,
    [idOf(4)],
  )
  await session.run(
    `insert into comments (ticket_id, text)
     select id, 'of others' from tickets where subject = 'of others' limit 20000`,
  )
  await session.run('analyze')
  const other = callerOf(1)
  // as the connections of scans plan: with the values at hand
  await session.run('set plan_cache_mode to auto')
  for (const resource of ['tickets', 'comments']) {
    const { plan } = compileAggregate(desk, shapeOf({ resource }), other)
    const evidence = await explain(session, plan, { values: [10], caller: other })
    assert.ok(evidence.scanned < 1500, `${evidence.scanned} rows\n${evidence.text}`)
  }
  const count = compileCount(desk, { resource: 'tickets', filters: [], most: 100 }, staff)
  const evidence = await explain(session, count, { values: [], caller: staff })
  assert.ok(evidence.scanned <= 100, evidence.text)
})

const refused: readonly (readonly [Asked, Caller, parameter: string, code: string])[] = [
  [{ select: ['sum(subject)'] }, staff, 'select', 'unknown-measure'],
  [{ select: ['sum()'] }, staff, 'select', 'unknown-field'],
  [{ select: ['count(id)'] }, staff, 'select', 'unknown-measure'],
  [{ select: ['median(cost)'] }, staff, 'select', 'unknown-measure'],
  [{ select: ['cost'] }, staff, 'select', 'unknown-measure'],
  [{ select: ['avg(extra.size)'] }, staff, 'select', 'unknown-measure'],
  [{ select: ['max(mood)'] }, staff, 'select', 'unknown-measure'],
  [{ select: ['sum(salary)'] }, author, 'select', 'unknown-field'],
  [{ select: ['max(draft)'] }, author, 'select', 'unknown-field'],
  [{ group: ['salary'] }, author, 'group', 'unknown-field'],
  [{ group: ['memo'] }, author, 'group', 'unknown-field'],
  [{ group: ['labels'] }, staff, 'group', 'unknown-measure'],
  [{ group: ['extra'] }, staff, 'group', 'unknown-measure'],
  [{ group: ['hour(due)'] }, staff, 'group', 'unknown-measure'],
  [{ group: ['month(subject)'] }, staff, 'group', 'unknown-measure'],
  [{ group: ['century(createdAt)'] }, staff, 'group', 'unknown-measure'],
  [{ group: ['createdAt', 'month(createdAt)'] }, staff, 'group', 'duplicate'],
  [{ group: ['mood', 'open', 'subject', 'due'] }, staff, 'group', 'too-many'],
  [{ filters: [{ field: 'salary', operator: 'gt' }] }, author, 'salary[gt]', 'unknown-field'],
  [{ having: [['sum(salary)', 'gt']] }, author, 'sum(salary)[gt]', 'unknown-field'],
  [{ having: [['count()', 'contains']] }, staff, 'count()[contains]', 'unknown-operator'],
  [{ having: [['month(createdAt)', 'eq']] }, staff, 'month(createdAt)', 'unknown-measure'],
  [{ sort: ['mood'] }, staff, 'sort', 'unknown-sort'],
  [{ sort: ['-sum(salary)'] }, author, 'sort', 'unknown-field'],
  [{ group: ['month(due)'], sort: ['due'] }, staff, 'sort', 'unknown-sort'],
]

test('what is proposed in place of a figure or a group is one', () => {
  for (const [asked, says] of [
    [{ select: ['count'] }, 'count is no figure (did you mean "count()"?)'],
    [{ select: ['smu(cost)'] }, 'did you mean "sum(cost)"?'],
    [{ group: ['extra'] }, 'grouped by extra; by a place in it they can: extra.<name>.'],
    [{ select: ['sum(mod)'] }, 'There is no field mod; there are '],
  ] as const) {
    assert.throws(
      () => compileAggregate(desk, shapeOf(asked), staff),
      ({ errors }: { errors: readonly { detail: string }[] }) => errors[0]!.detail.includes(says),
    )
  }
})

for (const [asked, caller, parameter, code] of refused)
  test(`refuses ${JSON.stringify(asked)}`, () => {
    assert.throws(
      () => compileAggregate(desk, shapeOf(asked), caller),
      (problem: {
        code?: string
        extra?: unknown
        errors?: { parameter: string; code: string }[]
      }) => {
        assert.equal(problem.code, 'validate.query')
        assert.deepEqual(
          problem.errors?.map(fault => [fault.parameter, fault.code]),
          [[parameter, code]],
        )
        return true
      },
    )
  })
